import AccessPolicy
import ArchiveCore
import ArchiveTesting
import Testing

/// What keeps everybody out, whatever the policy gives: no roles, no certificate, no quota, another unit.
struct StandingPropertyTests {
    private func forAll(
        seed: UInt64,
        _ body: (GeneratedPolicy, AccessQuestion, inout SeededGenerator) throws -> Void
    ) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let generated = try GeneratedPolicy(using: &random)
            for _ in 0..<100 { try body(generated, generated.question(using: &random), &random) }
        }
    }

    private func changed(
        _ question: AccessQuestion,
        object: VisibilityClass?,
        certificateValid: Bool? = nil,
        quotaSpent: Bool? = nil
    ) -> AccessQuestion {
        AccessQuestion(
            principal: question.principal,
            action: question.action,
            object: object,
            purposeGiven: question.purposeGiven,
            certificateValid: certificateValid ?? question.certificateValid,
            approvals: question.approvals,
            quotaSpent: quotaSpent ?? question.quotaSpent
        )
    }

    private func refuses(_ decision: Decision, with code: Reason.Code) -> Bool {
        guard case .refuse(let reasons) = decision else { return false }
        return reasons.contains { $0.code == code }
    }

    @Test func `an empty policy allows nothing`() throws {
        let text = """
            levels:
              - {name: low, sealed_only: false, purpose: false, approvals: {count: 0}, access_lifetime: PT1H,
                 recipients: any, index: full}
            compartments: [red]
            units: [one]
            roles: {}
            grants: {second_person_from: never}
            """
        let policy = try Policy(yaml: text, file: "policy.yaml")
        let classes = try ["low", "low:red"].map { try recordings($0) }
        for role in Role.allCases {
            let anyone = try principal(role, "low:red")
            for object in classes { #expect(!policy.isVisible(object, to: anyone)) }
            for action in Action.allCases {
                for object in classes.map(Optional.some) + [nil] {
                    let question = AccessQuestion(
                        principal: anyone,
                        action: action,
                        object: object,
                        purposeGiven: true,
                        approvals: 9
                    )
                    #expect(refuses(policy.decide(question), with: .roleLacksAction), "\(role) \(action)")
                }
            }
        }
    }

    /// Expired, not yet valid, of another issuer: to the decision all are a certificate that does not count.
    @Test func `a certificate that does not count passes nowhere`() throws {
        var taken = 0
        try forAll(seed: 11) { generated, question, _ in
            let good = generated.policy.decide(changed(question, object: question.object, certificateValid: true))
            let bad = generated.policy.decide(changed(question, object: question.object, certificateValid: false))
            #expect(refuses(bad, with: .certificateInvalid), "\(question)")
            if case .allow = good { taken += 1 }
        }
        #expect(taken > 500)
    }

    @Test func `a spent quota passes nowhere, and takes nothing else away`() throws {
        var taken = 0
        try forAll(seed: 12) { generated, question, _ in
            let before = generated.policy.decide(changed(question, object: question.object, quotaSpent: false))
            let after = generated.policy.decide(changed(question, object: question.object, quotaSpent: true))
            #expect(refuses(after, with: .quotaSpent), "\(question)")
            if case .refuse(let reasons) = before {
                #expect(after.reasons.map(\.code) == reasons.map(\.code) + [.quotaSpent])
            } else {
                #expect(after.reasons.map(\.code) == [.quotaSpent])
                taken += 1
            }
        }
        #expect(taken > 500)
    }

    @Test func `who works in its own unit reaches no other`() throws {
        var taken = 0
        try forAll(seed: 13) { generated, question, _ in
            guard let object = question.object, !generated.allUnits.contains(question.principal.role),
                question.action != .readLog, question.action != .enrol
            else { return }
            let foreign = VisibilityClass(label: object.label, unit: "elsewhere")
            #expect(!generated.policy.isVisible(foreign, to: question.principal))
            #expect(refuses(generated.policy.decide(changed(question, object: foreign)), with: .unitForeign))
            if case .allow = generated.policy.decide(question) { taken += 1 }
        }
        #expect(taken > 300)
    }

    /// No question is without an answer, and the answer never says more than may be seen: whoever is told anything but
    /// a refusal about reading or changing a recording is somebody who may know of it.
    @Test func `the decision is total, and agrees with what is visible`() throws {
        let unseen: Set<Action> = [.send, .transcribe, .readLog, .enrol]
        var (asked, visible) = (0, 0)
        try forAll(seed: 14) { generated, question, _ in
            for action in Action.allCases {
                let asking = AccessQuestion(
                    principal: question.principal,
                    action: action,
                    object: question.object,
                    purposeGiven: question.purposeGiven,
                    certificateValid: question.certificateValid,
                    approvals: question.approvals,
                    quotaSpent: question.quotaSpent
                )
                let decision = generated.policy.decide(asking)
                #expect(decision == generated.policy.decide(asking))
                asked += 1
                switch decision {
                case .allow: #expect(decision.reasons.isEmpty)
                case .refuse, .wait: #expect(!decision.reasons.isEmpty)
                }
                if case .refuse = decision { continue }
                guard let object = question.object, !unseen.contains(action) else { continue }
                visible += 1
                #expect(generated.policy.isVisible(object, to: question.principal), "\(asking)")
            }
        }
        #expect(asked == 200 * 100 * Action.allCases.count && visible > 500)
    }
}
