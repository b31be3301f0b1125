import AccessPolicy
import ArchiveConfiguration
import ArchiveCore
import ArchiveInterface
import Foundation
import Hummingbird
import Retrieval

/// `/v1/recordings/{id}/decision`: what the policy would answer the caller.
struct DecisionRoute: Sendable {
    let archive: Archive

    /// Adds the route below `/v1/recordings`.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on(":id/decision", method: .get) { request, context in
            // Before the recording is looked at: what is wrong with the question says nothing of it.
            let action = try Self.action(request)
            let id: RecordingID = try context.identifier("id")
            let caller = try context.authenticated()
            let explanation = try await archive.retrieval.explain(id, action, by: caller)
            return try Response.json(DecisionReport(id, explanation, to: caller))
        }
    }

    private static func action(_ request: Request) throws(ArchiveError) -> Action {
        var action = Action.open
        for (name, value) in try request.queryItems() {
            guard name == "action" else {
                throw ArchiveError(.badRequest, "there is no parameter \(name.prefix(40).debugDescription)")
            }
            guard let named = Action(rawValue: value) else {
                throw ArchiveError(
                    .badRequest,
                    "there is no action \(value.prefix(40).debugDescription)",
                    hint: Action.allCases.map(\.rawValue).joined(separator: ", ")
                )
            }
            action = named
        }
        return action
    }
}

extension DecisionReport {
    fileprivate init(_ id: RecordingID, _ explanation: Retrieval.Explanation, to caller: Caller) {
        let decision = explanation.decision
        self.init(
            recording: id,
            action: explanation.action.rawValue,
            decision: Answer(decision),
            reasons: decision.reasons.map { Reason(code: $0.code.rawValue, text: $0.text) },
            hint: decision.hint,
            conditions: explanation.rules.map { rules in
                Conditions(
                    purpose: rules.purposeRequired,
                    sealedOnly: rules.sealedOnly,
                    approvals: rules.approvals.count,
                    approvalsBy: rules.approvals.count > 0 ? rules.approvals.role?.rawValue : nil,
                    cosignatures: rules.cosignatures > 0 ? rules.cosignatures : nil,
                    accessLifetime: rules.accessLifetime.description,
                    recipients: rules.recipients.rawValue
                )
            },
            quotas: explanation.quotas.map { Quota(window: $0.window.rawValue, spent: $0.spent, limit: $0.limit) },
            ends: caller.principal.ends
        )
    }
}

extension DecisionReport.Answer {
    fileprivate init(_ decision: Decision) {
        self =
            switch decision {
            case .allow: .allow
            case .wait: .wait
            case .refuse: .refuse
            }
    }
}
