import ArchiveConfiguration
import ArchiveCore

/// Reads one level of `policy.yaml`, and refuses one that is laxer than the level below it: otherwise raising a
/// recording's label could open it to somebody.
struct LevelReader {
    /// What the file gives the roles.
    let roles: [Role: RoleRules]
    /// How many witnesses there are; nil where that is not known.
    let witnesses: Int?
    /// The level before this one in the file.
    let below: LevelRules?
    /// The names of all levels before it.
    let taken: [String]

    func read(_ value: ConfigurationValue) throws(ConfigurationError) -> LevelRules {
        try value.mapping { (level) throws(ConfigurationError) in
            LevelRules(
                level: Level(try name(level.required("name"))),
                sealedOnly: try flag(level.required("sealed_only"), below?.sealedOnly),
                purposeRequired: try flag(level.required("purpose"), below?.purposeRequired),
                approvals: try approvals(level.required("approvals")),
                cosignatures: try cosignatures(level.optional("cosignatures")),
                accessLifetime: try lifetime(level.required("access_lifetime")),
                recipients: try recipients(level.required("recipients")),
                index: try index(level.required("index"))
            )
        }
    }

    private func name(_ value: ConfigurationValue) throws(ConfigurationError) -> String {
        let name = try value.name(notAmong: taken)
        guard name != Policy.never else {
            throw value.fail("a name other than \(Policy.never), which second_person_from uses")
        }
        return name
    }

    private func flag(_ value: ConfigurationValue, _ lower: Bool?) throws(ConfigurationError) -> Bool {
        let flag = try value.boolean()
        try demand(flag || lower != true, of: value, "true")
        return flag
    }

    private func approvals(_ value: ConfigurationValue) throws(ConfigurationError) -> LevelRules.Approvals {
        try value.mapping { (approvals) throws(ConfigurationError) in
            let number = try approvals.required("count")
            let count = try number.integer(in: 0...9)
            let least = below?.approvals.count ?? 0
            try demand(count >= least, of: number, "at least \(least)")
            // Without anybody to ask, nobody need be named.
            let who = count > 0 ? try approvals.required("role") : approvals.optional("role")
            let role = try who?.choice(of: Role.self)
            if let who, let role, roles[role]?.actions.contains(.approve) != true {
                throw who.fail("a role with the action \(Action.approve.rawValue)")
            }
            return LevelRules.Approvals(count: count, role: role)
        }
    }

    private func cosignatures(_ value: ConfigurationValue?) throws(ConfigurationError) -> Int {
        // What is not said is what the level below demands.
        guard let value else { return below?.cosignatures ?? 0 }
        let count = try value.integer(in: 0...9)
        let least = below?.cosignatures ?? 0
        try demand(count >= least, of: value, "at least \(least)")
        if let witnesses, count > witnesses {
            throw value.fail("at most \(witnesses), as many as log.witnesses in risalah.yaml names")
        }
        return count
    }

    private func lifetime(_ value: ConfigurationValue) throws(ConfigurationError) -> CalendarDuration {
        let lifetime = try value.duration()
        // Years and months have no length that two levels could be compared by.
        guard lifetime.years == 0, lifetime.months == 0, (60...31 * 86_400).contains(seconds(lifetime)) else {
            throw value.fail("a duration from PT1M to P31D")
        }
        if let most = below?.accessLifetime {
            try demand(seconds(lifetime) <= seconds(most), of: value, "at most \(most)")
        }
        return lifetime
    }

    /// Days counted as 24 hours; no overflow, as each number is at most `CalendarDuration.maximumComponent`.
    private func seconds(_ lifetime: CalendarDuration) -> Int {
        let days = 7 * lifetime.weeks + lifetime.days
        return ((24 * days + lifetime.hours) * 60 + lifetime.minutes) * 60 + lifetime.seconds
    }

    private func recipients(_ value: ConfigurationValue) throws(ConfigurationError) -> LevelRules.Recipients {
        let recipients = try value.choice(of: LevelRules.Recipients.self)
        try demand(recipients == .hybrid || below?.recipients != .hybrid, of: value, "hybrid")
        return recipients
    }

    private func index(_ value: ConfigurationValue) throws(ConfigurationError) -> LevelRules.Indexing {
        let index = try value.choice(of: LevelRules.Indexing.self)
        try demand(index == .none || below?.index != LevelRules.Indexing.none, of: value, "none")
        return index
    }

    private func demand(
        _ holds: Bool,
        of value: ConfigurationValue,
        _ expected: String
    ) throws(ConfigurationError) {
        guard !holds, let below else { return }
        throw value.fail("\(expected), because the lower level \(below.level) demands it")
    }
}
