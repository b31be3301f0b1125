public import Foundation

/// Something that is not forbidden and is worth a look.
public struct Anomaly: Sendable, Hashable {
    /// What about it.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Opened or fetched outside office hours.
        case outsideHours = "outside-hours"
        /// More openings by one principal within an hour than are usual.
        case burst
        /// The first time that a principal opened a recording of a level.
        case firstReader = "first-reader"
        /// Fetched after the recording had got another label.
        case afterRelabelling = "after-relabelling"
    }

    /// What about it.
    public let kind: Kind
    /// The entry.
    public let seq: Int
    /// When.
    public let time: Date
    /// By whom.
    public let actor: String
    /// Of which recording; nil for a burst.
    public let recording: String?
    /// Its label then.
    public let label: String?
    /// How many openings, at most, there were within an hour of a burst.
    public var openings: Int?
    /// The entry that changed the label before.
    public let relabelled: Int?
    /// The purpose that was given.
    public let purpose: Commitment?
}
