internal import ArchiveClient
internal import ArchiveCore
internal import ArgumentParser
internal import CommandShell

/// `risalah refuse`: refuses another person's request.
struct RefuseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refuse",
        abstract: localized("Refuse another person's request.", id: "Tolak permintaan orang lain."),
        discussion: localized(
            "Who asked is told the reason. Asking again makes a new request.",
            id: "Peminta diberi tahu alasannya. Meminta lagi membuat permintaan baru."
        )
    )

    @Argument(help: ArgumentHelp(localized("The request.", id: "Permintaan.")))
    var request: AccessID

    @OptionGroup var why: ReasonOptions

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let text = try why.text()
        let change = RelabellingID(request.description)
        try await common.connected { client in
            do {
                let decision = try await client.refuse(request, because: text)
                if common.json { try Console.print(json: decision) }
            } catch let error as ArchiveError where error.code == .notFound {
                // Then it is a change of label, or nothing.
                guard let change else { throw error }
                let decision = try await client.refuse(change, because: text)
                if common.json { try Console.print(json: decision) }
            }
        }
        guard !common.json else { return }
        try Console.print(localized("refused", id: "ditolak"))
    }
}
