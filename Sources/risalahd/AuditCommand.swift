internal import ArchiveCore
internal import ArchiveInterface
internal import ArchiveServer
internal import ArgumentParser
internal import CommandShell

/// `risalahd audit`: the log, on the host.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: localized("The log.", id: "Log audit."),
        subcommands: [Verify.self, AuditExportCommand.self, AuditRestartCommand.self]
    )

    /// `audit verify`: rebuilds the tree from the entries; exits with 67 where something does not agree.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: localized("Rebuild the log from its entries.", id: "Membangun ulang log dari catatannya.")
        )

        @OptionGroup var options: RootOptions

        func run() async throws {
            try await verdict().print(json: options.json)
        }

        private func verdict() async throws -> LogVerification {
            let keys = options.keys
            do {
                let response = try await options.administer(.verifyLog, keys: keys)
                guard case .verified(let verdict) = response else { throw response.unexpected }
                return verdict
            } catch let error as ArchiveError where [.logMismatch, .storage].contains(error.code) {
                // The archive does not even open: the entries are read all the same, to name the first bad one.
                let verdict = try await Archive.examineLog(root: options.root, keys: keys)
                guard verdict.whole else { return verdict }
                throw error
            }
        }
    }
}
