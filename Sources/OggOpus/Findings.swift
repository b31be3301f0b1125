/// All findings of one stream: the number of each kind, and as many of them in full as are of use to a person.
///
/// A hostile stream can be odd a million times; what is kept of it stays bounded.
public struct Findings: Sendable, Equatable, Codable {
    /// How many findings are kept in full.
    public static let capacity = 100
    /// How many of one code are kept, so that a flood of one kind does not hide the others.
    static let capacityPerCode = 20

    /// The findings kept in full, in the order of the stream: at most ``capacity``.
    public private(set) var kept: [Finding] = []
    /// How often each code was found, kept or not.
    public private(set) var totals: [Finding.Code: Int] = [:]

    /// Whether nothing was found.
    public var isEmpty: Bool { totals.isEmpty }
    /// How many were found, kept or not.
    public var total: Int { totals.values.reduce(0, +) }

    /// How often `code` was found.
    public func count(of code: Finding.Code) -> Int { totals[code] ?? 0 }

    init() {}

    mutating func add(
        _ code: Finding.Code,
        at offset: Int64,
        count: Int = 1,
        _ message: @autoclosure () -> String
    ) {
        let before = totals[code] ?? 0
        totals[code] = before + count
        // The first of each code always has a place.
        let room = kept.count < Self.capacity - Finding.Code.allCases.count && before < Self.capacityPerCode
        guard before == 0 || room else { return }
        kept.append(Finding(code: code, offset: offset, count: count, message: message()))
    }
}
