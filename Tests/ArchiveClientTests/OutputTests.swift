@testable import ArchiveClient
import ArchiveCore
import ArchiveTesting
import Foundation
import Testing

@Suite struct OutputTests {
    private func write(_ text: String, to file: OutputFile) throws {
        try Array(text.utf8).withUnsafeBytes { try file.write($0) }
    }

    @Test func appearsWhole() throws {
        let folder = try TestFolder()
        let path = folder.file("out")
        do {
            let file = try OutputFile(path: path, name: "unused")
            try write("abc", to: file)
            #expect(!FileManager.default.fileExists(atPath: path))
            try write("def", to: file)
            try file.commit()
        }
        #expect(try folder.names() == ["out"])
        #expect(try Data(contentsOf: URL(filePath: path)) == Data("abcdef".utf8))
        #expect(try FileManager.default.mode(path) == 0o600)
    }

    @Test(arguments: ["output.write", "output.sync", "output.rename"])
    func leavesNothingOnFailure(label: String) async throws {
        let folder = try TestFolder()
        _ = try folder.write("out", "old".utf8)
        _ = await expectError(.inputOutput) {
            let file = try OutputFile(
                at: folder.file("out"),
                in: FaultyFileSystem(failing: FileLabel(stringLiteral: label))
            )
            try write("new", to: file)
            try file.commit()
        }
        #expect(try folder.names() == ["out"])
        #expect(try Data(contentsOf: URL(filePath: folder.file("out"))) == Data("old".utf8))
    }

    @Test func folderAndDevice() async throws {
        let folder = try TestFolder()
        #expect(try OutputFile(path: folder.path, name: "n").path == folder.file("n"))
        let error = await expectError(.inputOutput) { _ = try OutputFile(path: "/dev/null", name: "n") }
        #expect(error?.hint?.contains("-o -") == true)
        let missing = folder.file("missing/out")
        let lost = await expectError(.inputOutput) { _ = try OutputFile(path: missing, name: "n") }
        #expect(lost?.message == "cannot write \(missing): there is no folder \(folder.file("missing"))")
        #expect(try folder.names().isEmpty)
    }
}
