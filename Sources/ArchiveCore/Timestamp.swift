public import Foundation

/// RFC 3339 times in UTC, the one spelling of times in entries, JSON and the catalogue.
public enum Timestamp {
    /// Like `2026-11-21T03:40:39.125Z`: always milliseconds, so that texts sort as times do.
    public static func text(_ date: Date) -> String {
        // The style cuts digits off, and a parsed time can lie a little below its millisecond: half of one more keeps
        // text → date → text the identity.
        let milliseconds = (date.timeIntervalSince1970 * 1000).rounded()
        if (0..<end).contains(milliseconds) { return canonicalText(Int(milliseconds)) }
        return Date(timeIntervalSince1970: (milliseconds + 0.5) / 1000).formatted(
            Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        )
    }

    /// The time that an RFC 3339 text with offset or `Z` gives; nil for anything else, and for years before
    /// 1970 or after 9999, which no meeting has.
    public static func date(_ text: String) -> Date? {
        if let milliseconds = canonicalTime(text) { return Date(timeIntervalSince1970: Double(milliseconds) / 1000) }
        let styles = [Date.ISO8601FormatStyle(includingFractionalSeconds: true), Date.ISO8601FormatStyle()]
        guard let date = styles.lazy.compactMap({ try? $0.parse(text) }).first,
            date.timeIntervalSince1970 >= 0, date.timeIntervalSince1970 < 253_402_300_800
        else { return nil }
        return date
    }
}
