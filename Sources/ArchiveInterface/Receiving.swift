public import ArchiveCore
public import Foundation

/// A recording that is still coming, as those see it who are cleared for everything: an item of `GET /v1/receiving`.
public struct ReceivingReport: Codable, Sendable {
    /// What it will be called by.
    public var id: RecordingID
    /// Always ``RecordingState/receiving``.
    public var state: RecordingState
    /// Who sends it.
    public var sender: PrincipalID
    /// The unit it is for, as far as it is known.
    public var unit: String
    /// What it is called, as far as it is known.
    @ExplicitNull public var title: String?
    /// The event it belongs to, as far as it is known.
    @ExplicitNull public var meeting: String?
    /// When its first request came.
    public var began: Date
    /// When something last came of it; null while it comes.
    @ExplicitNull public var silentSince: Date?
    /// Bytes that are durable.
    public var bytes: Int
    /// Seconds that were heard so far; null where nothing came since the service was started.
    @ExplicitNull public var captured: Double?

    /// A report with these fields.
    public init(
        id: RecordingID,
        sender: PrincipalID,
        unit: String,
        title: String?,
        meeting: String?,
        began: Date,
        silentSince: Date?,
        bytes: Int,
        captured: Double?
    ) {
        self.id = id
        state = .receiving
        self.sender = sender
        self.unit = unit
        self.title = title
        self.meeting = meeting
        self.began = began
        self.silentSince = silentSince
        self.bytes = bytes
        self.captured = captured
    }
}

/// `GET /v1/receiving`.
public struct ReceivingList: Codable, Sendable {
    /// The newest first, up to 500.
    public var receiving: [ReceivingReport]

    /// A list of these.
    public init(receiving: [ReceivingReport]) { self.receiving = receiving }
}
