public import ArchiveCore
import DurableSQLite
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

    /// Where a request stands.
    public enum State: String, Sendable, CaseIterable {
        /// Others have to agree first.
        case pending
        /// It can be used until it expires.
        case open
        /// Its time is over, or somebody closed it.
        case closed
        /// Somebody who had to agree did not.
        case refused
    }

    /// What has to be the same for a request to be the same request: change one, and others have to agree anew.
    public struct Binding: Sendable, Hashable {
        /// What is to be opened.
        public let recording: RecordingID
        /// For whom.
        public let principal: PrincipalID
        /// SHA-256 of the public key whose certificate asked.
        public let key: Data
        /// `x25519` or `hybrid`.
        public let recipient: String
        /// SHA-256 of the age recipient.
        public let recipientDigest: Data
        /// The label version that was decided on.
        public let labelVersion: Int
        /// Keyed digest of the purpose, where one was given.
        public let purpose: Data?
        /// The part that is to be opened; nil for the whole.
        public let span: ExcerptSpan?

        /// A binding of these fields.
        public init(
            recording: RecordingID,
            principal: PrincipalID,
            key: Data,
            recipient: String,
            recipientDigest: Data,
            labelVersion: Int,
            purpose: Data?,
            span: ExcerptSpan?
        ) {
            self.recording = recording
            self.principal = principal
            self.key = key
            self.recipient = recipient
            self.recipientDigest = recipientDigest
            self.labelVersion = labelVersion
            self.purpose = purpose
            self.span = span
        }
    }

    /// The access.
    public let id: AccessID
    /// What was asked.
    public let binding: Binding
    /// The purpose, sealed under the recording's own key.
    public let sealed: Data?
    /// Where it stands; it also ends by its expiry.
    public let state: State
    /// When it was asked for.
    public let asked: Date
    /// When it opened.
    public let opened: Date?
    /// The entry of its opening; nil before.
    public let entry: Int?
    /// From when it does not count: the request where it is pending, the access where it is open.
    public let expires: Date
    /// Why it was refused, sealed under the recording's own key.
    public let refusal: Data?
    /// Forms of which a first delivery is in the log.
    public let delivered: Set<Form>

    /// What it opens.
    public var recording: RecordingID { binding.recording }
    /// For whom.
    public var principal: PrincipalID { binding.principal }
    /// The part that it opens; nil where it is the whole.
    public var span: ExcerptSpan? { binding.span }

    /// A row of these fields; a new request is open at once or pending.
    public init(
        id: AccessID,
        binding: Binding,
        sealed: Data?,
        state: State,
        asked: Date,
        opened: Date?,
        entry: Int? = nil,
        expires: Date,
        refusal: Data? = nil,
        delivered: Set<Form> = []
    ) {
        self.id = id
        self.binding = binding
        self.sealed = sealed
        self.state = state
        self.asked = asked
        self.opened = opened
        self.entry = entry
        self.expires = expires
        self.refusal = refusal
        self.delivered = delivered
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
            binding: .init(
                recording: try row.value("recording", RecordingID.init),
                principal: try row.value("principal", PrincipalID.init),
                key: row["key"],
                recipient: row["recipient"],
                recipientDigest: row["recipient_digest"],
                labelVersion: row["label_version"],
                purpose: row["purpose"],
                span: span
            ),
            sealed: row["sealed"],
            state: try row.value("state", AccessRow.State.init(rawValue:)),
            asked: try row.date("asked"),
            opened: try row.optionalDate("opened"),
            entry: row["entry"],
            expires: try row.date("expires"),
            refusal: row["refusal"],
            delivered: delivered
        )
    }

    func accesses(_ condition: SQL) throws -> [AccessRow] {
        try SQLRequest<Row>(literal: "SELECT access.* FROM access \(condition)", cached: true).fetchAll(database).map(
            accessRow
        )
    }

    /// The access with this id.
    public func access(_ id: AccessID) throws -> AccessRow? {
        try accesses("WHERE id = \(id.description)").first
    }

    /// The request with this binding that is pending or open at `time`, the newest.
    public func access(_ binding: AccessRow.Binding, at time: Date) throws -> AccessRow? {
        try accesses(
            """
            WHERE principal = \(binding.principal.description) AND recording = \(binding.recording.description)
            AND key = \(binding.key) AND recipient = \(binding.recipient)
            AND recipient_digest = \(binding.recipientDigest) AND label_version = \(binding.labelVersion)
            AND purpose IS \(binding.purpose) AND span_from IS \(binding.span?.from)
            AND span_to IS \(binding.span?.to) AND state IN ('pending', 'open') AND expires > \(Timestamp.text(time))
            ORDER BY asked DESC, id DESC LIMIT 1
            """
        ).first
    }

    /// Up to `limit` accesses of a principal in any state, the newest first, after a place in that list.
    public func accesses(
        of principal: PrincipalID,
        after place: (asked: String, id: AccessID)?,
        limit: Int
    ) throws -> [AccessRow] {
        let rest: SQL = place.map { "AND (asked, id) < (\($0.asked), \($0.id.description))" } ?? ""
        return try accesses(
            "WHERE principal = \(principal.description) \(rest) ORDER BY asked DESC, id DESC LIMIT \(limit)"
        )
    }

    /// Up to `limit` requests to open recordings of `classes` that are pending at `time`, the oldest first, after a place
    /// in that list.
    public func pendingAccesses(
        classes: [Int64],
        at time: Date,
        after place: (asked: String, id: AccessID)?,
        limit: Int
    ) throws -> [AccessRow] {
        let rest: SQL = place.map { "AND (access.asked, access.id) > (\($0.asked), \($0.id.description))" } ?? ""
        return try accesses(
            """
            JOIN recording ON recording.id = access.recording
            WHERE access.state = 'pending' AND access.expires > \(Timestamp.text(time))
            AND recording.label_version = access.label_version AND recording.state IN ('stored', 'incomplete')
            AND recording.class IN \(classes) \(rest) ORDER BY access.asked, access.id LIMIT \(limit)
            """
        )
    }

    /// How many requests of a principal are pending at `time`.
    public func pendingAccessCount(of principal: PrincipalID, at time: Date) throws -> Int {
        let query: SQL = """
            SELECT count(*) FROM access
            WHERE principal = \(principal.description) AND state = 'pending' AND expires > \(Timestamp.text(time))
            """
        return try SQLRequest<Int>(literal: query).fetchOne(database) ?? 0
    }

    /// Accesses of a principal that are open or pending.
    public func liveAccesses(of principal: PrincipalID) throws -> [AccessRow] {
        try accesses("WHERE principal = \(principal.description) AND state IN ('pending', 'open')")
    }

    /// Accesses that are open or pending still though their time is over.
    public func expiredAccesses(at time: Date, limit: Int) throws -> [AccessRow] {
        try accesses(
            "WHERE state IN ('pending', 'open') AND expires <= \(Timestamp.text(time)) ORDER BY expires LIMIT \(limit)"
        )
    }
}

