public import ArchiveCore
public import Foundation

/// `POST /v1/searches`: what somebody looks for. It comes in the body, for what stands in a URL stands in logs.
public struct SearchBody: Codable, Sendable {
    /// As Docs/search.md says that it is written.
    public var query: String
    /// Why; some levels show nobody what was said without one.
    public var purpose: String?
    /// How many recordings at most; 10 where it is nil.
    public var limit: Int?
    /// Of the page before.
    public var cursor: String?

    /// A body with these fields.
    public init(query: String, purpose: String? = nil, limit: Int? = nil, cursor: String? = nil) {
        self.query = query
        self.purpose = purpose
        self.limit = limit
        self.cursor = cursor
    }
}

/// A place where something that was searched for is said.
public struct SearchHitReport: Codable, Sendable {
    /// Seconds from the beginning of the recording.
    public var start: Double
    /// Seconds from the beginning of the recording.
    public var end: Double
    /// Who says it.
    @ExplicitNull public var speaker: String?
    /// What is said around it; `…` stands where something was left out.
    public var snippet: String
    /// Where in the snippet it stands: pairs of the first Unicode scalar of it and the first behind it, from 0.
    public var marks: [[Int]]

    /// A hit with these fields.
    public init(start: Double, end: Double, speaker: String?, snippet: String, marks: [[Int]]) {
        self.start = start
        self.end = end
        self.speaker = speaker
        self.snippet = snippet
        self.marks = marks
    }
}

/// A recording that answers a search.
public struct SearchResultReport: Codable, Sendable {
    /// The recording.
    public var id: RecordingID
    /// How well it answers; comparable within one answer.
    public var score: Double
    /// What it is called.
    public var title: String
    /// Its level.
    public var level: Level
    /// Its compartments.
    public var compartments: [String]
    /// Its unit.
    public var unit: String
    /// When it began, where that is known.
    @ExplicitNull public var started: Date?
    /// When the archive had it whole.
    public var received: Date
    /// Seconds.
    public var duration: Double
    /// Where it is said, best first; none where its title or what else describes it answers.
    public var hits: [SearchHitReport]
    /// Whether its words are withheld: opening it takes a purpose, or somebody's approval.
    public var withheld: Bool

    /// A result with these fields.
    public init(
        id: RecordingID,
        score: Double,
        title: String,
        level: Level,
        compartments: [String],
        unit: String,
        started: Date?,
        received: Date,
        duration: Double,
        hits: [SearchHitReport],
        withheld: Bool
    ) {
        self.id = id
        self.score = score
        self.title = title
        self.level = level
        self.compartments = compartments
        self.unit = unit
        self.started = started
        self.received = received
        self.duration = duration
        self.hits = hits
        self.withheld = withheld
    }
}

/// What ``SearchPageReport/sealed`` holds.
public struct SealedSearchHits: Codable, Sendable {
    /// By the recording's id.
    public var hits: [String: [SearchHitReport]] = [:]

    /// None.
    public init() {}
}

/// `POST /v1/searches`: what was found, best first.
public struct SearchPageReport: Codable, Sendable {
    /// Recordings.
    public var results: [SearchResultReport]
    /// ``SealedSearchHits`` of those whose words leave the archive sealed only: an age file for the caller's hybrid key, in Base64; nil
    /// where there are none.
    @ExplicitNull public var sealed: String?
    /// What brings the next page, for the same caller and search; nil at the end.
    @ExplicitNull public var next: String?

    /// A page of these results.
    public init(results: [SearchResultReport], sealed: String?, next: String?) {
        self.results = results
        self.sealed = sealed
        self.next = next
    }
}

/// How far the search index is.
public struct IndexingReport: Codable, Sendable {
    /// Recordings that wait to be indexed.
    public var waiting: Int
    /// What could not be read of those that were indexed just now.
    public var troubles: [String]

    /// A report with these fields.
    public init(waiting: Int, troubles: [String]) {
        self.waiting = waiting
        self.troubles = troubles
    }
}
