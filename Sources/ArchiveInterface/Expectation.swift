public import ArchiveCore
public import Foundation

/// `POST /v1/expectations`: announces a meeting.
public struct ExpectationBody: Codable, Sendable {
    /// The meeting's name, as recordings will have it.
    public var meeting: String
    /// When it begins.
    public var starts: Date
    /// How long it is meant to last, in seconds.
    public var duration: Double
    /// The level of the announcement; the lowest where absent.
    public var level: Level?
    /// Its compartments; none where absent.
    public var compartments: [String]?
    /// The unit it belongs to; the caller's where absent.
    public var unit: String?

    /// A body with these fields.
    public init(
        meeting: String,
        starts: Date,
        duration: Double,
        level: Level? = nil,
        compartments: [String]? = nil,
        unit: String? = nil
    ) {
        self.meeting = meeting
        self.starts = starts
        self.duration = duration
        self.level = level
        self.compartments = compartments
        self.unit = unit
    }
}

/// A meeting that was announced.
public struct ExpectationReport: Codable, Sendable {
    /// The announcement.
    public var id: ExpectationID
    /// The meeting's name.
    public var meeting: String
    /// The level of the announcement.
    public var level: Level
    /// Its compartments.
    public var compartments: [String]
    /// The unit it belongs to.
    public var unit: String
    /// When the meeting begins.
    public var starts: Date
    /// How long it is meant to last, in seconds.
    public var duration: Double
    /// When it was announced.
    public var announced: Date
    /// Whether its time is over without a recording that the caller may know of.
    public var missing: Bool

    /// A report with these fields.
    public init(
        id: ExpectationID,
        meeting: String,
        label: Label,
        unit: String,
        starts: Date,
        duration: Double,
        announced: Date,
        missing: Bool
    ) {
        self.id = id
        self.meeting = meeting
        level = label.level
        compartments = label.compartments
        self.unit = unit
        self.starts = starts
        self.duration = duration
        self.announced = announced
        self.missing = missing
    }
}

/// A page of `GET /v1/expectations`, the latest first.
public struct ExpectationPage: Codable, Sendable {
    /// The announcements.
    public var expectations: [ExpectationReport]
    /// Hand it back as `cursor` for what follows; absent at the end. A page may hold fewer than were asked for.
    public var next: String?

    /// A page with these fields.
    public init(expectations: [ExpectationReport], next: String?) {
        self.expectations = expectations
        self.next = next
    }
}
