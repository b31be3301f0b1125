import ArchiveClient
import Foundation
import Testing

@testable import Importing

/// Files of which only the name is known.
@Suite struct PlainFileTests {
    @Test func `names of any kind, each file once`() throws {
        let layout = Layout([
            "a/pidato\nbaru.WAV": "", "a/pidato\nbaru.vtt": "", "é ünï.mp3": "", "a/..titik.webm": "", ".opus": "",
            "catatan.txt": "",
            "x/y.z/rapat.2.opus": "", "rapat": "",
        ])
        let found = try layout.found()
        #expect(found.everything.sorted() == layout.tree.files.map(\.path).sorted())
        #expect(Set(found.items.compactMap(\.metadata.title)) == ["pidato baru", "é ünï", "..titik", "rapat.2"])
        #expect(found.items.first { $0.transcript != nil }?.path == "a/pidato\nbaru.WAV")
        #expect(found.others == [".opus", "catatan.txt", "rapat"])
    }

    /// A file system has two files where Unicode has one name.
    @Test func `spellings of one name are not one file`() throws {
        let tree = SourceTree(["\u{E9}/a.wav", "e\u{301}/a.wav", "e\u{301}/a.vtt"].map { SourceTree.File($0) })
        let found = tree.recognized(SourceTexts(zone: .gmt) { _, _ in Data() })
        #expect(found.items.map { Array($0.path.utf8) } == [Array("e\u{301}/a.wav".utf8), Array("\u{E9}/a.wav".utf8)])
        #expect(found.items.map { $0.transcript != nil } == [true, false])
    }

    /// An account of years: what is looked through grows, and the time with it, and not with its square.
    @Test func `ten thousand files in as many folders`() throws {
        let files = (0..<5_000).flatMap { number in
            let folder = "\(number % 100)/2020-04-15 09.30.12 Rapat \(10_000_000_000 + number)"
            return [SourceTree.File("\(folder)/audio_only.m4a"), SourceTree.File("\(folder)/zoom_0.mp4")]
        }
        let found = SourceTree(files).recognized(SourceTexts(zone: .gmt) { _, _ in Data() })
        #expect(
            found.items.count == 5_000 && found.items.allSatisfy { $0.origin == .zoom && $0.alternatives.count == 1 }
        )
        #expect(found.others.isEmpty && found.refusals.isEmpty)
    }

    @Test func `a name that is too long is cut between characters`() {
        let cut = FoundText.line(String(repeating: "é", count: 400))
        #expect(cut?.utf8.count == 500 && cut?.allSatisfy { $0 == "é" } == true)
        #expect(FoundText.line(" \n\t\u{0} ") == nil)
    }
}
