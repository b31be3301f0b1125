import AccessPolicy
public import ArchiveConfiguration
public import ArchiveCore
public import AuditLog
public import BlobStore
public import Catalogue
public import Foundation
public import Retention
public import Vault

/// Finds and opens recordings for those who may.
///
/// Default deny, and silence: what a caller may not know of is answered exactly as what is not there, after the same work
/// (DESIGN.md invariant 4). Every decision is in the log before its answer leaves (invariant 2).
public final class Retrieval: Sendable {
    let vault: Vault
    let catalogue: Catalogue
    let blobs: any BlobStore
    private let rules: RulesInForce
    let log: AuditLog
    let clock: any ArchiveClock
    let timeZone: TimeZone
    let cursors: SecretSeal
    let meetings: SecretSeal
    let sources: SecretSeal
    let purposes: SecretSeal
    let requestLifetime: CalendarDuration
    let witnesses: any CosignatureSource
    let excerpts = ExcerptPlans()

    /// Retrieval from these parts.
    ///
    /// - Parameter rules: asked for what is in force at every decision.
    /// - Parameter requestLifetime: how long a request waits for those who have to agree.
    /// - Parameter witnesses: knows what witnesses have cosigned, for levels that want that.
    public init(
        vault: Vault,
        catalogue: Catalogue,
        blobs: any BlobStore,
        rules: RulesInForce,
        log: AuditLog,
        clock: any ArchiveClock,
        timeZone: TimeZone,
        requestLifetime: CalendarDuration,
        witnesses: any CosignatureSource = NoWitnesses()
    ) throws {
        self.vault = vault
        self.catalogue = catalogue
        self.blobs = blobs
        self.rules = rules
        self.log = log
        self.clock = clock
        self.timeZone = timeZone
        cursors = try vault.seal("cursors")
        meetings = try vault.seal(DescribingFields.meetingSecret)
        sources = try vault.seal(DescribingFields.sourceSecret)
        purposes = try vault.seal("purposes")
        self.requestLifetime = requestLifetime
        self.witnesses = witnesses
    }

    /// What counts now. A decision that asks twice takes it once.
    var policy: Policy { rules.current.policy }
    /// The schedule that counts with it.
    var schedule: Schedule { rules.current.schedule }

    /// A recording with its describing fields opened.
    public struct View: Sendable {
        /// As the catalogue has it.
        public let row: RecordingRow
        /// What describes it.
        public let fields: DescribingFields
        /// From when to when its meeting was announced, where the caller may know.
        public internal(set) var announced: Range<Date>?
        /// How many seconds after the announced beginning it began.
        public internal(set) var late: TimeInterval?
        /// How many holds are in force on it, where the caller may know.
        public internal(set) var holds: Int?
    }

    func question(
        _ caller: Caller,
        _ action: Action,
        _ visibility: VisibilityClass?,
        purposeGiven: Bool = false,
        approvals: Int = 0,
        quotaSpent: Bool = false
    ) -> AccessQuestion {
        AccessQuestion(
            principal: caller.principal,
            action: action,
            object: visibility,
            purposeGiven: purposeGiven,
            approvals: approvals,
            quotaSpent: quotaSpent
        )
    }

    // MARK: One recording

    /// What is known of a recording.
    public func show(_ id: RecordingID, by caller: Caller) async throws -> View {
        let row = try await log.write(by: caller) { [self] writer, caller -> RecordingRow? in
            let row = try writer.reader.recording(id)
            let isVisible = row.map { visible($0, to: caller, for: .show) } ?? false
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "recording.show",
                object: id.description,
                label: isVisible ? row?.visibility.label : nil,
                decision: isVisible ? .allow : .refuse
            )
            return isVisible ? row : nil
        }
        guard let row, let view = try await told(views(of: [row]), to: caller).first else {
            throw ArchiveError.notFound
        }
        return view
    }

    /// Whether a recording is there for this caller.
    func visible(_ row: RecordingRow, to caller: Caller, for action: Action) -> Bool {
        guard row.state == .stored || row.state == .incomplete,
            policy.isVisible(row.visibility, to: caller.principal),
            case .allow = policy.decide(question(caller, action, row.visibility, purposeGiven: true))
        else { return false }
        return true
    }

    /// Opens the describing fields of `rows`, leaving out what has lost its keys meanwhile.
    package func views(of rows: [RecordingRow]) throws -> [View] {
        let seals = try vault.seals(of: rows.map(\.id))
        return try rows.compactMap { row in
            guard let seal = seals[row.id], let sealed = row.sealed else { return nil }
            let fields = try CanonicalJSON.decode(
                DescribingFields.self,
                from: seal.open(sealed, field: DescribingFields.field)
            )
            return View(row: row, fields: fields)
        }
    }
}
