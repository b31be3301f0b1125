import AccessPolicy
import ArchiveCore
import ArchiveTesting

/// A policy made by chance, with what it says kept beside it in the simplest form.
struct GeneratedPolicy {
    struct LevelFacts {
        let name: String
        let purpose: Bool
        let approvals: Int
    }

    let policy: Policy
    let levels: [LevelFacts]
    let compartments: [String]
    let units: [String]
    let actions: [Role: Set<String>]
    let allUnits: Set<Role>

    init(using random: inout SeededGenerator) throws {
        func choose(_ names: [String], atLeast: Int) -> [String] {
            Array(names.shuffled(using: &random).prefix(Int.random(in: atLeast...names.count, using: &random)))
        }
        compartments = choose(["red", "green", "blue", "grey"], atLeast: 0)
        units = choose(["one", "two", "three"], atLeast: 1)

        var actions: [Role: Set<String>] = [:]
        for role in Role.allCases where Int.random(in: 0..<8, using: &random) != 0 {
            actions[role] = Set(choose((rows[role] ?? []).sorted(), atLeast: 0))
        }
        let blind: Set = ["send", "find", "read-log", "transcribe", "enrol"]
        for (role, given) in actions where !given.isSubset(of: blind) { actions[role]?.insert("show") }
        self.actions = actions
        allUnits = Set(actions.keys.sorted { $0.rawValue < $1.rawValue }.filter { _ in Bool.random(using: &random) })

        // Each level begins with what the one below demands.
        let canApprove = actions[.recordsManager]?.contains("approve") == true
        var (sealed, purpose, approvals, minutes, hybrid, indexed) = (false, false, 0, 600, false, true)
        var levels: [LevelFacts] = []
        var text = "levels:\n"
        for name in choose(["a", "b", "c", "d", "e"], atLeast: 1) {
            sealed = sealed || Int.random(in: 0..<3, using: &random) == 0
            purpose = purpose || Int.random(in: 0..<3, using: &random) == 0
            hybrid = hybrid || Int.random(in: 0..<3, using: &random) == 0
            indexed = indexed && Int.random(in: 0..<3, using: &random) != 0
            minutes = Int.random(in: 1...minutes, using: &random)
            if canApprove, Bool.random(using: &random) { approvals = min(approvals + 1, 9) }
            levels.append(LevelFacts(name: name, purpose: purpose, approvals: approvals))
            let role = approvals > 0 ? ", role: records-manager" : ""
            text += """
                  - name: \(name)
                    sealed_only: \(sealed)
                    purpose: \(purpose)
                    approvals: {count: \(approvals)\(role)}
                    access_lifetime: PT\(minutes)M
                    recipients: \(hybrid ? "hybrid" : "any")
                    index: \(indexed ? "full" : "none")

                """
        }
        self.levels = levels
        text += "compartments: [\(compartments.joined(separator: ", "))]\n"
        text += "units: [\(units.joined(separator: ", "))]\n"
        text += actions.isEmpty ? "roles: {}\n" : "roles:\n"
        for role in Role.allCases {
            guard let given = actions[role] else { continue }
            let names = given.sorted().joined(separator: ", ")
            text += "  \(role.rawValue): {actions: [\(names)], units: \(allUnits.contains(role) ? "all" : "own")}\n"
        }
        let second = (levels.map(\.name) + ["never"]).randomElement(using: &random) ?? "never"
        text += "grants: {second_person_from: \(second)}\n"
        policy = try Policy(yaml: text, file: "generated.yaml")
    }

    /// A label of names that the policy has and, now and then, of a level that it has not.
    func label(using random: inout SeededGenerator) -> Label {
        let known = levels.randomElement(using: &random)?.name ?? ""
        let isKnown = Int.random(in: 0..<12, using: &random) != 0
        let parts = compartments.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
        return Label(Level(isKnown ? known : "unknown"), compartments: parts)
    }

    /// A label of known level that dominates `label`: a level higher, or more compartments, or both.
    func raised(_ label: Label, using random: inout SeededGenerator) -> Label? {
        guard let rank = levels.firstIndex(where: { $0.name == label.level.name }) else { return nil }
        let higher = levels[rank...].randomElement(using: &random)?.name ?? label.level.name
        let more = compartments.filter { _ in Bool.random(using: &random) }
        return Label(Level(higher), compartments: label.compartments + more)
    }

    func principal(using random: inout SeededGenerator) -> Principal {
        Principal(
            id: PrincipalID(),
            // Those who open recordings more often than the others: theirs are the long decisions.
            role: (Role.allCases + [.archivist, .archivist, .recordsManager]).randomElement(using: &random)
                ?? .archivist,
            clearance: label(using: &random),
            unit: units.randomElement(using: &random) ?? "",
            state: Int.random(in: 0..<6, using: &random) == 0
                ? (Bool.random(using: &random) ? .invited : .disabled) : .active
        )
    }

    func question(using random: inout SeededGenerator) -> AccessQuestion {
        let someone = principal(using: &random)
        let own = actions[someone.role].map { $0.sorted() } ?? []
        // Half of the questions are about what the role has: chance alone would ask mostly what it has not.
        let opens = own.contains("open") && Bool.random(using: &random)
        let name = opens ? "open" : Bool.random(using: &random) ? own.randomElement(using: &random) : nil
        let action = name.flatMap(Action.init(rawValue:)) ?? Action.allCases.randomElement(using: &random) ?? .open
        return AccessQuestion(
            principal: someone,
            action: action,
            object: Int.random(in: 0..<10, using: &random) == 0
                ? nil
                : VisibilityClass(
                    label: label(using: &random),
                    unit: units.randomElement(using: &random) ?? ""
                ),
            purposeGiven: Bool.random(using: &random),
            certificateValid: Int.random(in: 0..<10, using: &random) != 0,
            approvals: Int.random(in: 0...1, using: &random),
            quotaSpent: Int.random(in: 0..<10, using: &random) == 0
        )
    }
}
