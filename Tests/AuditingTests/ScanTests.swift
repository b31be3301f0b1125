import ArchiveCore
import ArchiveTesting
import Auditing
import Foundation
import Testing
import TransparencyLog

/// Searching bytes finds exactly what decoding every entry finds.
@Suite struct ScanTests {
    private static func date(_ seq: Double) -> Date { Date(timeIntervalSince1970: 1_790_000_000 + seq) }

    private static let queries: [EntryQuery] = [
        EntryQuery(),
        EntryQuery(object: "object-1"),
        EntryQuery(object: "object-12"),
        EntryQuery(object: "nothing"),
        EntryQuery(object: "\"quoted\" / ünïcode"),
        EntryQuery(actors: ["uid:3"]),
        EntryQuery(actors: ["uid:3", "uid:5", "nobody"]),
        EntryQuery(action: "access"),
        EntryQuery(action: "access.open"),
        EntryQuery(action: "acc"),
        EntryQuery(decision: .refuse),
        EntryQuery(since: date(100)),
        EntryQuery(since: date(100), until: date(300.0004)),
        EntryQuery(until: date(-1)),
        EntryQuery(actors: ["uid:1"], object: "object-1", action: "access", decision: .allow, since: date(2)),
    ]

    @Test(arguments: [1, 256, 600], queries)
    func findsWhatDecodingFinds(size: Int, query: EntryQuery) async throws {
        let folder = try TemporaryFolder()
        let signer = try LyingLog.signer()
        let copy = LogCopy(path: folder.file("copy"))
        let log = try LyingLog.made(size, by: signer)
        _ = try await copy.sync(from: log, trusting: signer.verifier)
        let all = try log.leaves.enumerated().map { seq, leaf in
            AuditedEntry(seq: seq, entry: try #require(LogEntry(leaf: leaf)))
        }
        let expected = all.filter { query.includes($0.entry) }
        #expect(try copy.read(query) { Array($0) } == expected)
        #expect(try copy.read(query, newestFirst: true) { Array($0) } == expected.reversed())
        #expect(try copy.entries(query, newestFirst: true, limit: 3) == expected.suffix(3).reversed())
        // A sequence can be gone through again.
        #expect(try copy.read(query) { scan in Array(scan).count + Array(scan).count } == 2 * expected.count)
    }

    @Test func isNotEmptyForTheQueriesThatMatter() throws {
        let all = try LyingLog.leaves(600).map { try #require(LogEntry(leaf: $0)) }
        let found = Self.queries.map { query in all.filter(query.includes).count }
        #expect(found.filter { $0 > 0 }.count == Self.queries.count - 4, "\(found)")
    }

    /// An entry that needs escapes, and one in other words than `archive` writes them.
    @Test func escapedTextsAreFound() async throws {
        let folder = try TemporaryFolder()
        let signer = try LyingLog.signer()
        let copy = LogCopy(path: folder.file("copy"))
        let object = "\"quoted\" / ünïcode\n"
        let leaf = try LogEntry(
            time: Self.date(0),
            actor: .service,
            action: "a.b",
            object: object,
            label: nil,
            decision: .allow,
            details: [:],
            commitments: [:]
        ).leaf()
        let log = LyingLog(try LyingLog.leaves(10) + [leaf], signer: signer)
        _ = try await copy.sync(from: log, trusting: signer.verifier)
        #expect(try copy.entries(EntryQuery(object: object), limit: 5).map(\.seq) == [10])
    }

    @Test func whatIsNoEntryIsSaid() async throws {
        let folder = try TemporaryFolder()
        let signer = try LyingLog.signer()
        let copy = LogCopy(path: folder.file("copy"))
        let log = LyingLog(try LyingLog.leaves(300) + [Data(#"{"time":"?"}"#.utf8)], signer: signer)
        _ = try await copy.sync(from: log, trusting: signer.verifier)
        #expect(try copy.verify(readingEntries: true).firstUnreadable == 300)
        #expect(try copy.verify().firstUnreadable == nil)
        #expect(throws: LogFault.self) { try copy.read { Array($0) } }
        // Nobody asked for it.
        #expect(try copy.entries(EntryQuery(object: "object-1"), limit: 1).map(\.seq) == [1])
    }

    @Test func provesEveryEntry() async throws {
        let folder = try TemporaryFolder()
        let signer = try LyingLog.signer()
        let copy = LogCopy(path: folder.file("copy"))
        let log = try LyingLog.made(257, by: signer)
        _ = try await copy.sync(from: log, trusting: signer.verifier)
        let root = try copy.requiredHead().checkpoint.root
        for seq in [0, 1, 128, 255, 256] {
            let leaf = try copy.leaf(seq)
            #expect(leaf == log.leaves[seq])
            try copy.inclusionProof(of: seq).verify(leaf: .leaf(leaf), root: root)
        }
        let beyond = await archiveError { _ = try copy.leaf(257) }
        #expect(beyond?.code == .notFound)
    }
}
