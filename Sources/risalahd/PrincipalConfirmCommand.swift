internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalahd principal confirm`: the second person's word.
struct PrincipalConfirmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm",
        abstract: localized(
            "Confirm a principal, or a change of one, that somebody else asked for.",
            id: "Mengonfirmasi prinsipal, atau perubahannya, yang diminta orang lain."
        ),
        discussion: localized(
            """
            Shows what is to be given, asks at the terminal, and confirms exactly that; without a terminal --digest says \
            what was seen. Over the network a records manager does the same with risalah confirm.
            """,
            id: """
                Menampilkan hak yang akan diberikan, bertanya di terminal, dan mengonfirmasi persis itu; tanpa terminal \
                --digest menyebut yang dilihat. Lewat jaringan seorang records-manager melakukannya dengan risalah confirm.
                """
        )
    )

    @OptionGroup var seen: ConfirmationOptions

    @OptionGroup var which: PrincipalArgument
    @OptionGroup var options: RootOptions

    func run() async throws {
        // Asked for once: what a file on stdin says can be read once.
        let keys = options.keys
        guard
            case .principal(let detail) = try await options.administer(.showPrincipal(which.principal), keys: keys)
        else { throw ArchiveError(.unexpected, "the service answered something else than was asked") }
        guard let waiting = detail.waiting else {
            throw ArchiveError(.conflict, "principal \(which.principal) waits for nobody's confirmation")
        }
        // Before the word is given: what is printed afterwards nobody can have meant.
        if !options.json { try show(detail.summary, waiting) }
        guard let digest = try seen.digest(shown: waiting.digest, json: options.json) else { return }
        let response = try await options.administer(.confirmPrincipal(which.principal, digest: digest), keys: keys)
        guard case .changed(let outcome) = response else { throw response.unexpected }
        if options.json { return try Console.print(json: outcome) }
        try Console.print("\(which.principal): \(localized("confirmed", id: "dikonfirmasi"))")
    }

    private func show(_ summary: PrincipalReport, _ waiting: WaitingGrant) throws {
        let kind =
            summary.state == .unconfirmed
            ? localized("new principal", id: "prinsipal baru") : localized("change", id: "perubahan")
        for line in TextTable.fields([
            (localized("principal", id: "prinsipal"), "\(summary.principal) (\(kind))"),
            (localized("name", id: "nama"), summary.name),
            (localized("role", id: "peran"), summary.role.rawValue),
        ]) { try Console.print(line) }
        try PrincipalCommand.print(waiting)
    }
}
