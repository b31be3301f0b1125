public import Foundation

/// What a sender says of a recording, besides what the recording says itself.
public struct Submission: Codable, Sendable, Hashable {
    /// The level.
    public var level: String?
    /// Compartments.
    public var compartments: [String] = []
    /// The unit.
    public var unit: String?
    /// The series.
    public var series: String?
    /// What it is called.
    public var title: String?
    /// The event it belongs to.
    public var meeting: String?
    /// Who spoke or was there.
    public var participants: [String] = []
    /// What else is known.
    public var description: String?
    /// When it began.
    public var started: Date?
    /// What it was made of, where another service left that.
    public var source: OriginalSource?

    /// Nothing said.
    public init() {}

    private static let shortLimit = 500
    private static let longLimit = 8192
    private static let countLimit = 200

    /// Sets the field called `name` from what a client sent under it; lists may come several times.
    ///
    /// - Throws: `bad-metadata` naming the field, where it is unknown, repeated, too long or has control characters.
    public mutating func set(_ name: String, _ text: String) throws(ArchiveError) {
        switch name {
        case "level": try Self.once(name, &level, try Self.checked(name, text))
        case "unit": try Self.once(name, &unit, try Self.checked(name, text))
        case "series": try Self.once(name, &series, try Self.checked(name, text))
        case "title": try Self.once(name, &title, try Self.checked(name, text))
        case "meeting": try Self.once(name, &meeting, try Self.checked(name, text))
        case "description":
            try Self.once(name, &description, try Self.checked(name, text, limit: Self.longLimit, lines: true))
        case "started":
            guard let date = Timestamp.date(text) else {
                throw ArchiveError(
                    .badMetadata,
                    "started is not an RFC 3339 time",
                    hint: "like 2026-11-21T09:00:00+07:00"
                )
            }
            try Self.once(name, &started, date)
        case "source": try Self.once(name, &source, try OriginalSource(parsing: text))
        case "compartment": try Self.add(name, text, to: &compartments)
        case "participant": try Self.add(name, text, to: &participants)
        default:
            throw ArchiveError(
                .badMetadata,
                "there is no field \(name.prefix(40).debugDescription)",
                hint: "level unit series title meeting started description source compartment participant"
            )
        }
    }

    private static func once<Value>(_ name: String, _ field: inout Value?, _ value: Value) throws(ArchiveError) {
        guard field == nil else { throw ArchiveError(.badMetadata, "\(name) is given twice") }
        field = value
    }

    private static func add(_ name: String, _ text: String, to list: inout [String]) throws(ArchiveError) {
        guard list.count < countLimit else { throw ArchiveError(.badMetadata, "more than \(countLimit) of \(name)") }
        let value = try checked(name, text)
        if !list.contains(value) { list.append(value) }
    }

    private static func checked(
        _ name: String,
        _ text: String,
        limit: Int = shortLimit,
        lines: Bool = false
    ) throws(ArchiveError) -> String {
        guard !text.isEmpty else { throw ArchiveError(.badMetadata, "\(name) is empty") }
        guard text.utf8.count <= limit else {
            throw ArchiveError(.badMetadata, "\(name) has \(text.utf8.count) bytes, more than \(limit)")
        }
        let isClean = text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.generalCategory != .control || (lines && (scalar == "\n" || scalar == "\t"))
        }
        guard isClean else { throw ArchiveError(.badMetadata, "\(name) has control characters") }
        return text
    }
}
