internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArchiveServer
internal import ArgumentParser
internal import CLinux
internal import CommandShell
internal import Foundation
internal import Glibc
internal import Vault

/// The program.
@main
enum Main {
    static func main() async {
        // Before there is a second thread: the kernel binds a part of it to the thread that asks, and to those it makes.
        guard linux_confine() == 0 else {
            Console.note("risalahd: the kernel does not let this process give up privileges and core dumps")
            exit(ExitStatus.unexpected.rawValue)
        }
        await Shell.main(Risalahd.self, cancelsOnSignals: false)
    }
}

/// `risalahd`: the archive on its host.
struct Risalahd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "risalahd",
        abstract: localized("The archive of meeting recordings, on its host.", id: "Arsip rekaman rapat, pada hosnya."),
        version: "0.1.0",
        subcommands: [
            InitCommand.self, ServeCommand.self, StatusCommand.self, PrincipalCommand.self, AuditCommand.self,
            RetentionCommand.self, KeysCommand.self, CheckCommand.self, ReindexCommand.self, BackupCommand.self,
            RestoreCommand.self,
            QuarantineCommand.self,
            ConfigCommand.self, IngestCommand.self,
            BenchmarkCommand.self,
        ]
    )
}

/// Where the archive is, and how results are written.
struct RootOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            localized("The folder that holds Config and Storage.", id: "Folder yang memuat Config dan Storage."),
            valueName: "dir"
        )
    )
    var root: String

    @Option(
        help: ArgumentHelp(
            localized(
                "A file with the passphrase of the root key, one line; - is stdin.",
                id: "Berkas berisi frasa sandi kunci akar, satu baris; - adalah stdin."
            ),
            valueName: "file"
        )
    )
    var passphraseFile: String?

    @Flag(help: ArgumentHelp(localized("Results and errors as JSON.", id: "Hasil dan galat sebagai JSON.")))
    var json = false

    /// What this process was given to get at the root key with. Make it once: stdin can be read once.
    var keys: RootKeySources {
        let environment = ProcessInfo.processInfo.environment
        return RootKeySources(
            passphrase: PassphraseReader(file: passphraseFile, environment: environment),
            credentials: environment["CREDENTIALS_DIRECTORY"]
        )
    }

    /// Lets SQLite's temporary files, which hold what its databases hold, lie nowhere but in Storage.
    func keepTemporaryFilesInStorage() { setenv("SQLITE_TMPDIR", StorageLayout(root: root).storage, 1) }

    /// Has `request` done by the running service or, where none is running, by this process under the lock.
    func administer(
        _ request: AdministrationRequest,
        keys: RootKeySources? = nil
    ) async throws -> AdministrationResponse {
        try await administering(keys: keys) { try await $0(request) }
    }

    /// The same for several requests, which the same process does.
    func administering<Value>(
        keys: RootKeySources? = nil,
        _ body: (Administering) async throws -> Value
    ) async throws -> Value {
        keepTemporaryFilesInStorage()
        let archive: Archive
        do {
            archive = try await Archive.open(root: root, keys: keys ?? self.keys)
        } catch let error as ArchiveError where error.code == .conflict {
            return try await administeringRunning(body)
        }
        do {
            let value = try await body { try await archive.administer($0, by: .hostUser(getuid())) }
            try archive.close()
            return value
        } catch {
            try? archive.close()
            throw error
        }
    }

    private func administeringRunning<Value>(_ body: (Administering) async throws -> Value) async throws -> Value {
        let client = try AdminClient(socket: StorageLayout(root: root).socket)
        do {
            let value = try await body { try await client.perform($0) }
            await client.close()
            return value
        } catch {
            await client.close()
            throw error
        }
    }
}

/// Does what a user of the host asks for, wherever it is done.
typealias Administering = (AdministrationRequest) async throws -> AdministrationResponse

extension AdministrationResponse {
    /// The answer is of another request: a mistake of ours.
    var unexpected: ArchiveError { ArchiveError(.unexpected, "the service answered something else than was asked") }
}
