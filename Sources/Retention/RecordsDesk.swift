public import AccessPolicy
public import ArchiveCore
public import AuditLog
public import Catalogue
public import Foundation
public import Vault

/// Where records managers decide what is kept: holds, lists, reviews.
///
/// Default deny, and silence, as everywhere (DESIGN.md invariant 4): of a recording that a caller may not know of, and of a
/// list with one such recording, they hear what they would hear of nothing.
public final class RecordsDesk: Sendable {
    let vault: Vault
    let catalogue: Catalogue
    private let rules: RulesInForce
    let log: AuditLog
    let clock: any ArchiveClock
    let timeZone: TimeZone
    let cursors: SecretSeal
    let meetings: SecretSeal
    /// Under this lie the texts of statements, which outlast the recordings that they are about.
    let statements: SecretSeal

    /// A desk over these parts.
    public init(
        vault: Vault,
        catalogue: Catalogue,
        rules: RulesInForce,
        log: AuditLog,
        clock: any ArchiveClock,
        timeZone: TimeZone
    ) throws {
        self.vault = vault
        self.catalogue = catalogue
        self.rules = rules
        self.log = log
        self.clock = clock
        self.timeZone = timeZone
        cursors = try vault.seal("cursors")
        meetings = try vault.seal(DescribingFields.meetingSecret)
        statements = try vault.seal("destruction lists")
    }

    var policy: Policy { rules.current.policy }
    var schedule: Schedule { rules.current.schedule }

    /// The longest reason, matter or opinion, in bytes.
    static let longestText = 2000

    /// A text that has to be there, trimmed.
    static func checked(_ text: String, as name: String) throws(ArchiveError) -> String {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else { throw ArchiveError(.badRequest, "there is no \(name)") }
        guard text.utf8.count <= longestText else {
            throw ArchiveError(.badRequest, "the \(name) has \(text.utf8.count) bytes, more than \(longestText)")
        }
        return text
    }

    // MARK: Who may

    /// Whether a recording is there for this caller, also while it is being destroyed.
    func sees(_ row: RecordingRow, _ caller: Caller) -> Bool {
        [.stored, .incomplete, .destroying].contains(row.state) && sees(row.visibility, caller)
    }

    /// Whether recordings of this class are there for this caller, or were.
    func sees(_ visibility: VisibilityClass, _ caller: Caller) -> Bool {
        policy.isVisible(visibility, to: caller.principal) && may(.show, visibility, caller)
    }

    /// Whether the caller may do `action` to recordings of this class.
    func may(_ action: Action, _ visibility: VisibilityClass, _ caller: Caller) -> Bool {
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
    func hasAction(_ caller: Caller, _ actions: Set<Action>) -> Bool {
        !policy.rules(for: caller.principal.role).actions.isDisjoint(with: actions)
    }

    /// What decides over keeping and destroying; who has one of them hears of holds and lists.
    public static let actions: Set<Action> = [.hold, .propose, .approve]

    static func refusal(_ caller: Caller, to action: String) -> ArchiveError {
        ArchiveError(.refused, "role \(caller.principal.role.rawValue) may not \(action)")
    }

    /// The classes of recordings that the caller sees and may do `action` to.
    func classes(_ action: Action, _ caller: Caller, _ reader: CatalogueReader) throws -> [Int64] {
        try reader.classes().filter { sees($0.visibility, caller) && may(action, $0.visibility, caller) }.map(\.id)
    }

    // MARK: Doing

    /// Runs `body` for the caller as they are in this transaction. What is refused leaves an entry of `action`, too.
    func attempt<Value: Sendable>(
        _ action: String,
        on object: String?,
        by caller: Caller,
        _ body: @escaping @Sendable (CatalogueWriter, Caller) throws -> Value
    ) async throws -> Value {
        do {
            return try await log.write(by: caller, body)
        } catch let error as ArchiveError where Self.noted.contains(error.code) {
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

    private static let noted: Set<ArchiveError.Code> = [.notFound, .refused, .conflict, .stale, .gone, .quotaSpent]
}
