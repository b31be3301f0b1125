import ArchiveCore
import ArchiveTesting
import Foundation
import Testing

@testable import Importing

/// Trees on a disk, of somebody else's making.
@Suite struct SourceRootTests {
    private let folder: TemporaryFolder
    private var top: String { folder.file("tree") }

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.file("tree/inner"), withIntermediateDirectories: true)
        try Data("secret".utf8).write(to: URL(filePath: folder.file("outside.wav")))
        try Data("x".utf8).write(to: URL(filePath: folder.file("tree/inner/a\nb ü.wav")))
    }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: "\(top)/\(name)", withDestinationPath: target)
    }

    @Test func `links out of it are refused, those within it passed over`() throws {
        try link("out.wav", to: "../outside.wav")
        try link("absolute.wav", to: folder.file("outside.wav"))
        try link("nowhere.wav", to: "gone.wav")
        try link("parent", to: "..")
        try link("loop", to: "loop")
        try link("within.wav", to: "inner/a\nb ü.wav")
        try link("folder", to: "inner")
        // A folder whose name only begins like the root's.
        try FileManager.default.createDirectory(atPath: folder.file("tree2"), withIntermediateDirectories: true)
        try link("beside", to: "../tree2")
        let (tree, refusals) = try SourceRoot(top).tree()
        #expect(tree.files.map(\.path) == ["inner/a\nb ü.wav"])
        #expect(
            refusals.map(\.path).sorted() == ["absolute.wav", "beside", "loop", "nowhere.wav", "out.wav", "parent"]
        )
    }

    @Test func `nothing but files is taken`() throws {
        #expect(mkfifo("\(top)/pipe.wav", 0o600) == 0)
        let bad = top.utf8CString.dropLast() + [0x2F, CChar(bitPattern: 0xFF), CChar(bitPattern: 0x2E), 0x61, 0]
        let made = Array(bad).withUnsafeBufferPointer { open($0.baseAddress!, O_CREAT | O_WRONLY, 0o600) }
        try #require(made >= 0)
        close(made)
        let root = try SourceRoot(top)
        let (tree, refusals) = try root.tree()
        #expect(tree.files.count == 1 && refusals.count == 2)
        #expect(throws: ArchiveError.self) { try root.open("pipe.wav") }
        #expect(throws: ArchiveError.self) { try root.open("inner") }
    }

    @Test(arguments: [
        "../outside.wav", "inner/../../outside.wav", "/etc/passwd", "", ".", "inner//x", "./inner/x", "inner/..",
        "a\0b",
    ])
    func `paths that lead elsewhere are refused`(_ path: String) throws {
        let root = try SourceRoot(top)
        let error = #expect(throws: ArchiveError.self) { try root.open(path) }
        #expect(error?.code == .badRequest)
    }

    /// What was a folder when it was looked at, and a link when it is opened.
    @Test func `a link that is put there in between leads nowhere`() throws {
        let root = try SourceRoot(top)
        #expect(try root.tree().tree.files.count == 1)
        try FileManager.default.removeItem(atPath: "\(top)/inner")
        try FileManager.default.createDirectory(atPath: folder.file("elsewhere"), withIntermediateDirectories: true)
        try Data("secret".utf8).write(to: URL(filePath: folder.file("elsewhere/a\nb ü.wav")))
        try link("inner", to: "../elsewhere")
        let error = #expect(throws: ArchiveError.self) { try root.open("inner/a\nb ü.wav") }
        #expect(error?.code == .badRequest)
    }

    @Test func `a file that changes is noticed, however it changes`() throws {
        let path = "\(top)/f.wav"
        for (number, change) in [
            { try Data("yz".utf8).write(to: URL(filePath: path)) }, { _ = truncate(path, 0) },
            {
                // The same length, by somebody who sets the time back.
                let handle = try FileHandle(forUpdating: URL(filePath: path))
                try handle.write(contentsOf: Data("w".utf8))
                try handle.close()
                var times = [timespec(tv_sec: 1_000, tv_nsec: 0), timespec(tv_sec: 1_000, tv_nsec: 0)]
                _ = utimensat(AT_FDCWD, path, &times, 0)
            },
        ].enumerated() as EnumeratedSequence<[() throws -> Void]> {
            try? FileManager.default.removeItem(atPath: path)
            _ = FileManager.default.createFile(atPath: path, contents: Data("x".utf8))
            var times = [timespec(tv_sec: 1_000, tv_nsec: 0), timespec(tv_sec: 1_000, tv_nsec: 0)]
            _ = utimensat(AT_FDCWD, path, &times, 0)
            let file = try SourceRoot(top).open("f.wav")
            try file.checkUnchanged()
            try change()
            // Data.write(to:) writes in place.
            let error = #expect(throws: ArchiveError.self, "\(number)") { try file.checkUnchanged() }
            #expect(error?.code == .badRecording)
        }
    }

    @Test func `files that are named stand in their folders`() throws {
        try Data("x".utf8).write(to: URL(filePath: "\(top)/one.wav"))
        try Data("x".utf8).write(to: URL(filePath: "\(top)/two.wav"))
        try link("out.wav", to: "../outside.wav")
        let roots = try SourceRoot.roots(of: ["\(top)/one.wav", top, "\(top)/two.wav", "\(top)/out.wav"])
        #expect(roots.count == 3)
        #expect(try roots[0].tree().tree.files.map(\.path) == ["one.wav", "two.wav"])
        // Whoever names a link means what it points to.
        #expect(try roots[2].tree().tree.files.map(\.path) == ["outside.wav"])
        // And a file whose name is none of audio.
        try Data("x".utf8).write(to: URL(filePath: "\(top)/rapat"))
        #expect(try SourceRoot.roots(of: ["\(top)/rapat"])[0].findings(zone: .gmt).items.map(\.path) == ["rapat"])
        #expect(try SourceRoot(top).findings(zone: .gmt).others == ["rapat"])
        let error = #expect(throws: ArchiveError.self) { try SourceRoot.roots(of: ["\(top)/gone"]) }
        #expect(error?.code == .notFound)
    }
}
