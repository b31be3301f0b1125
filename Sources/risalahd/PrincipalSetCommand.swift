internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalahd principal set`: changes what one is given.
struct PrincipalSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: localized("Change what a principal is given.", id: "Mengubah hak prinsipal."),
        discussion: localized(
            """
            What takes something away counts at once and closes the accesses that it no longer covers. What gives more \
            waits for a second person where a new grant of that kind would; until then the old one counts. Set the old \
            value again to withdraw it. The role never changes: add another principal of the same person.
            """,
            id: """
                Pengurangan berlaku seketika dan menutup akses yang tidak lagi tercakup. Penambahan menunggu orang kedua \
                bila hak baru sejenis itu pun menunggu; sampai saat itu hak lama berlaku. Setel nilai lama untuk \
                menariknya kembali. Peran tidak pernah berubah: tambahkan prinsipal lain untuk orang yang sama.
                """
        )
    )

    @OptionGroup var which: PrincipalArgument

    @Option(help: ArgumentHelp(localized("What people call it.", id: "Nama yang dipakai orang.")))
    var name: String?

    @Option(
        help: ArgumentHelp(localized("What it may know.", id: "Yang boleh diketahui."), valueName: "level[:comp,…]")
    )
    var clearance: Label?

    @Option(help: ArgumentHelp(localized("Its unit.", id: "Unitnya.")))
    var unit: String?

    @Option(
        help: ArgumentHelp(
            localized("The least label of what it sends.", id: "Label terendah dari yang dikirimnya."),
            valueName: "level[:comp,…]|none"
        )
    )
    var floor: String?

    @Option(
        help: ArgumentHelp(
            localized("It counts from this day or time on.", id: "Berlaku sejak hari atau waktu ini."),
            valueName: "date|none"
        )
    )
    var from: String?

    @Option(
        help: ArgumentHelp(
            localized("Its last day, or the time of its end.", id: "Hari terakhirnya, atau waktu berakhirnya."),
            valueName: "date|none"
        )
    )
    var ends: String?

    @Option(
        help: ArgumentHelp(
            localized("The user of this host that the same person is.", id: "Pengguna hos ini yang sama orangnya."),
            valueName: "user|none"
        )
    )
    var hostUser: String?

    @OptionGroup var options: RootOptions

    func validate() throws {
        let given = [name, clearance?.description, unit, floor, from, ends, hostUser]
        guard given.contains(where: { $0 != nil }) else {
            throw ValidationError("Say what is to change; the role never does.")
        }
        if let hostUser, hostUser != PrincipalChange.none, HostUser.id(hostUser) == nil {
            throw ValidationError("There is no user '\(hostUser)' on this host.")
        }
    }

    func run() async throws {
        var change = PrincipalChange(which.principal)
        change.name = name
        change.clearance = clearance
        change.unit = unit
        change.floor = floor
        change.starts = from
        change.ends = ends
        change.hostUser = hostUser.map { text in HostUser.id(text).map { String($0) } ?? text }
        let response = try await options.administer(.setPrincipal(change))
        guard case .changed(let outcome) = response else { throw response.unexpected }
        if options.json { return try Console.print(json: outcome) }
        try Console.print("\(which.principal): \(localized("counts now:", id: "berlaku sekarang:"))")
        for line in TextTable.fields(PrincipalCommand.fields(outcome.grant)) { try Console.print("  \(line)") }
        for access in outcome.closed { try Console.print("\(localized("closed", id: "ditutup")): \(access)") }
        guard let waiting = outcome.waiting else { return }
        try PrincipalCommand.print(waiting)
        PrincipalCommand.noteWaiting(which.principal, isNew: false)
    }
}
