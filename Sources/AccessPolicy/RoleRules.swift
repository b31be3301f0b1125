/// What the policy gives a role.
public struct RoleRules: Sendable, Hashable {
    /// Of which units.
    public enum Units: String, Sendable, CaseIterable {
        /// The principal's own.
        case own
        /// Every unit.
        case all
    }

    /// What it may do.
    public let actions: Set<Action>
    /// With recordings of which units.
    public let units: Units

    /// Nothing: what a role has that the file does not name.
    static let nothing = RoleRules(actions: [], units: .own)
}
