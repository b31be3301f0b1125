public import ArchiveCore

/// The rules of `policy.yaml`: labels, roles, decisions (DESIGN.md section 6). Pure: no clock, no storage, no network.
public struct Policy: Sendable, Equatable {
    /// The rules of the levels, lowest level first.
    ///
    /// A level is never laxer than one below it (the reader refuses that), so that raising a label only ever takes
    /// accesses away.
    public let levels: [LevelRules]
    /// The names of the compartments, in the order of the file.
    public let compartments: [String]
    /// The names of the units, in the order of the file.
    public let units: [String]
    /// What a unit was called before, or a unit that it has taken in → the unit.
    public let formerUnits: [String: String]
    /// Where in the file the units stand.
    public let unitsPlace: Place
    /// From which level of clearance on a second person confirms a grant; nil where nobody has to (`init --solo`).
    public let secondPersonFrom: Level?

    private let roles: [Role: RoleRules]
    private let quotas: [Role: Quota]
    private let ranks: [Level: Int]

    init(
        levels: [LevelRules],
        compartments: [String],
        units: UnitReader,
        unitsPlace: Place,
        roles: [Role: RoleRules],
        quotas: [Role: Quota],
        secondPersonFrom: Level?
    ) {
        precondition(!levels.isEmpty, "the reader demands a level")
        self.levels = levels
        self.compartments = compartments
        self.units = units.names
        formerUnits = units.former
        self.unitsPlace = unitsPlace
        self.roles = roles
        self.quotas = quotas
        self.secondPersonFrom = secondPersonFrom
        ranks = Dictionary(levels.indices.map { (levels[$0].level, $0) }, uniquingKeysWith: { $1 })
    }

    // MARK: What there is

    /// The lowest level.
    public var lowest: Level { levels[0].level }

    /// The highest level.
    public var highest: Level { levels[levels.count - 1].level }

    /// What is said of `level`; nil where the policy does not have it.
    public func rules(for level: Level) -> LevelRules? { rank(of: level).map { levels[$0] } }

    /// What is given to `role`: nothing where the file does not name it.
    public func rules(for role: Role) -> RoleRules { roles[role] ?? .nothing }

    /// How much each principal of `role` may use.
    public func quota(for role: Role) -> Quota { quotas[role] ?? .unlimited }

    /// Whether a grant of `role` with `clearance` takes effect only when a second person confirms it.
    public func needsSecondPerson(role: Role, clearance: Label) -> Bool {
        guard let secondPersonFrom else { return false }
        if role == .recordsManager || role == .auditor { return true }
        // A level that the policy does not have may have been a high one.
        guard let given = rank(of: clearance.level), let least = rank(of: secondPersonFrom) else { return true }
        return given >= least
    }

    /// The place of `level` in ``levels``; nil where the policy does not have it.
    func rank(of level: Level) -> Int? { ranks[level] }

    // MARK: Names from outside

    /// The level called `name`.
    ///
    /// - Throws: `unknown-name`, with the levels that there are.
    public func checked(level name: String) throws(ArchiveError) -> Level {
        Level(try Self.checked(name, "level", among: levels.map(\.level.name)))
    }

    /// `label`, all of whose names the policy has.
    ///
    /// - Throws: `unknown-name`, with the names that there are.
    @discardableResult
    public func checked(label: Label) throws(ArchiveError) -> Label {
        _ = try checked(level: label.level.name)
        try checked(compartments: label.compartments)
        return label
    }

    /// The unit called `unit`, now or before.
    ///
    /// - Throws: `unknown-name`, with the units that there are.
    @discardableResult
    public func checked(unit: String) throws(ArchiveError) -> String {
        try Self.checked(present(unit: unit), "unit", among: units)
    }

    /// The compartments called `names`.
    ///
    /// - Throws: `unknown-name`; without the compartments that there are, for their names are not everybody's to know.
    @discardableResult
    public func checked(compartments names: [String]) throws(ArchiveError) -> [String] {
        for name in names where !compartments.contains(name) { throw Self.unknown(name, "compartment", hint: nil) }
        return names
    }

    private static func checked(
        _ name: String,
        _ kind: String,
        among names: [String]
    ) throws(ArchiveError) -> String {
        guard let known = names.first(where: { $0 == name }) else {
            let there = names.isEmpty ? "this archive has none" : "this archive has " + names.joined(separator: ", ")
            throw unknown(name, kind, hint: there)
        }
        return known
    }

    /// The name may be anything that came in a request; what is quoted of it stays short.
    private static func unknown(_ name: String, _ kind: String, hint: String?) -> ArchiveError {
        ArchiveError(.unknownName, "there is no \(kind) \(name.prefix(64).debugDescription)", hint: hint)
    }
}
