import ArchiveCore
import ArchiveTesting
import Foundation
import Testing

@testable import ArchiveServer
@testable import Retrieval

/// Programs of the host that do not do what they should, told of a request.
@Suite struct RequestNoticeTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func program(_ script: String) throws -> String {
        let path = folder.file("tell")
        try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }

    private var request: PendingAccess {
        PendingAccess(
            id: AccessID(),
            recording: RecordingID(),
            expires: Date(timeIntervalSince1970: 2_000_000_000),
            missing: 1,
            role: .recordsManager,
            span: nil,
            isNew: true
        )
    }

    @Test func oneThatHangsIsEnded() async throws {
        let pid = folder.file("pid")
        // In the place of the shell, so that it is the one that is ended.
        let notice = RequestNotice(
            program: try program("echo $$ > \(pid); exec sleep 600"),
            patience: .milliseconds(700)
        )
        try await #require(notice.requested(request)).value
        let text = try String(contentsOfFile: pid, encoding: .utf8)
        let identifier = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(kill(identifier, 0) == -1 && errno == ESRCH)
    }

    /// It neither fails the request nor uses up what may run at once.
    @Test(arguments: ["exit 3", "kill -9 $$", "exec <&-; exit 0", nil])
    func thoseThatFailAreForgotten(script: String?) async throws {
        let path = try script.map { try program($0) } ?? folder.file("absent")
        let notice = RequestNotice(program: path)
        for _ in 0...RequestNotice.atOnce { try await #require(notice.requested(request)).value }
    }

    @Test func onlySoManyRunAtOnce() async throws {
        let notice = RequestNotice(program: try program("exec sleep 600"), patience: .seconds(1))
        let running = (0..<RequestNotice.atOnce).map { _ in notice.requested(request) }
        #expect(!running.contains(nil))
        #expect(notice.requested(request) == nil)
        for task in running { await task?.value }
        try await #require(notice.requested(request)).value
    }

    @Test func noneIsNamed() { #expect(RequestNotice(program: nil).requested(request) == nil) }
}
