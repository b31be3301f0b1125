public import ArchiveCore
public import Foundation

/// Which entries of a log are asked for; all where a field says nothing.
public struct EntryQuery: Sendable, Hashable {
    /// By one of these actors; by any where it is empty.
    public var actors: [String]
    /// About this object.
    public var object: String?
    /// Of this action, or of any below it: `access` means `access.open` too.
    public var action: String?
    /// Decided so.
    public var decision: LogEntry.Decision?
    /// Not before this time.
    public var since: Date?
    /// Not after this time.
    public var until: Date?

    /// A query with these fields.
    public init(
        actors: [String] = [],
        object: String? = nil,
        action: String? = nil,
        decision: LogEntry.Decision? = nil,
        since: Date? = nil,
        until: Date? = nil
    ) {
        self.actors = actors
        self.object = object
        self.action = action
        self.decision = decision
        self.since = since
        self.until = until
    }

    /// Whether `entry` is asked for.
    public func includes(_ entry: LogEntry) -> Bool {
        if !actors.isEmpty, !actors.contains(entry.actor) { return false }
        if let object, entry.object != object { return false }
        if let action, entry.action != action, !entry.action.hasPrefix("\(action).") { return false }
        if let decision, entry.decision != decision { return false }
        // By their texts, which is what the log has: a time asked for may lie between two milliseconds.
        let time = Timestamp.text(entry.time)
        if let since, time < Timestamp.text(since) { return false }
        if let until, time > Timestamp.text(until) { return false }
        return true
    }
}
