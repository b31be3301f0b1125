public import ArchiveCore
public import Foundation
import GRDB

/// One request by one principal to open one recording.
public struct AccessRow: Sendable {
    /// How a recording leaves.
    public enum Form: String, Sendable {
        /// As an age file for the principal's own key.
        case sealed
        /// Opened by the archive.
        case opened
    }

    /// The access.
    public let id: AccessID
    /// What it opens.
    public let recording: RecordingID
    /// For whom.
    public let principal: PrincipalID
    /// SHA-256 of the public key whose certificate asked.
    public let key: Data
    /// `x25519` or `hybrid`.
    public let recipient: String
    /// The label version that was decided on.
    public let labelVersion: Int
    /// Whether it is open; it also closes by its expiry.
    public let isOpen: Bool
    /// From when it does not count.
    public let expires: Date
    /// Forms of which a first delivery is in the log.
    public let delivered: Set<Form>
    /// The part that it opens; nil where it is the whole.
    public let span: ExcerptSpan?

    /// A row of these fields.
    public init(
        id: AccessID,
        recording: RecordingID,
        principal: PrincipalID,
        key: Data,
        recipient: String,
        labelVersion: Int,
        isOpen: Bool,
        expires: Date,
        delivered: Set<Form> = [],
        span: ExcerptSpan? = nil
    ) {
        self.id = id
        self.recording = recording
        self.principal = principal
        self.key = key
        self.recipient = recipient
        self.labelVersion = labelVersion
        self.isOpen = isOpen
        self.expires = expires
        self.delivered = delivered
        self.span = span
    }
}

extension CatalogueReader {
    private func accessRow(_ row: Row) throws -> AccessRow {
        var delivered: Set<AccessRow.Form> = []
        if row["delivered_sealed"] { delivered.insert(.sealed) }
        if row["delivered_opened"] { delivered.insert(.opened) }
        let (from, to): (Int?, Int?) = (row["span_from"], row["span_to"])
        let span: ExcerptSpan? = if let from, let to { ExcerptSpan(from: from, to: to) } else { nil }
        return AccessRow(
            id: try row.value("id", AccessID.init),
            recording: try row.value("recording", RecordingID.init),
            principal: try row.value("principal", PrincipalID.init),
            key: row["key"],
            recipient: row["recipient"],
            labelVersion: row["label_version"],
            isOpen: row["state"] == "open",
            expires: try row.date("expires"),
            delivered: delivered,
            span: span
        )
    }

    /// The access with this id.
    public func access(_ id: AccessID) throws -> AccessRow? {
        try Row.fetchOne(database, sql: "SELECT * FROM access WHERE id = ?", arguments: [id.description])
            .map(accessRow)
    }

    /// Accesses of a principal that are open.
    public func openAccesses(of principal: PrincipalID) throws -> [AccessRow] {
        try Row.fetchAll(
            database,
            sql: "SELECT * FROM access WHERE principal = ? AND state = 'open'",
            arguments: [principal.description]
        ).map(accessRow)
    }

    /// Accesses that are open still though their time is over.
    public func expiredAccesses(at time: Date, limit: Int) throws -> [AccessRow] {
        try Row.fetchAll(
            database,
            sql: "SELECT * FROM access WHERE state = 'open' AND expires <= ? ORDER BY expires LIMIT ?",
            arguments: [Timestamp.text(time), limit]
        ).map(accessRow)
    }
}

extension CatalogueWriter {
    /// Adds an open access.
    public func insert(_ row: AccessRow, opened: Date) throws {
        try database.execute(
            sql: """
                INSERT INTO access (id, recording, principal, key, recipient, label_version, state, opened, expires,
                    span_from, span_to)
                VALUES (?, ?, ?, ?, ?, ?, 'open', ?, ?, ?, ?)
                """,
            arguments: [
                row.id.description, row.recording.description, row.principal.description, row.key, row.recipient,
                row.labelVersion, Timestamp.text(opened), Timestamp.text(row.expires),
                row.span?.from, row.span?.to,
            ]
        )
    }

    /// Remembers that a first delivery in this form is in the log.
    public func markDelivered(_ access: AccessID, _ form: AccessRow.Form) throws {
        let column = form == .sealed ? "delivered_sealed" : "delivered_opened"
        try database.execute(
            sql: "UPDATE access SET \(column) = 1 WHERE id = ?",
            arguments: [access.description]
        )
    }

    /// Closes an access; false where it was closed before.
    @discardableResult
    public func close(_ access: AccessID) throws -> Bool {
        try database.execute(
            sql: "UPDATE access SET state = 'closed' WHERE id = ? AND state = 'open'",
            arguments: [access.description]
        )
        pending.revokes = true
        return database.changesCount == 1
    }

    /// Closes every open access to a recording.
    public func closeAccesses(to recording: RecordingID) throws {
        try database.execute(
            sql: "UPDATE access SET state = 'closed' WHERE recording = ? AND state = 'open'",
            arguments: [recording.description]
        )
        pending.revokes = true
    }

    /// Closes every open access of a principal.
    public func closeAccesses(of principal: PrincipalID) throws {
        try database.execute(
            sql: "UPDATE access SET state = 'closed' WHERE principal = ? AND state = 'open'",
            arguments: [principal.description]
        )
        pending.revokes = true
    }
}
