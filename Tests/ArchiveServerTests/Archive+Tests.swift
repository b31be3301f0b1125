import ArchiveCore
import Foundation

@testable import ArchiveServer

extension Archive {
    /// Makes an archive at `root` as `risalahd init` does, on a port that the kernel chooses and without health answers.
    static func makeForTest(
        at root: String,
        isSolo: Bool = true,
        clock: any ArchiveClock = SystemClock(),
        files: any FileSystem = LocalFileSystem()
    ) async throws {
        _ = try await initialize(
            root: root,
            name: nil,
            listen: "127.0.0.1:0",
            health: "none",
            isSolo: isSolo,
            clock: clock,
            files: files
        )
    }
}
