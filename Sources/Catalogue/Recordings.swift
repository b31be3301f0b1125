public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// A recording as the catalogue keeps it.
public struct RecordingRow: Sendable {
    /// Where a recording stands.
    public enum State: String, Sendable, Codable {
        /// Whole and in the archive.
        case stored
        /// In the archive as far as it came.
        case incomplete
        /// Its keys are being destroyed.
        case destroying
        /// Gone; the tombstone is left.
        case destroyed
        /// Another archive has it; the tombstone is left.
        case transferred
    }

    /// The recording.
    public let id: RecordingID
    /// Label and unit: who may see it.
    public let visibility: VisibilityClass
    /// Rises with every relabelling.
    public let labelVersion: Int
    /// The code of its series.
    public let series: String
    /// Where it stands.
    public let state: State
    /// Who sent it.
    public let sender: PrincipalID
    /// Keyed digest of the meeting's name.
    public let meeting: Data?
    /// Keyed digest of what it was made of, where another service left that.
    public let source: Data?
    /// When the sender says that it began.
    public let started: Date?
    /// When the archive had it whole.
    public let received: Date
    /// When its time is over.
    public let due: Date
    /// From when its time counts, where that is not when it was received.
    public let countedFrom: Date?
    /// Before when its time is not over, whatever its series says.
    public let extendedUntil: Date?
    /// Whether it was made permanent, whatever its series says.
    public let isPermanent: Bool
    /// Seconds.
    public let duration: Double
    /// Seconds that should be there and are not.
    public let loss: Double
    /// Bytes of the payload.
    public let size: Int
    /// SHA-256 of the payload.
    public let digest: Data
    /// The nonce that the payload begins with.
    public let nonce: Data
    /// The payload that the sender began, where that never got its end and what came of it was sealed again.
    public let original: PayloadIdentity?
    /// Describing fields under the recording's own key; nil once destroyed.
    public let sealed: Data?
    /// Which revision of them that is; rises with every change.
    public let revision: Int
    /// Whether people have to agree to its destruction, whatever its series says: a correction has weakened that.
    public let needsApproval: Bool

    /// A row of these fields.
    public init(
        id: RecordingID,
        visibility: VisibilityClass,
        labelVersion: Int,
        series: String,
        state: State,
        sender: PrincipalID,
        meeting: Data?,
        source: Data? = nil,
        started: Date?,
        received: Date,
        due: Date,
        countedFrom: Date? = nil,
        extendedUntil: Date? = nil,
        isPermanent: Bool = false,
        duration: Double,
        loss: Double,
        size: Int,
        digest: Data,
        nonce: Data,
        original: PayloadIdentity? = nil,
        sealed: Data?,
        revision: Int = 1,
        needsApproval: Bool = false
    ) {
        self.id = id
        self.visibility = visibility
        self.labelVersion = labelVersion
        self.series = series
        self.state = state
        self.sender = sender
        self.meeting = meeting
        self.source = source
        self.started = started
        self.received = received
        self.due = due
        self.countedFrom = countedFrom
        self.extendedUntil = extendedUntil
        self.isPermanent = isPermanent
        self.duration = duration
        self.loss = loss
        self.size = size
        self.digest = digest
        self.nonce = nonce
        self.original = original
        self.sealed = sealed
        self.revision = revision
        self.needsApproval = needsApproval
    }
}

/// Tells payloads apart.
public struct PayloadIdentity: Sendable, Hashable {
    /// SHA-256 of all of it.
    public let digest: Data
    /// What it begins with: a part of it begins with the same.
    public let nonce: Data

    /// The payload with these.
    public init(digest: Data, nonce: Data) {
        self.digest = digest
        self.nonce = nonce
    }
}

/// Which recordings to read.
public struct RecordingFilter: Sendable {
    /// Only of these classes: the caller's visible ones. Nothing is read outside them.
    public var classes: [Int64]
    /// Only of this meeting, by its keyed digest.
    public var meeting: Data?
    /// Only what was made of this, by its keyed digest.
    public var source: Data?
    /// Only in this state.
    public var state: RecordingRow.State?
    /// Not before.
    public var since: Date?
    /// Not after.
    public var until: Date?
    /// Only what comes after this place in the list.
    public var after: (position: String, id: RecordingID)?

    /// Everything in `classes`.
    public init(classes: [Int64]) { self.classes = classes }
}

extension CatalogueReader {
    private static let columns = "recording.*, visibility_class.label, visibility_class.unit"

    private static let byID = """
        SELECT \(columns) FROM recording JOIN visibility_class ON visibility_class.id = recording.class
        WHERE recording.id = ?
        """

    private static let newest = """
        SELECT \(columns) FROM recording JOIN visibility_class ON visibility_class.id = recording.class
        ORDER BY recording.rowid DESC LIMIT 1
        """

    private func recordingRow(_ row: Row) throws -> RecordingRow {
        RecordingRow(
            id: try row.value("id", RecordingID.init),
            visibility: VisibilityClass(label: try row.value("label", Label.init(parsing:)), unit: row["unit"]),
            labelVersion: row["label_version"],
            series: row["series"],
            state: try row.value("state", RecordingRow.State.init(rawValue:)),
            sender: try row.value("sender", PrincipalID.init),
            meeting: row["meeting"],
            source: row["source"],
            started: try row.optionalDate("started"),
            received: try row.date("received"),
            due: try row.date("due"),
            countedFrom: try row.optionalDate("counted_from"),
            extendedUntil: try row.optionalDate("extended_until"),
            isPermanent: row["is_permanent"],
            duration: row["duration"],
            loss: row["loss"],
            size: row["size"],
            digest: row["digest"],
            nonce: row["nonce"],
            original: (row["original_digest"] as Data?).flatMap { digest in
                (row["original_nonce"] as Data?).map { PayloadIdentity(digest: digest, nonce: $0) }
            },
            sealed: row["sealed"],
            revision: row["revision"],
            needsApproval: row["needs_approval"]
        )
    }

