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
    package let log: AuditLog
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

    package var policy: Policy { rules.current.policy }
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

    /// What decides over keeping and destroying; who has one of them hears of holds and lists.
    public static let actions: Set<Action> = [.hold, .propose, .approve]
}

extension RecordsDesk: Desk {}
