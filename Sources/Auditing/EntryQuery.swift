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
    /// Only with a greater number.
    public var after: Int?
    /// Only with a smaller number.
    public var before: Int?

    /// A query with these fields.
    public init(
        actors: [String] = [],
        object: String? = nil,
        action: String? = nil,
        decision: LogEntry.Decision? = nil,
        since: Date? = nil,
        until: Date? = nil,
        after: Int? = nil,
        before: Int? = nil
    ) {
        self.actors = actors
        self.object = object
        self.action = action
        self.decision = decision
        self.since = since
        self.until = until
        self.after = after
        self.before = before
    }

    /// The numbers that are asked for, of a log of `size` entries.
    func numbers(of size: Int) -> Range<Int> {
        let first = max(0, after.map { $0 < size ? $0 + 1 : size } ?? 0)
        return first..<max(first, min(size, before ?? size))
    }

    /// Whether `entry` is asked for, whatever its number.
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
