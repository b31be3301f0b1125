internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArchiveServer
internal import Foundation
internal import Glibc

/// An archive in a temporary folder, served by a process of its own so that what it needs can be read from the kernel.
final class ThrowawayArchive {
    /// What a process has used.
    struct Usage {
        /// CPU seconds, user and system.
        var cpu: Double
        /// The most memory that it had, in bytes.
        var peakMemory: Int
    }

    private let folder: String
    private var service: ChildProcess?
    private let invite: Invite
    private var address = ""

    /// Makes and serves it.
    ///
    /// - Parameters:
    ///   - role: of the one whom it invites.
    ///   - prepare: fills it before it is served.
    init(for role: Role = .recorder, prepare: (Archive) async throws -> Void = { _ in }) async throws {
        // Short: the path of a Unix socket in it has at most 107 bytes (unix(7)).
        folder = FileManager.default.temporaryDirectory.appending(path: "risalah-\(UUID().uuidString.prefix(8))").path
        let root = folder + "/archive"
        do {
            try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
            _ = try await Archive.initialize(
                root: root,
                name: nil,
                listen: "127.0.0.1:0",
                health: "none",
                isSolo: true
            )
            try Self.raiseQuota(StorageLayout(root: root))
            let archive = try await Archive.open(root: root)
            let member = NewPrincipal(
                name: "benchmark",
                role: role,
                clearance: nil,
                unit: nil,
                person: nil,
                floor: nil
            )
            let response = try await archive.administer(.addPrincipal(member), by: .hostUser(getuid()))
            try await prepare(archive)
            try archive.close()
            guard case .invited(let invitation) = response else { throw response.unexpected }
            invite = try Invite(parsing: invitation.invite)
        } catch {
            try? FileManager.default.removeItem(atPath: folder)
            throw error
        }
        do {
            try await serve(root)
        } catch {
            try? await remove()
            throw error
        }
    }

    /// One recorder stands for all of them, so it may have under way what all of them have.
    private static func raiseQuota(_ layout: StorageLayout) throws {
        let policy = URL(filePath: layout.policy)
        try String(contentsOf: policy, encoding: .utf8)
            .replacing(/uploads: \d+/, with: "uploads: 10000").write(to: policy, atomically: true, encoding: .utf8)
    }

    private func serve(_ root: String) async throws {
        let log = folder + "/service.log"
        try Data().write(to: URL(filePath: log))
        let service = try ChildProcess(
            FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
            ["serve", "--root", root],
            errors: .file(FileHandle(forWritingTo: URL(filePath: log)))
        )
        self.service = service
        let deadline = ContinuousClock.now + .seconds(60)
        while address.isEmpty {
            let said = try String(contentsOfFile: log, encoding: .utf8)
            if let found = said.firstMatch(of: /ready, (https:\/\/[^\s,]+)/) { address = String(found.output.1) }
            guard service.isRunning, ContinuousClock.now < deadline else {
                throw ArchiveError(.unexpected, "the service that is to be measured did not start: \(said)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Enrols the one whom it has invited.
    func enrol() async throws -> ClientHome {
        let home = ClientHome(path: folder + "/member")
        _ = try await ArchiveClient.enrol(at: ServerAddress(parsing: address), invite: invite, home: home)
        return home
    }

    /// What the service has used so far.
    func usage() throws -> Usage {
        let process = "/proc/\(service?.identifier ?? 0)"
        let status = try String(contentsOfFile: process + "/status", encoding: .utf8)
        let times = try String(contentsOfFile: process + "/stat", encoding: .utf8)
        // proc(5): the name in parentheses may hold anything; utime and stime are the 12th and 13th fields behind it.
        let fields = times[(times.lastIndex(of: ")") ?? times.startIndex)...].split(separator: " ")
        guard let peak = status.firstMatch(of: /VmHWM:\s+(\d+) kB/).flatMap({ Int($0.output.1) }), fields.count > 13,
            let user = Double(fields[12]), let system = Double(fields[13])
        else { throw ArchiveError(.unexpected, "\(process) cannot be read: the service may have ended") }
        return Usage(cpu: (user + system) / Double(sysconf(Int32(_SC_CLK_TCK))), peakMemory: peak * 1024)
    }

    /// Ends the service and removes everything.
    func remove() async throws {
        if let service {
            service.send(signal: SIGTERM)
            let deadline = ContinuousClock.now + .seconds(40)
            // A task that is cancelled still has to wait here.
            while service.isRunning, ContinuousClock.now < deadline { usleep(20_000) }
            service.send(signal: SIGKILL)
            service.waitUntilExit()
        }
        try FileManager.default.removeItem(atPath: folder)
    }
}
