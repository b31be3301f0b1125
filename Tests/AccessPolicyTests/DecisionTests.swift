import AccessPolicy
import ArchiveConfiguration
import ArchiveCore
import Foundation
import Testing

struct DecisionTests {
    let policy: Policy

    init() throws { policy = try SmallPolicy.policy() }

    private func answer(
        _ role: Role,
        _ clearance: String,
        _ action: Action,
        _ label: String?,
        unit: String = "one",
        state: PrincipalState = .active,
        purpose: Bool = true,
        certificate: Bool = true,
        approvals: Int = 0,
        spent: Bool = false
    ) throws -> String {
        let question = AccessQuestion(
            principal: try principal(role, clearance, state: state),
            action: action,
            object: try label.map { try recordings($0, unit: unit) },
            purposeGiven: purpose,
            certificateValid: certificate,
            approvals: approvals,
            quotaSpent: spent
        )
        let decision = policy.decide(question)
        let codes = decision.reasons.map(\.code.rawValue).joined(separator: " ")
        return switch decision {
        case .allow: "allow"
        case .refuse: "refuse " + codes
        case .wait: "wait " + codes
        }
    }

    @Test func `each condition has its reason`() throws {
        #expect(try answer(.archivist, "low", .open, "low") == "allow")
        #expect(try answer(.archivist, "low", .open, "low", purpose: false) == "allow")
        #expect(
            try answer(.archivist, "low", .open, "low", state: .invited) == "refuse principal-inactive"
        )
        #expect(try answer(.archivist, "low", .open, "low", state: .disabled) == "refuse principal-inactive")
        #expect(try answer(.archivist, "low", .open, "low", certificate: false) == "refuse certificate-invalid")
        #expect(try answer(.archivist, "low", .relabel, "low") == "refuse role-lacks-action")
        #expect(try answer(.administrator, "high", .enrol, nil) == "refuse role-lacks-action")
        #expect(try answer(.archivist, "low", .open, nil) == "refuse object-missing")
        #expect(try answer(.archivist, "low", .show, nil) == "refuse object-missing")
        #expect(try answer(.archivist, "low", .open, "other") == "refuse level-unknown")
        #expect(try answer(.archivist, "other", .open, "low") == "refuse level-unknown")
        #expect(try answer(.archivist, "other", .open, "other") == "refuse level-unknown")
        #expect(try answer(.archivist, "low", .open, "high") == "refuse level-too-low")
        #expect(try answer(.archivist, "low:red", .open, "low:red,blue") == "refuse compartment-missing")
        #expect(try answer(.archivist, "low", .open, "low", unit: "two") == "refuse unit-foreign")
        #expect(try answer(.archivist, "high", .open, "high", purpose: false) == "refuse purpose-needed")
        #expect(try answer(.archivist, "low", .open, "low", spent: true) == "refuse quota-spent")
        #expect(try answer(.archivist, "high", .open, "high") == "wait approval-needed")
        #expect(try answer(.archivist, "high", .open, "high", approvals: 1) == "wait approval-needed")
        #expect(try answer(.archivist, "high", .open, "high", approvals: Int.min) == "wait approval-needed")
        #expect(try answer(.archivist, "high", .open, "high", approvals: 2) == "allow")
    }

    @Test func `all reasons are given`() throws {
        #expect(
            try answer(
                .recorder,
                "low",
                .open,
                "high:red",
                unit: "two",
                state: .disabled,
                purpose: false,
                certificate: false,
                spent: true
            )
                == "refuse principal-inactive certificate-invalid role-lacks-action level-too-low "
                + "compartment-missing unit-foreign purpose-needed quota-spent"
        )
    }

    @Test func `who sends may send above the clearance, and into its own unit only`() throws {
        #expect(try answer(.recorder, "low", .send, "high:red") == "allow")
        #expect(try answer(.recorder, "low", .send, nil) == "allow")
        #expect(try answer(.recorder, "low", .send, "low", unit: "two") == "refuse unit-foreign")
        #expect(try answer(.recorder, "low", .send, "other") == "refuse level-unknown")
    }

    @Test func `actions about no recording look at none`() throws {
        #expect(try answer(.auditor, "low", .readLog, nil) == "allow")
        #expect(try answer(.auditor, "other", .readLog, "high:red", unit: "two") == "allow")
        #expect(try answer(.archivist, "low", .find, nil) == "allow")
        #expect(try answer(.transcriber, "low", .transcribe, nil) == "allow")
        #expect(try answer(.transcriber, "low", .transcribe, "high") == "refuse level-too-low")
        #expect(try answer(.recordsManager, "low", .approve, nil) == "allow")
        #expect(try answer(.recordsManager, "low", .approve, "low", unit: "two") == "allow")
    }

    @Test func `only opening needs purpose and approvals`() throws {
        #expect(try answer(.archivist, "high", .show, "high", purpose: false) == "allow")
        #expect(try answer(.transcriber, "high", .transcribe, "high", purpose: false) == "allow")
    }

    @Test func `visible is what an active principal may find or show`() throws {
        func visible(
            _ role: Role,
            _ clearance: String,
            _ label: String,
            unit: String = "one",
            state: PrincipalState = .active
        ) throws -> Bool {
            policy.isVisible(
                try recordings(label, unit: unit),
                to: try principal(role, clearance, state: state)
            )
        }
        #expect(try visible(.archivist, "high:red", "low"))
        #expect(try visible(.archivist, "high:red", "high:red"))
        #expect(try visible(.recordsManager, "low", "low", unit: "two"))
        #expect(try !visible(.archivist, "low", "low", unit: "two"))
        #expect(try !visible(.archivist, "low", "high"))
        #expect(try !visible(.archivist, "low", "low:red"))
        #expect(try !visible(.archivist, "other", "other"))
        #expect(try !visible(.archivist, "low", "low", state: .invited))
        #expect(try !visible(.archivist, "low", "low", state: .disabled))
        for role in [Role.recorder, .auditor, .transcriber, .administrator] {
            #expect(try !visible(role, "high:red,blue", "low"))
        }
    }

    @Test func `an allowance carries the obligations of the level`() throws {
        func obligations(_ label: String?) throws -> Obligations? {
            let question = AccessQuestion(
                principal: try principal(.archivist, "high"),
                action: label == nil ? .find : .open,
                object: try label.map { try recordings($0) },
                purposeGiven: true,
                approvals: 2
            )
            guard case .allow(let obligations) = policy.decide(question) else { return nil }
            return obligations
        }
        let low = try #require(try obligations("low"))
        #expect(!low.sealedOnly && !low.hybridOnly && low.recipients == .any)
        let high = try #require(try obligations("high"))
        #expect(high.sealedOnly && high.hybridOnly && high.recipients == .hybrid)
        // Without a recording, those of the highest level.
        #expect(try obligations(nil) == high)
        let opened = Date(timeIntervalSince1970: 1_800_000_000)
        let jakarta = try #require(TimeZone(identifier: "Asia/Jakarta"))
        #expect(low.expiry(after: opened, in: jakarta) == opened + 3600)
        #expect(high.expiry(after: opened, in: jakarta) == opened + 1800)
    }

    @Test func `a refusal that can be helped says how`() throws {
        func hint(_ clearance: String, purpose: Bool) throws -> String? {
            policy.decide(
                AccessQuestion(
                    principal: try principal(.archivist, clearance),
                    action: .open,
                    object: try recordings("high"),
                    purposeGiven: purpose
                )
            ).hint
        }
        #expect(try hint("high", purpose: false) == "say what it is for: the purpose (risalah get --purpose TEXT)")
        #expect(try hint("high", purpose: true) == "ask somebody who may approve it")
        #expect(try hint("low", purpose: true) == nil)
    }

    @Test func `the codes of the reasons are stable`() {
        #expect(
            Reason.Code.allCases.map(\.rawValue) == [
                "principal-inactive", "certificate-invalid", "role-lacks-action", "object-missing", "level-unknown",
                "level-too-low", "compartment-missing", "unit-foreign", "purpose-needed", "quota-spent",
                "approval-needed",
            ]
        )
        #expect(
            Action.allCases.map(\.rawValue) == [
                "send", "find", "show", "open", "expect", "describe", "relabel", "correct", "hold", "back-date",
                "propose",
                "approve",
                "read-log", "transcribe", "enrol",
            ]
        )
    }
}
