public import ArchiveConfiguration
import ArchiveCore

extension Policy {
    /// Reads `policy.yaml`.
    ///
    /// - Parameter yaml: the text of the file.
    /// - Parameter file: the name that errors give.
    /// - Parameter witnesses: how many there are to cosign the log; nil where that is not known.
    /// - Throws: at the place of the first mistake, with what was expected there.
    public init(yaml: String, file: String, witnesses: Int? = nil) throws(ConfigurationError) {
        try self.init(ConfigurationDocument(yaml: yaml, file: file), witnesses: witnesses)
    }

    /// Reads a `policy.yaml` whose YAML has been parsed.
    ///
    /// - Throws: at the place of the first mistake, with what was expected there.
    public init(_ document: ConfigurationDocument, witnesses: Int? = nil) throws(ConfigurationError) {
        self = try document.root.mapping { (file) throws(ConfigurationError) in
            let roles = try Self.roles(file.required("roles"))
            let levels = try Self.levels(file.required("levels"), roles, witnesses)
            let units = try file.required("units")
            return Policy(
                levels: levels,
                compartments: try file.required("compartments").names(),
                units: try UnitReader(units),
                unitsPlace: Policy.Place(line: units.line, column: units.column),
                roles: roles,
                quotas: try Self.quotas(file.optional("quotas"), roles),
                secondPersonFrom: try Self.secondPersonFrom(file.required("grants"), levels)
            )
        }
    }

    // MARK: Levels

    private static func levels(
        _ value: ConfigurationValue,
        _ roles: [Role: RoleRules],
        _ witnesses: Int?
    ) throws(ConfigurationError) -> [LevelRules] {
        var levels: [LevelRules] = []
        for item in try value.list(atLeast: 1) {
            let names = levels.map(\.level.name)
            levels.append(
                try LevelReader(roles: roles, witnesses: witnesses, below: levels.last, taken: names).read(item)
            )
        }
        return levels
    }

    // MARK: Roles

    private static func roles(_ value: ConfigurationValue) throws(ConfigurationError) -> [Role: RoleRules] {
        try value.mapping { (mapping) throws(ConfigurationError) in
            var roles: [Role: RoleRules] = [:]
            for role in Role.allCases {
                guard let value = mapping.optional(role.rawValue) else { continue }
                roles[role] = try rules(value, for: role)
            }
            return roles
        }
    }

    private static func rules(
        _ value: ConfigurationValue,
        for role: Role
    ) throws(ConfigurationError) -> RoleRules {
        try value.mapping { (mapping) throws(ConfigurationError) in
            let list = try mapping.required("actions")
            let possible = role.possibleActions
            let actions = try list.choices(of: Action.self) { (action, item) throws(ConfigurationError) in
                guard possible.contains(action) else {
                    // DESIGN.md section 1: who does a thing, and who never does.
                    let names = possible.map(\.rawValue).joined(separator: ", ")
                    throw item.fail("only what role \(role.rawValue) can be given (\(names))")
                }
            }
            // Where it is not visible what an action is done to, its refusal could not be told from absence.
            if !actions.contains(.show), let item = try list.list().first(where: { actionNeedsShow($0) }) {
                throw item.fail("the action show in the same list, which this one needs")
            }
            return RoleRules(
                actions: Set(actions),
                units: try mapping.optional("units")?.choice(of: RoleRules.Units.self) ?? .own
            )
        }
    }

    private static func actionNeedsShow(_ item: ConfigurationValue) -> Bool {
        (try? item.choice(of: Action.self))?.needsShow ?? false
    }

    // MARK: Quotas and grants

    private static func quotas(
        _ value: ConfigurationValue?,
        _ roles: [Role: RoleRules]
    ) throws(ConfigurationError) -> [Role: Quota] {
        guard let value else { return [:] }
        return try value.mapping { (mapping) throws(ConfigurationError) in
            var quotas: [Role: Quota] = [:]
            for role in Role.allCases {
                guard let value = mapping.optional(role.rawValue) else { continue }
                let actions = roles[role]?.actions ?? []
                quotas[role] = try value.mapping { (quota) throws(ConfigurationError) in
                    func limit(_ key: String, of action: Action) throws(ConfigurationError) -> ConfigurationValue? {
                        guard let value = quota.optional(key) else { return nil }
                        guard actions.contains(action) else {
                            throw value.fail("no \(key) for a role without the action \(action.rawValue)")
                        }
                        return value
                    }
                    let perDay = try limit("accesses_per_day", of: .open)?.integer(in: 1...1_000_000)
                    let hour = try limit("accesses_per_hour", of: .open)
                    let perHour = try hour?.integer(in: 1...1_000_000)
                    if let hour, let perHour, let perDay, perHour > perDay {
                        throw hour.fail("at most \(perDay), which is what accesses_per_day allows in all")
                    }
                    return Quota(
                        incoming: try limit("incoming", of: .send)?.byteCount(in: 1...Int.max),
                        uploads: try limit("uploads", of: .send)?.integer(in: 1...10_000),
                        accessesPerHour: perHour,
                        accessesPerDay: perDay
                    )
                }
            }
            return quotas
        }
    }

    /// What stands for a level where no second person is wanted.
    static let never = "never"

    private static func secondPersonFrom(
        _ value: ConfigurationValue,
        _ levels: [LevelRules]
    ) throws(ConfigurationError) -> Level? {
        try value.mapping { (grants) throws(ConfigurationError) in
            let value = try grants.required("second_person_from")
            let name = try value.string()
            if name == never { return nil }
            guard let rules = levels.first(where: { $0.level.name == name }) else {
                throw value.fail("one of " + (levels.map(\.level.name) + [never]).joined(separator: ", "))
            }
            return rules.level
        }
    }
}
