import ArchiveClient
import ArchiveCore
import ArchiveTesting
import Foundation
import Testing

@testable import Importing

/// The file that keeps anything from being sent twice.
@Suite struct ImportJournalTests {
    private let folder: TemporaryFolder
    private var home: ClientHome { ClientHome(path: folder.path) }
    private var path: String { folder.file("imports/journal") }
    private let recording = RecordingID()
    private let one: SourceDigest
    private let two: SourceDigest

    init() throws {
        folder = try TemporaryFolder()
        one = try #require(SourceDigest(String(repeating: "a1", count: 32)))
        two = try #require(SourceDigest(String(repeating: "b2", count: 32)))
    }

    @Test func `what was written is there after it`() throws {
        do {
            let journal = try ImportJournal(of: home)
            #expect(journal.take(one) == .new && journal.take(one) == .busy)
            try journal.begin(one, at: "https://a/1")
            try journal.begin(two, at: "https://a/2")
            try journal.store(one, as: recording)
            journal.release(one)
            #expect(journal.take(one) == .stored(recording, hasTranscript: false))
        }
        let journal = try ImportJournal(of: home)
        #expect(journal.standing(of: one) == .stored(recording, hasTranscript: false))
        #expect(journal.standing(of: two) == .begun(url: "https://a/2"))
        try journal.keepTranscript(of: one, as: recording)
        #expect(journal.standing(of: one) == .stored(recording, hasTranscript: true))
    }

    /// At every byte at which a machine can stop.
    @Test func `a line that was cut off was never there`() throws {
        do {
            let journal = try ImportJournal(of: home)
            try journal.begin(one, at: "https://a/1")
            try journal.store(one, as: recording)
        }
        let whole = try Data(contentsOf: URL(filePath: path))
        let first = try #require(whole.firstIndex(of: UInt8(ascii: "\n")))
        for length in 0...whole.count {
            try whole.prefix(length).write(to: URL(filePath: path))
            let expected: ImportJournal.Standing =
                length <= first
                ? .new : length < whole.count ? .begun(url: "https://a/1") : .stored(recording, hasTranscript: false)
            do {
                let journal = try ImportJournal(of: home)
                #expect(journal.standing(of: one) == expected, "\(length)")
                try journal.begin(two, at: "https://a/2")
            }
            let again = try ImportJournal(of: home)
            #expect(again.standing(of: one) == expected && again.standing(of: two) == .begun(url: "https://a/2"))
        }
    }

    @Test func `a line that was changed is not passed over`() throws {
        do { try ImportJournal(of: home).begin(one, at: "https://a/1") }
        for line in [
            "x\n", "{\"event\":\"stored\",\"source\":\"\(one)\"}\n",
            "{\"event\":\"begun\",\"source\":\"a\",\"url\":\"x\"}\n",
        ] {
            let good = try Data(contentsOf: URL(filePath: path))
            try (Data(line.utf8) + good).write(to: URL(filePath: path))
            let error = #expect(throws: ArchiveError.self) { try ImportJournal(of: home) }
            #expect(error?.code == .storage && error?.message.contains("line 1") == true)
            try good.write(to: URL(filePath: path))
        }
        #expect(try ImportJournal(of: home).standing(of: one) == .begun(url: "https://a/1"))
    }

    @Test func `one import at a time`() throws {
        let journal = try ImportJournal(of: home)
        let error = #expect(throws: ArchiveError.self) { try ImportJournal(of: home) }
        #expect(error?.code == .conflict)
        withExtendedLifetime(journal) {}
    }

    @Test(arguments: ["journal.write", "journal.sync"] as [FileLabel])
    func `what is not on the disk does not count`(_ label: FileLabel) throws {
        let files = FaultyFileSystem()
        do {
            let journal = try ImportJournal(of: home, in: files)
            try journal.begin(one, at: "https://a/1")
            files.failOnce(label)
            #expect(throws: ArchiveError.self) { try journal.store(one, as: recording) }
            #expect(journal.standing(of: one) == .begun(url: "https://a/1"))
            // Nothing is written behind what nobody knows.
            #expect(throws: ArchiveError.self) { try journal.begin(two, at: "https://a/2") }
        }
        let journal = try ImportJournal(of: home)
        // What was written and not synced is true all the same, where it is there.
        #expect(
            journal.standing(of: one)
                == (label == "journal.write" ? .begun(url: "https://a/1") : .stored(recording, hasTranscript: false))
        )
        try journal.begin(two, at: "https://a/2")
    }

    @Test func `nothing in it tells what a recording is about`() throws {
        do { try ImportJournal(of: home).begin(one, at: "https://a/1") }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("imports"))
        #expect(Set(names) == ["journal", "lock"])
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }
}
