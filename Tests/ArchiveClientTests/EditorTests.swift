import ArchiveClient
import ArchiveCore
import Foundation
import TestSupport
import Testing

/// Where a text is edited that no disk may see, and by what.
@Suite struct EditorTests {
    private func permissions(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func `a folder in memory is its owner's, and goes with all that is in it`() throws {
        let folder = try MemoryFolder(in: ["/nowhere", "/dev/shm"])
        let path = folder.path
        #expect(path.hasPrefix("/dev/shm/"))
        #expect(try permissions(path) == 0o700)
        try folder.write(Data("rahasia".utf8), to: "a.txt")
        #expect(try permissions(folder.file("a.txt")) == 0o600)
        try FileManager.default.createDirectory(atPath: folder.file("b/c"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: folder.file("d"), withDestinationPath: "/etc")
        #expect(folder.destroy() && !FileManager.default.fileExists(atPath: path))
        #expect(FileManager.default.fileExists(atPath: "/etc/passwd"))
    }

    @Test func `a disk is refused, with what to do`() throws {
        let disk = try TestFolder()
        let kind = try Program.run("stat", ["-f", "-c", "%T", disk.path])
        try #require(!kind.text.hasPrefix("tmpfs"), "the folder of this test is to be on a disk: set TMPDIR")
        let error = #expect(throws: ArchiveError.self) { try MemoryFolder(in: [disk.path, "/nowhere"]) }
        #expect(error?.code == .configuration && error?.hint?.contains("tmpfs") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path).isEmpty)
        // A relative one is none.
        let other = try MemoryFolder(environment: ["XDG_RUNTIME_DIR": "relative"])
        #expect(other.path.hasPrefix("/dev/shm/"))
    }

    @Test func `what a killed one has left is removed, and what is used is not`() throws {
        let used = try MemoryFolder(in: ["/dev/shm"])
        let left = "/dev/shm/risalah-edit.\(UUID().uuidString.prefix(6))"
        try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: false)
        try Data("rahasia".utf8).write(to: URL(filePath: "\(left)/transcript.txt"))
        let next = try MemoryFolder(in: ["/dev/shm"])
        #expect(!FileManager.default.fileExists(atPath: left))
        #expect(FileManager.default.fileExists(atPath: used.path) && next.path != used.path)
    }

    @Test func `the editor is the one that the environment names`() throws {
        let both = ["VISUAL": "code --wait", "EDITOR": "ed", "TERM": "xterm"]
        #expect(try TextEditor(environment: both).command == "code --wait")
        #expect(try TextEditor(environment: both.merging(["TERM": "dumb"]) { $1 }).command == "ed")
        #expect(try TextEditor(environment: ["VISUAL": " ", "EDITOR": "ed", "TERM": "xterm"]).command == "ed")
        let folder = try TestFolder()
        let nano = "\(folder.path)/nano"
        try "#!/bin/sh\n".write(toFile: nano, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: nano)
        #expect(try TextEditor(environment: ["PATH": folder.path, "TERM": "xterm"]).command == "nano")
        for environment in [
            ["PATH": folder.path], ["VISUAL": "vim", "TERM": "dumb"], ["PATH": "/nowhere", "TERM": "xterm"],
        ] {
            let error = #expect(throws: ArchiveError.self) { try TextEditor(environment: environment) }
            #expect(error?.code == .configuration && error?.hint?.contains("EDITOR") == true)
        }
    }
}
