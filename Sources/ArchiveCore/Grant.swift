public import struct Foundation.Date

/// From when to when a principal counts; nil is without limit.
public struct Validity: Codable, Sendable, Hashable {
    /// The first moment at which it counts.
    public var starts: Date?
    /// The first moment at which it no longer counts.
    public var ends: Date?

    /// From `starts` up to `ends`.
    public init(starts: Date? = nil, ends: Date? = nil) {
        self.starts = starts
        self.ends = ends
    }

    /// What a principal whose state is kept as `state` is at `now`.
    public func state(_ state: PrincipalState, at now: Date) -> PrincipalState {
        guard state == .active || state == .invited else { return state }
        if let ends, ends <= now { return .expired }
        if let starts, starts > now { return .notYetValid }
        return state
    }
}

/// What a principal was given and can be given anew; its role is not among it, for that never changes.
public struct Grant: Codable, Sendable, Hashable {
    /// What it may know.
    public var clearance: Label
    /// Its unit.
    public var unit: String
    /// The least label of what it sends.
    public var floor: Label?
    /// When it counts.
    public var validity: Validity

    /// A grant of these parts.
    public init(clearance: Label, unit: String, floor: Label? = nil, validity: Validity = Validity()) {
        self.clearance = clearance
        self.unit = unit
        self.floor = floor
        self.validity = validity
    }
}
