import Age
@testable import ArchiveClient
import ArchiveCore
import ArchiveTesting
import Crypto
import Foundation
import TestSupport
import Testing

@Suite("Bags are whole, or not there")
struct BagTests {
    @Test func `XML carries whatever anybody calls a recording`() throws {
        let hostile = [
            "]]> <!--", "a & b < c > d", "\"quoted\" 'too'", "tab\tline\nreturn\rend",
            "\u{0}\u{1}\u{8}\u{B}\u{1F}\u{FFFE}\u{FFFF}",
            "\u{202E}gnp.exe\u{2066}", "&lt;&#0;&amp;", "<?xml?>", "\u{10FFFF}\u{E000}\u{D7FF}", "",
            // What JSON can say and no Unicode text is.
            try JSONDecoder().decode([String].self, from: Data(#"["\u00e9\u0007"]"#.utf8))[0],
        ]
        let document = XMLDocument { document in
            document.element("list", ["note": hostile.joined()]) { document in
                for text in hostile { document.element("item", text) }
                document.element("absent", nil)
            }
        }.text
        let folder = try TestFolder()
        let file = try folder.write("x.xml", document.utf8)
        let lint = try Program.run("xmllint", ["--noout", file])
        #expect(lint.status == 0 && lint.errorText.isEmpty, "\(lint.errorText)")
        let script = """
            import json, sys
            from xml.etree import ElementTree
            root = ElementTree.parse(sys.argv[1]).getroot()
            print(json.dumps([root.get("note")] + [item.text or "" for item in root]))
            """
        let read = try Program.run("python3", ["-c", script, file])
        let found = try JSONDecoder().decode([String].self, from: read.output)
        func carried(_ text: String) -> [Unicode.Scalar] {
            text.unicodeScalars.map { scalar in
                let isLost =
                    scalar.value < 32 && ![9, 10, 13].contains(scalar.value) || (0xFFFE...0xFFFF).contains(scalar.value)
                return isLost ? "\u{FFFD}" : scalar
            }
        }
        #expect(found.map { Array($0.unicodeScalars) } == ([hostile.joined()] + hostile).map(carried))
    }

    @Test func `paths and elements are spelled as RFC 8493 wants them`() {
        #expect(BagManifest.encoded("data/a%0Ab\r\n%25.opus") == "data/a%250Ab%0D%0A%2525.opus")
        var manifest = BagManifest()
        manifest.add("data/b", SHA256.hash(data: Data()), length: 0)
        manifest.add("data/a b", SHA256.hash(data: Data("abc".utf8)), length: 3)
        let lines = [
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  data/a b\n",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  data/b\n",
        ]
        #expect(manifest.text == lines.joined() && manifest.octets == 3 && manifest.count == 2)
        var info = BagInfo()
        info.add("Source-Organization", "Arsip\nPayload-Oxum: 0.0\r\u{2028}x\u{85}")
        info.add("Contact-Name", nil)
        #expect(info.text == "Source-Organization: Arsip Payload-Oxum: 0.0  x \n")
        #expect([0, 999, 1000, 42_650_000_000].map(BagExport.size) == ["0 B", "999 B", "1.0 KB", "42.7 GB"])
        #expect(BagExport.archive(of: "arsip.example/gndvthbi") == "arsip.example")
    }

    private func fill(_ bag: BagFolder) throws {
        try bag.write("data/a/recording.opus", "OggS".utf8)
        try bag.write("data/a/log/0.tlog-proof", "proof".utf8)
        try bag.write("data/b/recording.opus", "gone".utf8)
        try bag.discard("data/b")
        try bag.write("README.txt", "read".utf8)
    }

    @Test func `a bag appears whole, and validates`() throws {
        let folder = try TestFolder()
        let path = folder.file("bag")
        do {
            let bag = try BagFolder(at: path + "/")
            try fill(bag)
            #expect(bag.oxum == (9, 2))
            #expect(!FileManager.default.fileExists(atPath: path))
            try bag.commit(BagInfo())
        }
        #expect(try folder.names() == ["bag"])
        #expect(try FileManager.default.subpathsOfDirectory(atPath: path).count { $0.hasSuffix("recording.opus") } == 1)
        #expect(try FileManager.default.mode("\(path)/data/a/recording.opus") == 0o600)
        let declaration = try String(contentsOfFile: "\(path)/bagit.txt", encoding: .utf8)
        #expect(declaration == "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        #expect(throws: ArchiveError.self) { try BagFolder(at: path) }
        #expect(throws: ArchiveError.self) { try BagFolder(at: folder.file("none/bag")) }
        #expect(try folder.names() == ["bag"])
    }

    @Test(arguments: ["bag.folder", "bag.open", "bag.write", "bag.sync", "bag.sync-folder", "bag.rename"])
    func `whatever fails, nothing is left, and a full disk is said`(label: String) async throws {
        // Each call of it in turn, until all have passed.
        var (failures, isThrough) = (0, false)
        while !isThrough {
            let folder = try TestFolder()
            let files = FaultyFileSystem()
            let count = Counter()
            files.fail { [failures] called, _ in
                guard called.description == label, count.next() == failures + 1 else { return nil }
                return ArchiveError(.exhausted, "no room")
            }
            do {
                let bag = try BagFolder(at: folder.file("bag"), in: files)
                try fill(bag)
                try bag.commit(BagInfo())
                isThrough = true
            } catch let error as ArchiveError {
                #expect(error.code == .exhausted)
                failures += 1
                // Once it has its name it is whole, and stays; only whether the name is durable is not known.
                let isNamed = files.calls.contains("bag.rename") && label == "bag.sync-folder"
                #expect(try folder.names() == (isNamed ? ["bag"] : []), "\(label) \(failures)")
            }
        }
        #expect(failures > 0)
    }

    @Test func `what a killed export left is removed, what runs is not`() throws {
        let folder = try TestFolder()
        let running = try BagFolder(at: folder.file("one"))
        try fill(running)
        let left = folder.file(".risalah-bag-aaaaaaaaaaaaaaaaaaaaaaaaaa.part")
        try FileManager.default.createDirectory(atPath: "\(left)/data/a", withIntermediateDirectories: true)
        _ = try folder.write(".risalah-bag-aaaaaaaaaaaaaaaaaaaaaaaaaa.part/data/a/recording.opus", "half".utf8)
        _ = try folder.write(".risalah-bag-notes.txt", "mine".utf8)
        let found = BagFolder.removeLeftovers(beside: folder.file("two/"))
        #expect(found.removed == [left] && found.kept.isEmpty)
        #expect(BagFolder.removeLeftovers(beside: folder.file("two")).removed.isEmpty)
        try running.commit(BagInfo())
        #expect(try folder.names() == [".risalah-bag-notes.txt", "one"])
    }

    /// Bytes in pieces, as a network brings them.
    private func pass(_ sealed: [UInt8], _ audio: inout BagAudio) throws -> (kept: [UInt8], facts: BagAudio.Facts) {
        var kept: [UInt8] = []
        for start in stride(from: 0, to: sealed.count, by: 777) {
            try sealed[start..<min(start + 777, sealed.count)].withUnsafeBytes { piece in
                try audio.update(piece) { kept += $0 }
            }
        }
        let facts = try audio.finish { kept += $0 }
        return (kept, facts)
    }

    @Test(arguments: [0, 1, 65_536, 65_537, 300_000])
    func `of a sealed recording a bag keeps the stream, or the payload behind another header`(length: Int) throws {
        let (own, other) = (Identity.generateX25519(), try Identity.generateHybrid())
        let plaintext = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let sealed = try AgeFile.seal(plaintext, to: [own.recipient])
        var cutter = HeaderCutter()
        let header = try cutter.consume(sealed)
        func content(_ bytes: some Sequence<UInt8>) -> BagAudio.Content {
            let bytes = Data(Array(bytes))
            return .init(digest: SHA256.hash(data: bytes).hexadecimal, length: Int64(bytes.count))
        }
        let payload = content(sealed[header...])

        var clear = BagAudio([own], isSealed: false, to: [])
        let opened = try pass(sealed, &clear)
        #expect(opened.kept == plaintext)
        #expect(
            opened.facts
                == .init(opened: content(plaintext), payload: payload, written: content(plaintext), isSealed: false)
        )
        var asIs = BagAudio([own], isSealed: true, to: [])
        #expect(try pass(sealed, &asIs).kept == sealed)
        var forOther = BagAudio([own], isSealed: true, to: [other.recipient])
        let minted = try pass(sealed, &forOther)
        #expect(minted.kept != sealed && minted.kept.suffix(sealed.count - header) == sealed[header...])
        #expect(minted.facts.payload == payload && minted.facts.opened == content(plaintext))
        #expect(minted.facts.written == content(minted.kept))
        var theirs = BagAudio([other], isSealed: false, to: [])
        #expect(try pass(minted.kept, &theirs).kept == plaintext)
        var notMine = BagAudio([own], isSealed: false, to: [])
        #expect(throws: ArchiveError.self) { try pass(minted.kept, &notMine) }
        // One byte less, one bit other.
        var short = BagAudio([own], isSealed: true, to: [])
        #expect(throws: ArchiveError.self) { try pass(sealed.dropLast(), &short) }
        var flipped = sealed
        flipped[flipped.count - 1] ^= 1
        var damaged = BagAudio([own], isSealed: true, to: [])
        #expect(throws: ArchiveError.self) { try pass(flipped, &damaged) }
    }
}
