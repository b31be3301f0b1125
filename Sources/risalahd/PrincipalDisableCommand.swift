internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalahd principal disable`: closes one for good, at once.
struct PrincipalDisableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable",
        abstract: localized(
            "Close a principal for good, at once, and say what it leaves behind.",
            id: "Menutup prinsipal untuk selamanya, seketika, dan menyebut yang ditinggalkannya."
        )
    )

    @Flag(
        help: ArgumentHelp(
            localized(
                "Its keys are in other hands: also say what was ever delivered to them.",
                id: "Kuncinya di tangan lain: sebutkan juga yang pernah dikirim kepadanya."
            )
        )
    )
    var lost = false

    @OptionGroup var which: PrincipalArgument
    @OptionGroup var options: RootOptions

    func run() async throws {
        let response = try await options.administer(.disablePrincipal(which.principal, lost: lost))
        guard case .disabled(let report) = response else { throw response.unexpected }
        if options.json { return try Console.print(json: report) }
        let done = localized(
            "disabled; its accesses, requests and delegations have ended, its agreements stay",
            id: "ditutup; akses, permintaan, dan delegasinya berakhir, persetujuannya tetap"
        )
        try Console.print("\(which.principal): \(done)")
        try PrincipalCommand.print(report.underWay)
        if report.quarantined > 0 {
            try Console.print("  \(localized("in quarantine", id: "dalam karantina")): \(report.quarantined)")
        }
        if let waiting = report.waiting { try PrincipalCommand.print(waiting, isForgotten: true) }
        try Self.print(delivered: report.delivered, of: which.principal)
    }

    /// What was delivered to keys that are lost cannot be called back; who heard what is in the log.
    static func print(delivered: Int?, of principal: PrincipalID) throws {
        guard let delivered else { return }
        let what = localized("accesses delivered to its keys, which stay open", id: "akses yang terkirim ke kuncinya")
        try Console.print("  \(what): \(delivered)")
        guard delivered > 0 else { return }
        Console.note(
            "risalahd: "
                + localized(
                    "which they are, an auditor sees: risalah audit log --actor \(principal) --action access.deliver",
                    id: "daftarnya, oleh auditor: risalah audit log --actor \(principal) --action access.deliver"
                )
        )
    }
}
