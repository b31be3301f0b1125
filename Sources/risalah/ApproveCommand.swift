internal import ArchiveClient
internal import ArchiveCore
internal import ArgumentParser
internal import CommandShell

/// `risalah approve`: agrees to another person's request.
struct ApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: localized("Agree to another person's request.", id: "Setujui permintaan orang lain."),
        discussion: localized(
            "It opens when as many persons as its level wants have agreed. You agree to this recording, purpose, person "
                + "and key, under the label that it has now, and to nothing else.",
            id: "Terbuka bila orang sebanyak yang diminta tingkatnya telah setuju. Anda menyetujui rekaman, tujuan, orang "
                + "dan kunci ini, di bawah label yang berlaku sekarang, dan tidak lebih."
        )
    )

    @Argument(help: ArgumentHelp(localized("The request.", id: "Permintaan.")))
    var request: AccessID

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let decision = try await common.connected { try await $0.approve(request) }
        guard !common.json else { return try Console.print(json: decision) }
        try Console.print(
            decision.missing == 0
                ? localized("open", id: "terbuka")
                : localized("\(decision.missing) more to agree", id: "perlu \(decision.missing) persetujuan lagi")
        )
    }
}
