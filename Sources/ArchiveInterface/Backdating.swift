public import ArchiveCore
public import Foundation

/// `POST /v1/backdatings`: asks that the time of recordings count from when they began.
public struct BackdatingBody: Codable, Sendable {
    /// Which, 1 to 1,000, each once.
    public var recordings: [RecordingID]
    /// The mark of the import that brought them: all calls with one mark are one request. Whoever imports draws it by lot, and keeps it.
    public var `import`: BackdatingID?
    /// Why.
    public var reason: String

    /// A body with these fields.
    public init(recordings: [RecordingID], import mark: BackdatingID?, reason: String) {
        self.recordings = recordings
        `import` = mark
        self.reason = reason
    }
}

/// A request to back-date, as who asked for it and those who decide it see it: the numbers count what they may know of.
public struct BackdatingReport: Codable, Sendable {
    /// The request; also the mark of its import.
    public var id: BackdatingID
    /// Who asked.
    public var principal: PrincipalID
    /// The name of who asked.
    @ExplicitNull public var name: String?
    /// Why.
    public var reason: String
    /// When it was first asked for.
    public var asked: Date
    /// Recordings that wait for a records manager.
    public var waiting: Int
    /// Recordings whose time counts from when they began.
    public var granted: Int
    /// Recordings whose time goes on counting from when they were received.
    public var refused: Int
    /// Recordings of which nobody knew any more when they began, when it was granted.
    public var void: Int
    /// Why it was refused.
    @ExplicitNull public var refusal: String?

    /// A report with these fields.
    public init(
        id: BackdatingID,
        principal: PrincipalID,
        name: String?,
        reason: String,
        asked: Date,
        waiting: Int,
        granted: Int,
        refused: Int,
        void: Int,
        refusal: String?
    ) {
        self.id = id
        self.principal = principal
        self.name = name
        self.reason = reason
        self.asked = asked
        self.waiting = waiting
        self.granted = granted
        self.refused = refused
        self.void = void
        self.refusal = refusal
    }
}

/// The answer to `POST /v1/backdatings`.
public struct AskedBackdating: Codable, Sendable {
    /// A recording that was not taken into it.
    public struct PassedOver: Codable, Sendable, Hashable {
        /// Which.
        public var recording: RecordingID
        /// `not-found`, `refused`, or `conflict` where it has no beginning before its arrival.
        public var code: String

        /// One of these fields.
        public init(recording: RecordingID, code: String) {
            self.recording = recording
            self.code = code
        }
    }

    /// The request as it is now.
    public var request: BackdatingReport
    /// What was not taken.
    public var passedOver: [PassedOver]

    /// An answer with these fields.
    public init(request: BackdatingReport, passedOver: [PassedOver]) {
        self.request = request
        self.passedOver = passedOver
    }
}

/// A page of `GET /v1/backdatings`.
public struct BackdatingPage: Codable, Sendable {
    /// The requests, the newest first.
    public var backdatings: [BackdatingReport]
    /// Hand it back as `cursor` for what follows; absent at the end.
    public var next: String?

    /// A page with these fields.
    public init(backdatings: [BackdatingReport], next: String?) {
        self.backdatings = backdatings
        self.next = next
    }
}
