import AccessPolicy
import ArchiveCore
import ArchiveTesting
import Foundation
import Testing

@Suite struct GrantTests {
    private func grant(_ generated: GeneratedPolicy, using random: inout SeededGenerator) -> Grant {
        func time() -> Date? {
            Bool.random(using: &random)
                ? nil : Date(timeIntervalSince1970: .random(in: 0..<1e9, using: &random).rounded())
        }
        return Grant(
            clearance: generated.label(using: &random),
            unit: generated.units.randomElement(using: &random) ?? "",
            floor: Bool.random(using: &random) ? generated.label(using: &random) : nil,
            validity: Validity(starts: time(), ends: time())
        )
    }

    /// What counts at once of a change never gives what the old grant did not, and is no less than both give.
    @Test func narrowingNeverGives() throws {
        var random = SeededGenerator(seed: 31)
        var (narrowed, whole) = (0, 0)
        for _ in 0..<200 {
            let generated = try GeneratedPolicy(using: &random)
            let policy = generated.policy
            for _ in 0..<20 {
                let (old, new) = (grant(generated, using: &random), grant(generated, using: &random))
                let given = policy.narrowed(old, towards: new)
                for _ in 0..<10 {
                    let label = generated.label(using: &random)
                    let both = policy.dominates(old.clearance, label) && policy.dominates(new.clearance, label)
                    if policy.dominates(given.clearance, label) {
                        #expect(policy.dominates(old.clearance, label), "\(old) to \(new): \(label)")
                    }
                    if both { #expect(policy.dominates(given.clearance, label), "\(old) to \(new): \(label)") }
                    let now = Date(timeIntervalSince1970: .random(in: 0..<1e9, using: &random))
                    let counts = given.validity.state(.active, at: now) == .active
                    let counted = old.validity.state(.active, at: now) == .active
                    #expect(!counts || counted)
                    #expect(counts == (counted && new.validity.state(.active, at: now) == .active))
                }
                #expect(given.unit == old.unit)
                #expect(old.floor == nil || given.floor != nil)
                // To narrow again changes nothing, and to go nowhere neither.
                #expect(policy.narrowed(given, towards: new) == given)
                #expect(policy.narrowed(old, towards: old) == old)
                if given == new { whole += 1 } else { narrowed += 1 }
            }
        }
        #expect(narrowed > 100 && whole > 10)
    }

    @Test func stateFollowsTime() {
        let (starts, ends) = (Date(timeIntervalSince1970: 1000), Date(timeIntervalSince1970: 2000))
        let validity = Validity(starts: starts, ends: ends)
        #expect(validity.state(.active, at: starts.addingTimeInterval(-0.001)) == .notYetValid)
        #expect(validity.state(.active, at: starts) == .active)
        #expect(validity.state(.invited, at: ends.addingTimeInterval(-0.001)) == .invited)
        #expect(validity.state(.active, at: ends) == .expired)
        #expect(validity.state(.invited, at: ends) == .expired)
        #expect(validity.state(.disabled, at: starts) == .disabled)
        #expect(validity.state(.unconfirmed, at: ends) == .unconfirmed)
    }

    @Test func onlyActiveOnesPass() throws {
        var random = SeededGenerator(seed: 77)
        for _ in 0..<100 {
            let generated = try GeneratedPolicy(using: &random)
            for state in PrincipalState.allCases where state != .active {
                let question = generated.question(using: &random)
                let asker = question.principal
                let changed = AccessQuestion(
                    principal: Principal(
                        id: asker.id,
                        role: asker.role,
                        clearance: asker.clearance,
                        unit: asker.unit,
                        state: state
                    ),
                    action: question.action,
                    object: question.object,
                    purposeGiven: true,
                    approvals: 9
                )
                guard case .refuse = generated.policy.decide(changed) else {
                    Issue.record("\(state) passed: \(changed)")
                    continue
                }
            }
        }
    }
}
