/// Rows of the vault that do not open.
public struct DamagedRows: Sendable, Hashable {
    /// Kind and id of the first ``limit`` of them.
    public private(set) var named: [String] = []
    /// How many there are beyond those.
    public private(set) var omitted = 0

    /// Rows that are named one by one: under another generation none of a million opens (DESIGN.md invariant 14).
    public static let limit = 1000

    /// Whether every row opens.
    public var isEmpty: Bool { named.isEmpty }

    mutating func add(_ kind: RowKind, _ id: String) {
        if named.count < Self.limit { named.append("\(kind.rawValue) \(id)") } else { omitted += 1 }
    }
}