extension CatalogueWriter {
    /// Adds an access.
    public func insert(_ row: AccessRow) throws {
        let binding = row.binding
        try database.executeCached(
            sql: """
                INSERT INTO access (id, recording, principal, key, recipient, recipient_digest, label_version, purpose,
                    sealed, state, asked, opened, entry, expires, span_from, span_to)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                row.id.description, binding.recording.description, binding.principal.description, binding.key,
                binding.recipient, binding.recipientDigest, binding.labelVersion, binding.purpose, row.sealed,
                row.state.rawValue, Timestamp.text(row.asked), row.opened.map(Timestamp.text), row.entry,
                Timestamp.text(row.expires), binding.span?.from, binding.span?.to,
            ]
        )
    }

    /// Opens a pending access.
    public func open(_ access: AccessID, at time: Date, until expires: Date) throws {
        try database.executeCached(
            sql: "UPDATE access SET state = 'open', opened = ?, expires = ? WHERE id = ? AND state = 'pending'",
            arguments: [Timestamp.text(time), Timestamp.text(expires), access.description]
        )
    }

    /// Notes which entry, of the same transaction, is that of the opening.
    public func setEntry(_ seq: Int, of access: AccessID) throws {
        try database.executeCached(
            sql: "UPDATE access SET entry = ? WHERE id = ? AND state = 'open' AND entry IS NULL",
            arguments: [seq, access.description]
        )
    }

    /// Refuses a pending access, for a reason that is sealed.
    public func refuse(_ access: AccessID, because reason: Data) throws {
        try database.executeCached(
            sql: "UPDATE access SET state = 'refused', refusal = ? WHERE id = ? AND state = 'pending'",
            arguments: [reason, access.description]
        )
    }

    /// Remembers that a first delivery in this form is in the log.
    public func markDelivered(_ access: AccessID, _ form: AccessRow.Form) throws {
        let column = form == .sealed ? "delivered_sealed" : "delivered_opened"
        try database.executeCached(
            sql: "UPDATE access SET \(column) = 1 WHERE id = ?",
            arguments: [access.description]
        )
    }

    /// Closes an access that is open or pending; false where it had ended before.
    @discardableResult
    public func close(_ access: AccessID) throws -> Bool {
        try closeAccesses(where: "id", is: access.description) == 1
    }

    /// Closes every open or pending access to a recording.
    public func closeAccesses(to recording: RecordingID) throws {
        _ = try closeAccesses(where: "recording", is: recording.description)
    }

    /// Closes every open or pending access of a principal.
    public func closeAccesses(of principal: PrincipalID) throws {
        _ = try closeAccesses(where: "principal", is: principal.description)
    }

    private func closeAccesses(where column: String, is value: String) throws -> Int {
        try database.executeCached(
            sql: "UPDATE access SET state = 'closed' WHERE \(column) = ? AND state IN ('pending', 'open')",
            arguments: [value]
        )
        pending.revokes = true
        return database.changesCount
    }
}