    func recordings(where condition: SQL) throws -> [RecordingRow] {
        let query: SQL = """
            SELECT \(sql: Self.columns) FROM recording JOIN visibility_class ON visibility_class.id = recording.class
            WHERE \(condition)
            """
        return try SQLRequest<Row>(literal: query, cached: true).fetchAll(database).map(recordingRow)
    }

    /// The recording with this id.
    public func recording(_ id: RecordingID) throws -> RecordingRow? {
        try database.cachedRow(sql: Self.byID, arguments: [id.description]).map(recordingRow)
    }

    /// The recording that was made last.
    public func newestRecording() throws -> RecordingRow? {
        try database.cachedRow(sql: Self.newest).map(recordingRow)
    }

    /// The recordings made of `payload`, of a part of it, or of what it is a part of.
    public func recordings(from payload: PayloadIdentity) throws -> [RecordingRow] {
        try recordings(
            where: """
                recording.digest = \(payload.digest) OR recording.nonce = \(payload.nonce)
                OR recording.original_digest = \(payload.digest) OR recording.original_nonce = \(payload.nonce)
                """
        )
    }

    /// The recordings whose payload begins with `nonce`, or did when its sender began it.
    public func recordings(beginningWith nonce: Data) throws -> [RecordingRow] {
        try recordings(where: "recording.nonce = \(nonce) OR recording.original_nonce = \(nonce)")
    }

    /// Every class that any recording or announcement has, with its row id.
    public func classes() throws -> [(id: Int64, visibility: VisibilityClass)] {
        try Row.fetchAll(database.cachedStatement(sql: "SELECT id, label, unit FROM visibility_class")).map { row in
            (row["id"], VisibilityClass(label: try row.value("label", Label.init(parsing:)), unit: row["unit"]))
        }
    }

    /// Up to `limit` recordings that are not destroyed, newest first, each with its place in the list.
    public func recordings(
        _ filter: RecordingFilter,
        limit: Int
    ) throws -> [(recording: RecordingRow, position: String)] {
        var conditions: [SQL] = [
            "recording.class IN \(filter.classes)", "recording.state IN ('stored', 'incomplete')",
        ]
        if let state = filter.state { conditions.append("recording.state = \(state.rawValue)") }
        if let meeting = filter.meeting { conditions.append("recording.meeting = \(meeting)") }
        if let source = filter.source { conditions.append("recording.source = \(source)") }
        if let since = filter.since { conditions.append("recording.position >= \(Timestamp.text(since))") }
        if let until = filter.until { conditions.append("recording.position <= \(Timestamp.text(until))") }
        if let after = filter.after {
            conditions.append("(recording.position, recording.id) < (\(after.position), \(after.id.description))")
        }
        let query: SQL = """
            SELECT \(sql: Self.columns) FROM recording JOIN visibility_class ON visibility_class.id = recording.class
            WHERE \(conditions.joined(separator: " AND "))
            ORDER BY recording.position DESC, recording.id DESC LIMIT \(limit)
            """
        return try SQLRequest<Row>(literal: query).fetchAll(database).map { row in
            (try recordingRow(row), row["position"])
        }
    }

    /// The sealed time index of a recording; nil where there is none, or none any more.
    public func timeIndex(of recording: RecordingID) throws -> Data? {
        let sql = "SELECT time_index FROM recording WHERE id = ?"
        return try Row.fetchOne(database.cachedStatement(sql: sql), arguments: [recording.description])?["time_index"]
    }

    /// How much the archive holds.
    public func totals() throws -> (recordings: Int, bytes: Int, uploads: Int) {
        let sql = """
            SELECT (SELECT count(*) FROM recording WHERE state IN ('stored', 'incomplete')),
                (SELECT coalesce(sum(size), 0) FROM recording WHERE state IN ('stored', 'incomplete')),
                (SELECT count(*) FROM upload WHERE state = 'receiving')
            """
        guard let row = try Row.fetchOne(database.cachedStatement(sql: sql)) else { return (0, 0, 0) }
        return (row[0], row[1], row[2])
    }
}

extension CatalogueWriter {
    /// The row id of a class, which is added where it is new.
    func classID(_ visibility: VisibilityClass) throws -> Int64 {
        let label = visibility.label.description
        try database.executeCached(
            sql: "INSERT INTO visibility_class (label, unit) VALUES (?, ?) ON CONFLICT DO NOTHING",
            arguments: [label, visibility.unit]
        )
        guard
            let id = try Int64.fetchOne(
                database.cachedStatement(sql: "SELECT id FROM visibility_class WHERE label = ? AND unit = ?"),
                arguments: [label, visibility.unit]
            )
        else { throw ArchiveError(.unexpected, "a visibility class that was just added is not there") }
        return id
    }

    /// Adds a recording with its sealed time index.
    public func insert(_ row: RecordingRow, timeIndex: Data) throws {
        try database.executeCached(
            sql: """
                INSERT INTO recording (id, class, label_version, series, state, sender, meeting, source, started, received, due,
                    duration, loss, size, digest, nonce, original_digest, original_nonce, sealed, time_index)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                row.id.description, try classID(row.visibility), row.labelVersion, row.series, row.state.rawValue,
                row.sender.description, row.meeting, row.source, row.started.map(Timestamp.text),
                Timestamp.text(row.received),
                Timestamp.text(row.due), row.duration, row.loss, row.size, row.digest, row.nonce,
                row.original?.digest, row.original?.nonce, row.sealed, timeIndex,
            ]
        )
    }
}
