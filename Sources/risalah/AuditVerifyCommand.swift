internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalah audit verify`: whether the log is whole; exits with 67 where it is not.
struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: localized("Whether the log is whole.", id: "Apakah log utuh.")
    )

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let verdict = try await common.connected { try await $0.verification() }
        try verdict.print(json: common.json)
    }
}
