public import struct Foundation.Data
public import struct Foundation.Date

/// What stands on a list, as whoever signs for it and the log know it: by the SHA-256 of ``bytes()``.
public struct ListContent: Encodable, Sendable {
    /// One item.
    public struct Line: Encodable, Sendable {
        let recording: RecordingID
        let series: String
        let due: Date
        let digest: String

        /// An item; `digest` is SHA-256, hex, of its payload.
        public init(recording: RecordingID, series: String, due: Date, digest: String) {
            self.recording = recording
            self.series = series
            self.due = due
            self.digest = digest
        }
    }

    let list: ListID
    let kind: String
    let items: [Line]

    /// A list of these items, in any order; those that were struck off are no part of it.
    public init(list: ListID, kind: String, items: [Line]) {
        self.list = list
        self.kind = kind
        self.items = items.sorted { $0.recording.description < $1.recording.description }
    }

    /// Its canonical JSON.
    public func bytes() throws -> Data { try CanonicalJSON.encode(self) }
}

/// What became of what stood on a list, as the entry of its end knows it: by the SHA-256 of ``bytes()``.
public struct ListOutcome: Encodable, Sendable {
    /// One item.
    public struct Line: Encodable, Sendable {
        let recording: RecordingID
        let outcome: String
        let reason: String?
        let intent: Int?
        let gone: Date?

        /// An item; `intent` is the entry of the intent, `gone` when it was gone.
        public init(recording: RecordingID, outcome: String, reason: String?, intent: Int?, gone: Date?) {
            self.recording = recording
            self.outcome = outcome
            self.reason = reason
            self.intent = intent
            self.gone = gone
        }
    }

    let list: ListID
    let items: [Line]

    /// What became of these, in any order; those that were struck off are no part of it.
    public init(list: ListID, items: [Line]) {
        self.list = list
        self.items = items.sorted { $0.recording.description < $1.recording.description }
    }

    /// Its canonical JSON.
    public func bytes() throws -> Data { try CanonicalJSON.encode(self) }
}
