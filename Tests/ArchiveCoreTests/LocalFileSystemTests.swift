import ArchiveCore
import Foundation
import Testing

@Suite struct LocalFileSystemTests {
    private let files = LocalFileSystem()

    @Test func foldersAreMadeWithTheirParentsAndTwice() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "risalah-test-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        for _ in 1...2 {
            try files.makeFolder("\(root)/a/b", label: "test")
            #expect(try files.mode("\(root)/a/b") == 0o700)
        }
    }

    /// A parent that is there and cannot hold anything is an error, not a reason to try for ever.
    @Test func nothingIsMadeBelowADanglingLinkOrAFile() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "risalah-test-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        try files.makeFolder(root, label: "test")
        try FileManager.default.createSymbolicLink(atPath: "\(root)/link", withDestinationPath: "\(root)/nowhere")
        try files.replace("\(root)/file", with: [1], label: "test")
        for parent in ["\(root)/link", "\(root)/file", "/proc/nothing"] {
            let error = #expect(throws: ArchiveError.self, "\(parent)") {
                try files.makeFolder("\(parent)/a/b", label: "test")
            }
            #expect(error?.code == .inputOutput)
            #expect(error?.message.contains(parent) == true, "\(String(describing: error))")
        }
    }
}
