public import Foundation

/// What a records manager says that a recording should have been filed under. What is absent stays.
public struct Correction: Codable, Sendable, Hashable {
    /// What of a recording is corrected.
    public enum Field: String, Sendable, Codable, CaseIterable {
        /// Its series, and with it when its time is over.
        case series
        /// The unit that it belongs to, and with it who sees it.
        case unit
        /// When it began.
        case start
        /// The event it belongs to.
        case meeting
    }

    /// The code of its series; nil to keep that.
    public var series: String?
    /// Its unit; nil to keep that.
    public var unit: String?
    /// When it began; `null` takes it away.
    public var start: Change<Date>
    /// The name of the event it belongs to, or the id of its announcement.
    public var meeting: Change<String>
    /// Why.
    public var reason: String

    /// A correction of these fields.
    public init(
        series: String? = nil,
        unit: String? = nil,
        start: Change<Date> = .keep,
        meeting: Change<String> = .keep,
        reason: String
    ) {
        self.series = series
        self.unit = unit
        self.start = start
        self.meeting = meeting
        self.reason = reason
    }

    /// Whether it says nothing.
    public var isEmpty: Bool { series == nil && unit == nil && start == .keep && meeting == .keep }
}
