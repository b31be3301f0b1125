internal import ArchiveClient
internal import ArchiveCore
internal import ArgumentParser
internal import CommandShell

/// `risalah close`: ends an access before its time.
struct CloseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "close",
        abstract: localized(
            "Close an access, or withdraw a request.",
            id: "Tutup akses, atau tarik kembali permintaan."
        ),
        discussion: localized(
            "Your own, or one that you may approve. Downloads on their way end; what was fetched stays fetched.",
            id:
                "Milik Anda, atau yang boleh Anda setujui. Unduhan yang berjalan berhenti; yang telah diambil tetap terambil."
        )
    )

    @Argument(help: ArgumentHelp(localized("The access.", id: "Akses.")))
    var access: AccessID

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let change = RelabellingID(access.description)
        try await common.connected { client in
            do {
                try await client.closeAccess(access)
            } catch let error as ArchiveError where error.code == .notFound {
                // Then it is a change of label that was asked for, or nothing.
                guard let change else { throw error }
                try await client.withdraw(change)
            }
        }
    }
}
