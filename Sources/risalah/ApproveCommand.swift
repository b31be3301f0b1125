internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalah approve`: agrees to another person's request.
struct ApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: localized("Agree to another person's request.", id: "Setujui permintaan orang lain."),
        discussion: localized(
            "An access opens when as many persons as its level wants have agreed; a label is changed by one. You agree to this recording, purpose, person "
                + "and key, under the label that it has now, and to nothing else.",
            id:
                "Akses terbuka bila orang sebanyak yang diminta tingkatnya telah setuju; label diganti oleh satu orang. Anda menyetujui rekaman, tujuan, orang "
                + "dan kunci ini, di bawah label yang berlaku sekarang, dan tidak lebih."
        )
    )

    @Argument(help: ArgumentHelp(localized("The request.", id: "Permintaan.")))
    var request: AccessID

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let sentence = try await common.connected { client in
            do {
                return try agreed(try await client.approve(request))
            } catch let error as ArchiveError where error.code == .notFound {
                // Then it is a change of label, or nothing.
                guard let change = RelabellingID(request.description) else { throw error }
                let decision = try await client.approve(change)
                if common.json { try Console.print(json: decision) }
                return localized("relabelled", id: "label diganti")
            }
        }
        if !common.json { try Console.print(sentence) }
    }

    private func agreed(_ decision: RequestDecision) throws -> String {
        if common.json { try Console.print(json: decision) }
        return decision.missing == 0
            ? localized("open", id: "terbuka")
            : localized("\(decision.missing) more to agree", id: "perlu \(decision.missing) persetujuan lagi")
    }
}
