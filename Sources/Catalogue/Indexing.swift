public import ArchiveCore
import DurableSQLite
import Foundation
import GRDB

/// The search index, as those see it who keep recordings and destroy them. It is derived: what it has can be made anew, and what it has
/// of a recording goes with it (DESIGN.md section 5, Blind index; invariant 7).
public protocol RecordingIndex: Sendable {
    /// Takes recordings out, durably; absent ones are no error.
    func remove(_ recordings: [RecordingID]) async throws
    /// Leaves nothing of what was taken out in any file. Can be repeated; nothing where nothing was.
    func scrub() async throws
    /// Compares it with the catalogue, as to recordings whose ids begin with `prefix`, and sees to it that it follows.
    func mend(beginningWith prefix: String) async throws -> [IndexDifference]
    /// What is wrong with its file.
    func faults() async throws -> [String]
}

/// Something that the index had otherwise than the catalogue.
public struct IndexDifference: Sendable, Hashable {
    /// Of which recording.
    public let recording: RecordingID
    /// What it had.
    public let message: String

    /// A difference of these parts.
    public init(recording: RecordingID, message: String) {
        self.recording = recording
        self.message = message
    }
}

/// What the catalogue says of a recording that the index has to follow.
public struct IndexableState: Sendable {
    /// The recording.
    public let recording: RecordingID
    /// Where it stands.
    public let state: RecordingRow.State
    /// The number of its visibility class.
    public let classNumber: Int64
    /// Which revision of what describes it.
    public let description: Int
    /// Which revision of its transcript is the newest; nil where there is none.
    public let transcript: Int?
    /// Whether a change of it waits to be indexed.
    public let isWaiting: Bool
}

extension CatalogueReader {
    /// Up to `limit` recordings of which the index may say something else than the catalogue: the oldest change first, and behind all
    /// changes what is indexed anew.
    public func indexing(limit: Int) throws -> [(number: Int64, recording: RecordingID)] {
        try Row.fetchAll(
            database.cachedStatement(sql: "SELECT number, recording FROM indexing ORDER BY background, number LIMIT ?"),
            arguments: [limit]
        ).map { ($0["number"], try $0.value("recording", RecordingID.init)) }
    }

    /// How many recordings there are of which the index may say something else.
    public func indexingCount() throws -> Int {
        try Int.fetchOne(database.cachedStatement(sql: "SELECT count(*) FROM indexing")) ?? 0
    }

    /// Whether what had this number still waits, and has not changed since.
    public func isIndexing(_ number: Int64) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(sql: "SELECT EXISTS (SELECT * FROM indexing WHERE number = ?)"),
            arguments: [number]
        ) ?? false
    }

    /// What the index has to follow of the recordings whose ids begin with `prefix`.
    public func indexableStates(beginningWith prefix: String) throws -> [IndexableState] {
        let rows = try Row.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT id, state, class, revision,
                        (SELECT max(revision) FROM transcript WHERE recording = recording.id) AS transcript,
                        EXISTS (SELECT * FROM indexing WHERE recording = recording.id) AS waiting
                    FROM recording WHERE id >= ? AND id < ?
                    """
            ),
            arguments: [prefix, prefix + "\u{10FFFF}"]
        )
        var states: [IndexableState] = []
        while let row = try rows.next() {
            // By place: there may be a million rows.
            states.append(
                IndexableState(
                    recording: try row.value("id", RecordingID.init),
                    state: try row.value("state", RecordingRow.State.init(rawValue:)),
                    classNumber: row[2],
                    description: row[3],
                    transcript: row[4],
                    isWaiting: row[5]
                )
            )
        }
        return states
    }
}

extension CatalogueWriter {
    /// The index says what the catalogue said when `numbers` were read.
    public func markIndexed(_ numbers: [Int64]) throws {
        for number in numbers {
            try database.executeCached(sql: "DELETE FROM indexing WHERE number = ?", arguments: [number])
        }
    }

    /// Has recordings that are kept indexed anew, of which the ids begin with `prefix`.
    public func markForIndexing(beginningWith prefix: String) throws {
        try database.executeCached(
            sql: """
                INSERT INTO indexing (recording, background)
                SELECT id, 1 FROM recording WHERE id >= ? AND id < ? AND state IN ('stored', 'incomplete')
                    AND NOT EXISTS (SELECT * FROM indexing WHERE indexing.recording = recording.id)
                """,
            arguments: [prefix, prefix + "\u{10FFFF}"]
        )
    }

    /// Has these recordings indexed.
    public func markForIndexing(_ recordings: [RecordingID]) throws {
        for recording in recordings {
            try database.executeCached(
                sql: "INSERT OR REPLACE INTO indexing (recording) VALUES (?)",
                arguments: [recording.description]
            )
        }
    }
}
