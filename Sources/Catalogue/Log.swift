public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

extension CatalogueWriter {
    /// Appends an entry to the log, in this transaction; returns its seq.
    @discardableResult
    public func append(_ sealed: SealedEntry) throws -> Int {
        guard var tree = pending.tree else { throw ArchiveError(.unexpected, "the log was not started") }
        let entry = sealed.entry
        let leaf = try entry.leaf()
        let seq = tree.size
        let appended = tree.append(Array(leaf))
        try database.executeCached(
            sql: """
                INSERT INTO entry (seq, leaf, hash, time, actor, action, object, decision)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                seq, leaf, appended.hash, Timestamp.text(entry.time), entry.actor, entry.action, entry.object,
                entry.decision.rawValue,
            ]
        )
        for (below, hash) in appended.tiles.enumerated() {
            let level = below + 1
            // C2SP tlog-tiles: hash n of level l is over the 256^l leaves from n · 256^l on; this leaf is the last of them.
            try database.executeCached(
                sql: "INSERT INTO tile_hash (level, number, hash) VALUES (?, ?, ?)",
                arguments: [level, seq >> (8 * level), hash]
            )
        }
        for text in sealed.texts {
            try database.executeCached(
                sql: "INSERT INTO entry_text (commitment, seq, field, sealed) VALUES (?, ?, ?, ?)",
                arguments: [text.commitment, seq, text.field, text.sealed]
            )
        }
        pending.tree = tree
        return seq
    }

    /// Erases the texts of an entry, or one of them; which there were. The entry is not touched.
    public func eraseTexts(of seq: Int, field: String? = nil) throws -> [String] {
        let erased = try String.fetchAll(
            database.cachedStatement(
                sql: "DELETE FROM entry_text WHERE seq = ? AND field = coalesce(?, field) RETURNING field"
            ),
            arguments: [seq, field]
        )
        if !erased.isEmpty { try markUnscrubbed() }
        return erased.sorted()
    }

    /// Erases these texts of every entry about `object`; how many there were.
    public func eraseTexts(about object: String, fields: [String]) throws -> Int {
        let erased = try SQLRequest<String>(
            literal: """
                DELETE FROM entry_text WHERE field IN \(fields)
                AND seq IN (SELECT seq FROM entry WHERE object = \(object)) RETURNING field
                """
        ).fetchAll(database)
        if !erased.isEmpty { try markUnscrubbed() }
        return erased.count
    }

    /// Keeps the head of the log, in this transaction; returns its signed checkpoint.
    func store(head: any LogTree) throws -> String {
        let checkpoint = try head.checkpoint()
        try database.executeCached(
            sql: """
                INSERT INTO head (id, size, checkpoint, state) VALUES (1, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET
                    size = excluded.size, checkpoint = excluded.checkpoint, state = excluded.state
                """,
            arguments: [head.size, checkpoint, Data(head.state)]
        )
        return checkpoint
    }
}

/// The head of the log.
public struct LogHeadRow: Sendable, Hashable {
    /// Entries of the log.
    public let size: Int
    /// The signed checkpoint.
    public let checkpoint: String
    /// What restores its tree without reading every leaf again (``LogTree/state``).
    public let state: [UInt8]
}

/// Which entries to read.
public struct EntryFilter: Sendable {
    /// Only of these actors; of any where it is empty.
    public var actors: [String] = []
    /// Only on this object.
    public var object: String?
    /// Only this action, or every action below it: `access` means `access.open` too.
    public var action: String?
    /// Only with this outcome.
    public var decision: LogEntry.Decision?
    /// Not before.
    public var since: Date?
    /// Not after.
    public var until: Date?
    /// Only with a greater seq.
    public var after: Int?
    /// Only with a smaller seq.
    public var before: Int?
    /// Whether the newest come first.
    public var isNewestFirst = false

    /// Every entry.
    public init() {}
}

extension CatalogueReader {
    /// Up to `limit` entries in the order of the log, or against it.
    public func entries(_ filter: EntryFilter, limit: Int) throws -> [EntryRow] {
        var conditions: [SQL] = []
        if !filter.actors.isEmpty { conditions.append("actor IN \(filter.actors)") }
        if let object = filter.object { conditions.append("object = \(object)") }
        if let action = filter.action {
            conditions.append("(action = \(action) OR (action >= \(action + ".") AND action < \(action + "/")))")
        }
        if let decision = filter.decision { conditions.append("decision = \(decision.rawValue)") }
        if let since = filter.since { conditions.append("time >= \(Timestamp.text(since))") }
        if let until = filter.until { conditions.append("time <= \(Timestamp.text(until))") }
        if let after = filter.after { conditions.append("seq > \(after)") }
        if let before = filter.before { conditions.append("seq < \(before)") }
        let query: SQL = """
            SELECT \(sql: EntryRow.selection) FROM entry
            WHERE \((conditions + ["TRUE"]).joined(separator: " AND "))
            ORDER BY seq \(sql: filter.isNewestFirst ? "DESC" : "ASC") LIMIT \(limit)
            """
        return try SQLRequest<Row>(literal: query).fetchAll(database).map { row in
            EntryRow(row, texts: try texts(of: row[0]))
        }
    }

    /// Gives `body` the entries with these numbers in their order; fewer where the log does not have them all.
    public func forEachEntry(_ seqs: Range<Int>, _ body: (StoredEntry) throws -> Void) throws {
        let bounds: StatementArguments = [seqs.lowerBound, seqs.upperBound]
        let texts = try Row.fetchCursor(
            database.cachedStatement(
                sql: """
                    SELECT seq, field, commitment, sealed FROM entry_text WHERE seq >= ? AND seq < ? ORDER BY seq, field
                    """
            ),
            arguments: bounds
        )
        let statement = try database.cachedStatement(
            sql: "SELECT \(EntryRow.selection) FROM entry WHERE seq >= ? AND seq < ? ORDER BY seq"
        )
        let rows = try Row.fetchCursor(statement, arguments: bounds)
        var text = try texts.next()
        while let row = try rows.next() {
            let seq: Int = row[0]
            var own: [SealedEntry.Text] = []
            while let found = text, (found[0] as Int) <= seq {
                // Texts of entries that are not there are passed over.
                if (found[0] as Int) == seq { own.append(SealedEntry.Text(found)) }
                text = try texts.next()
            }
            try body(StoredEntry(seq: seq, texts: own, in: statement))
        }
    }

    /// The sealed texts that an entry still has.
    public func texts(of seq: Int) throws -> [SealedEntry.Text] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: "SELECT seq, field, commitment, sealed FROM entry_text WHERE seq = ? ORDER BY field"
            ),
            arguments: [seq]
        ).map(SealedEntry.Text.init)
    }

    /// How many entries there are, counted.
    public func entryCount() throws -> Int {
        try Int.fetchOne(database.cachedStatement(sql: "SELECT count(*) FROM entry")) ?? 0
    }

    /// How many entries the log has by the number of the last one.
    public func logSize() throws -> Int {
        try Int.fetchOne(database.cachedStatement(sql: "SELECT coalesce(max(seq), -1) + 1 FROM entry")) ?? 0
    }

    /// How many texts lie beside entries that do not exist.
    public func strayTextCount() throws -> Int {
        try Int.fetchOne(
            database.cachedStatement(
                sql: "SELECT count(*) FROM entry_text WHERE seq < 0 OR seq > (SELECT coalesce(max(seq), -1) FROM entry)"
            )
        ) ?? 0
    }

    /// What the last commit, or this transaction, left of the log; nil for an empty one.
    public func logHead() throws -> LogHeadRow? {
        try database.cachedRow(sql: "SELECT size, checkpoint, state FROM head").map { row in
            LogHeadRow(size: row[0], checkpoint: row[1], state: Array(row[2] as Data))
        }
    }

    /// The signed head as this transaction sees it; nil for an empty log.
    public func headCheckpoint() throws -> String? { try logHead()?.checkpoint }

    /// The newest entry of `action` on `recording`: its seq, and when it was made.
    public func lastEntry(on recording: RecordingID, action: String) throws -> (seq: Int, time: Date)? {
        try entry("DESC", on: recording, action)
    }

    /// The oldest entry of `action` on `recording`: its seq, and when it was made.
    public func firstEntry(on recording: RecordingID, action: String) throws -> (seq: Int, time: Date)? {
        try entry("ASC", on: recording, action)
    }

    private func entry(
        _ order: String,
        on recording: RecordingID,
        _ action: String
    ) throws -> (seq: Int, time: Date)? {
        try database.cachedRow(
            sql: "SELECT seq, time FROM entry WHERE object = ? AND action = ? ORDER BY seq \(order) LIMIT 1",
            arguments: [recording.description, action]
        ).map { ($0["seq"], try $0.date("time")) }
    }
}
