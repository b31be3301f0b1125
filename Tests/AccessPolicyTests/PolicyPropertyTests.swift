import AccessPolicy
import ArchiveCore
import ArchiveTesting
import Testing

/// What holds for every policy that can be written; the shipped one is an instance.
struct PolicyPropertyTests {
    private static let policies = 300
    private static let questions = 200

    /// Calls `body` with questions to generated policies, the same ones in every run.
    private func forAll(
        seed: UInt64,
        _ body: (GeneratedPolicy, AccessQuestion, inout SeededGenerator) throws -> Void
    ) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<Self.policies {
            let generated = try GeneratedPolicy(using: &random)
            for _ in 0..<Self.questions {
                let question = generated.question(using: &random)
                try body(generated, question, &random)
            }
        }
    }

    /// Refuse below wait below allow.
    private func rank(_ decision: Decision) -> Int {
        switch decision {
        case .refuse: 0
        case .wait: 1
        case .allow: 2
        }
    }

    private func changed(
        _ question: AccessQuestion,
        clearance: Label? = nil,
        state: PrincipalState? = nil,
        label: Label? = nil
    ) -> AccessQuestion {
        let old = question.principal
        return AccessQuestion(
            principal: Principal(
                id: old.id,
                role: old.role,
                clearance: clearance ?? old.clearance,
                unit: old.unit,
                state: state ?? old.state
            ),
            action: question.action,
            object: question.object.map { VisibilityClass(label: label ?? $0.label, unit: $0.unit) },
            purposeGiven: question.purposeGiven,
            certificateValid: question.certificateValid,
            approvals: question.approvals,
            quotaSpent: question.quotaSpent
        )
    }

    /// DESIGN.md section 6, “May p open r?”, once more and in the plainest words.
    private func expected(_ generated: GeneratedPolicy, _ question: AccessQuestion) -> Int {
        let (asker, action) = (question.principal, question.action.rawValue)
        guard asker.state == .active, question.certificateValid, !question.quotaSpent,
            generated.actions[asker.role]?.contains(action) == true
        else { return 0 }
        if action == "read-log" || action == "enrol" { return 2 }
        guard let object = question.object else {
            return ["send", "find", "approve", "transcribe"].contains(action) ? 2 : 0
        }
        let names = generated.levels.map(\.name)
        guard let needed = names.firstIndex(of: object.label.level.name),
            generated.allUnits.contains(asker.role) || object.unit == asker.unit
        else { return 0 }
        if action == "send" { return 2 }
        guard let cleared = names.firstIndex(of: asker.clearance.level.name), cleared >= needed,
            Set(object.label.compartments).isSubset(of: asker.clearance.compartments)
        else { return 0 }
        guard action == "open" else { return 2 }
        if generated.levels[needed].purpose && !question.purposeGiven { return 0 }
        return question.approvals >= generated.levels[needed].approvals ? 2 : 1
    }

    @Test func `the decision is what the design says`() throws {
        var seen = [0, 0, 0]
        try forAll(seed: 1) { generated, question, _ in
            let decision = generated.policy.decide(question)
            #expect(rank(decision) == expected(generated, question), "\(question)")
            #expect(decision.reasons.isEmpty == (rank(decision) == 2))
            #expect(Set(decision.reasons.map(\.code)).count == decision.reasons.count)
            seen[rank(decision)] += 1
        }
        #expect(seen.allSatisfy { $0 > 100 }, "\(seen)")
    }

    @Test func `raising a clearance never takes an access away`() throws {
        var gained = 0
        try forAll(seed: 2) { generated, question, random in
            guard let higher = generated.raised(question.principal.clearance, using: &random) else { return }
            let before = rank(generated.policy.decide(question))
            let raised = changed(question, clearance: higher)
            let after = rank(generated.policy.decide(raised))
            #expect(after >= before, "\(question) with \(higher)")
            if let object = question.object, generated.policy.isVisible(object, to: question.principal) {
                #expect(generated.policy.isVisible(object, to: raised.principal))
            }
            gained += after > before ? 1 : 0
        }
        #expect(gained > 500)
    }

    @Test func `raising a label never gives an access`() throws {
        var lost = 0
        try forAll(seed: 3) { generated, question, random in
            guard let label = question.object?.label, let higher = generated.raised(label, using: &random) else {
                return
            }
            let before = rank(generated.policy.decide(question))
            let raised = changed(question, label: higher)
            let after = rank(generated.policy.decide(raised))
            #expect(after <= before, "\(question) with \(higher)")
            if let object = raised.object, generated.policy.isVisible(object, to: question.principal) {
                #expect(question.object.map { generated.policy.isVisible($0, to: question.principal) } == true)
            }
            lost += after < before ? 1 : 0
        }
        #expect(lost > 500)
    }

    @Test func `a role without actions may do nothing`() throws {
        var asked = 0
        try forAll(seed: 4) { generated, question, _ in
            guard (generated.actions[question.principal.role] ?? []).isEmpty else { return }
            #expect(rank(generated.policy.decide(question)) == 0)
            if let object = question.object {
                #expect(!generated.policy.isVisible(object, to: question.principal))
            }
            asked += 1
        }
        #expect(asked > 500)
    }

    @Test func `who is not active passes nowhere`() throws {
        try forAll(seed: 5) { generated, question, _ in
            for state in [PrincipalState.invited, .disabled] {
                let closed = changed(question, state: state)
                #expect(rank(generated.policy.decide(closed)) == 0)
                if let object = closed.object {
                    #expect(!generated.policy.isVisible(object, to: closed.principal))
                }
            }
        }
    }

    @Test func `no role reaches an action outside its row`() throws {
        var reached: Set<String> = []
        try forAll(seed: 6) { generated, question, _ in
            guard rank(generated.policy.decide(question)) > 0 else { return }
            let (role, action) = (question.principal.role, question.action.rawValue)
            #expect(rows[role]?.contains(action) == true, "\(role) \(action)")
            reached.insert("\(role.rawValue) \(action)")
        }
        // And every action of every row is reached, so that the test has seen them all.
        #expect(reached.count == rows.values.map(\.count).reduce(0, +))
    }

    @Test func `visible is what may be found or shown`() throws {
        var seen = 0
        try forAll(seed: 7) { generated, question, _ in
            guard let object = question.object else { return }
            let allowed = [Action.find, .show].contains { action in
                let plain = AccessQuestion(principal: question.principal, action: action, object: object)
                return rank(generated.policy.decide(plain)) == 2
            }
            #expect(generated.policy.isVisible(object, to: question.principal) == allowed)
            seen += allowed ? 1 : 0
        }
        #expect(seen > 500)
    }
}
