package import AccessPolicy
package import ArchiveCore
package import AuditLog
package import Catalogue

/// Where people, and machines, decide and do something with recordings.
///
/// Default deny, and silence (DESIGN.md invariant 4): of a recording that a caller may not know of they hear what they would hear
/// of nothing. What is refused leaves an entry, as what is done does.
package protocol Desk: Sendable {
    /// What counts now.
    var policy: Policy { get }
    /// Where everything is recorded.
    var log: AuditLog { get }
}

extension Desk {
    // MARK: Who may

    /// Whether a recording is there for this caller, also while it is being destroyed.
    package func sees(_ row: RecordingRow, _ caller: Caller) -> Bool {
        [.stored, .incomplete, .destroying].contains(row.state) && sees(row.visibility, caller)
    }

    /// Whether recordings of this class are there for this caller, or were.
    package func sees(_ visibility: VisibilityClass, _ caller: Caller) -> Bool {
        policy.isVisible(visibility, to: caller.principal) && may(.show, visibility, caller)
    }

    /// Whether the caller may do `action` to recordings of this class.
    package func may(_ action: Action, _ visibility: VisibilityClass, _ caller: Caller) -> Bool {
        let question = AccessQuestion(
            principal: caller.principal,
            action: action,
            object: visibility,
            purposeGiven: true
        )
        if case .allow = policy.decide(question) { return true }
        return false
    }

    /// Whether the caller's role has one of `actions` at all.
    package func hasAction(_ caller: Caller, _ actions: Set<Action>) -> Bool {
        !policy.rules(for: caller.principal.role).actions.isDisjoint(with: actions)
    }

    package static func refusal(_ caller: Caller, to action: String) -> ArchiveError {
        ArchiveError(.refused, "role \(caller.principal.role.rawValue) may not \(action)")
    }

    /// The classes of recordings that the caller sees and may do `action` to.
    package func classes(_ action: Action, _ caller: Caller, _ reader: CatalogueReader) throws -> [Int64] {
        try reader.classes().filter { sees($0.visibility, caller) && may(action, $0.visibility, caller) }.map(\.id)
    }

    // MARK: Doing

    /// Runs `body` for the caller as they are in this transaction. What is refused leaves an entry of `action`, too.
    package func attempt<Value: Sendable>(
        _ action: String,
        on object: String?,
        by caller: Caller,
        _ body: @escaping @Sendable (CatalogueWriter, Caller) throws -> Value
    ) async throws -> Value {
        do {
            return try await log.write(by: caller, body)
        } catch let error as ArchiveError where noted.contains(error.code) {
            try await log.record(
                actor: caller.actor,
                action: action,
                object: object,
                decision: .refuse,
                details: ["reasons": error.code.rawValue]
            )
            throw error
        }
    }
}

private let noted: Set<ArchiveError.Code> = [.notFound, .refused, .conflict, .stale, .gone, .quotaSpent]
