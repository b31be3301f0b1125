import ArchiveConfiguration
import ArchiveCore
public import Catalogue
public import Foundation

/// What the schedule says of one recording at one time.
///
/// Every recording has exactly one: what is kept, skipped, destroyed, reviewed and transferred is all there is.
public enum Verdict: Sendable, Hashable {
    /// Why something whose time is over stays all the same.
    public enum Obstacle: String, Sendable, Codable, CaseIterable {
        /// The schedule does not have its series.
        case noSeries = "no-series"
        /// A hold is in force.
        case held
        /// Somebody has it open.
        case accessed
        /// It is being transcribed.
        case transcribed
        /// It stands on a list already.
        case listed
    }

    /// Its time is not over.
    case keep(until: Date)
    /// Its time is over, and something is in the way.
    case skip(Obstacle)
    /// It is destroyed, with that approval.
    case destroy(Series.Approval)
    /// People look at it and decide.
    case review
    /// It is handed to another archive.
    case transfer

    /// What is in the way; nil where nothing is.
    public var obstacle: Obstacle? {
        if case .skip(let obstacle) = self { return obstacle }
        return nil
    }

    /// `keep`, `skip`, `destroy`, `review` or `transfer`.
    public var name: String {
        switch self {
        case .keep: "keep"
        case .skip: "skip"
        case .destroy: "destroy"
        case .review: "review"
        case .transfer: "transfer"
        }
    }
}

/// What a verdict on a recording depends on, the schedule aside.
public struct RetentionFacts: Sendable, Hashable {
    /// The code of its series.
    public var series: String
    /// When the archive had it whole.
    public var received: Date
    /// From when its time counts, where that is not when it was received.
    public var countedFrom: Date?
    /// Before when its time is not over.
    public var extendedUntil: Date?
    /// When its time is over as the catalogue knows it; nil to reckon by the schedule alone.
    public var due: Date?
    /// Whether it was made permanent.
    public var isPermanent: Bool
    /// Whether people have to agree to its destruction, whatever its series says.
    public var needsApproval: Bool
    /// Whether a hold is in force on it.
    public var isHeld: Bool
    /// Whether somebody has it open.
    public var isOpen: Bool
    /// Whether it is being transcribed.
    public var isTranscribed: Bool
    /// Whether it stands on a list.
    public var isListed: Bool

    /// Facts of these fields.
    public init(
        series: String,
        received: Date,
        countedFrom: Date? = nil,
        extendedUntil: Date? = nil,
        due: Date? = nil,
        isPermanent: Bool = false,
        needsApproval: Bool = false,
        isHeld: Bool = false,
        isOpen: Bool = false,
        isTranscribed: Bool = false,
        isListed: Bool = false
    ) {
        self.series = series
        self.received = received
        self.countedFrom = countedFrom
        self.extendedUntil = extendedUntil
        self.due = due
        self.isPermanent = isPermanent
        self.needsApproval = needsApproval
        self.isHeld = isHeld
        self.isOpen = isOpen
        self.isTranscribed = isTranscribed
        self.isListed = isListed
    }

    /// What the catalogue has of a recording.
    public init(
        _ row: RecordingRow,
        isHeld: Bool = false,
        isOpen: Bool = false,
        isTranscribed: Bool = false,
        isListed: Bool = false
    ) {
        self.init(
            series: row.series,
            received: row.received,
            countedFrom: row.countedFrom,
            extendedUntil: row.extendedUntil,
            due: row.due,
            isPermanent: row.isPermanent,
            needsApproval: row.needsApproval,
            isHeld: isHeld,
            isOpen: isOpen,
            isTranscribed: isTranscribed,
            isListed: isListed
        )
    }
}

extension Schedule {
    /// When the time of a recording is over under `series`: counted from when that was said to begin, and not before it was
    /// extended to.
    public func due(_ series: Series, _ facts: RetentionFacts, timeZone: TimeZone) -> Date {
        let counted = due(series, received: facts.countedFrom ?? facts.received, timeZone: timeZone)
        return max(counted, facts.extendedUntil ?? counted)
    }

    /// What becomes of a recording at `now`.
    ///
    /// Of two due dates, the one that the catalogue has and the one that the schedule gives now, the later counts: what a
    /// schedule has just made longer is not taken before the catalogue was dated anew.
    public func verdict(on facts: RetentionFacts, at now: Date, timeZone: TimeZone) -> Verdict {
        guard let series = self[facts.series] else { return .skip(.noSeries) }
        let reckoned = due(series, facts, timeZone: timeZone)
        let over = max(reckoned, facts.due ?? reckoned)
        guard over <= now else { return .keep(until: over) }
        if facts.isHeld { return .skip(.held) }
        if facts.isListed { return .skip(.listed) }
        if facts.isOpen { return .skip(.accessed) }
        if facts.isTranscribed { return .skip(.transcribed) }
        if facts.isPermanent { return .transfer }
        switch series.then {
        case .permanent: return .transfer
        case .review: return .review
        case .destroy: return .destroy(facts.needsApproval ? .required : series.approval)
        }
    }
}
