public import AccessPolicy
public import ArchiveCore
import AuditLog
import Catalogue
import Foundation

extension Retrieval {
    /// The decision as the policy sees it, without its consequences.
    public struct Explanation: Sendable {
        /// What was asked about.
        public let action: Action
        /// The answer.
        public let decision: Decision
        /// What the recording's level demands; nil for an action that it has no say in.
        public let rules: LevelRules?
        /// How far the caller's quotas of accesses are used; empty for other actions.
        public let quotas: [QuotaUse]
    }

    /// Says what the policy would answer if the caller asked to do `action` to a recording now, as if a purpose were
    /// stated: whether one is needed stands in the rules of the level.
    ///
    /// - Throws: `not-found` for what is not the caller's to know, after the same work as for what is absent.
    public func explain(_ id: RecordingID, _ action: Action, by caller: Caller) async throws -> Explanation {
        let (now, policy) = (clock.now, policy)
        let explanation = try await log.write(by: caller) { [self] writer, caller -> Explanation? in
            let row = try writer.reader.recording(id)
            guard let row, visible(row, to: caller, for: .show) else {
                try log.append(
                    to: writer,
                    actor: caller.actor,
                    action: "recording.explain",
                    object: id.description,
                    decision: .refuse,
                    details: ["action": action.rawValue]
                )
                return nil
            }
            let quotas =
                action == .open
                ? try quotaUses(of: caller.principal, in: writer.reader, at: now, by: policy) : []
            let decision = policy.decide(
                question(
                    caller,
                    action,
                    row.visibility,
                    purposeGiven: true,
                    quotaSpent: quotas.contains(where: \.isSpent)
                )
            )
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "recording.explain",
                object: id.description,
                label: row.visibility.label,
                details: ["action": action.rawValue, "answer": decision.name]
            )
            return Explanation(
                action: action,
                decision: decision,
                rules: action == .open ? policy.rules(for: row.visibility.label.level) : nil,
                quotas: quotas
            )
        }
        guard let explanation else { throw ArchiveError.notFound }
        return explanation
    }
}
