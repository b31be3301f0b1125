import AccessPolicy
public import ArchiveCore
import AuditLog
import Catalogue
import Foundation
import Vault

extension Retrieval {
    /// How a description changes.
    public enum DescriptionChange: Sendable {
        /// To these; what is nil, or kept, stays. `participants` are all of them.
        case fields(title: String?, participants: [String]?, description: Change<String>)
        /// To what it was in this revision. The meeting stays: that is not for descriptions to say.
        case revert(to: Int)
    }

    /// Descriptions that one recording can have had (DESIGN.md invariant 14).
    public static let longestHistory = 1000

    /// Changes what describes a recording, and keeps what described it before as a revision; both are one transaction.
    /// What changes nothing makes no revision.
    ///
    /// - Parameter expected: the revision that the caller looked at; nil to change whatever is there.
    /// - Throws: `stale` where that is not the present one; `refused` where the caller may not describe; `bad-metadata`;
    ///   `unknown-name` for a revision that is not there; `not-found` where the recording is not theirs to know.
    public func describe(
        _ id: RecordingID,
        _ change: DescriptionChange,
        expecting expected: Int?,
        because reason: String?,
        by caller: Caller
    ) async throws -> View {
        let reason = try Self.checked(reason, as: "reason")
        let said = try Self.submission(change)
        let outcome = try await log.write(by: caller) { [self] writer, caller -> Result<RecordingRow, ArchiveError> in
            func refuse(_ row: RecordingRow?, _ error: ArchiveError, _ reasons: String) throws -> Result<
                RecordingRow, ArchiveError
            > {
                try log.append(
                    to: writer,
                    actor: caller.actor,
                    action: "recording.describe",
                    object: id.description,
                    label: row?.visibility.label,
                    decision: .refuse,
                    details: ["reasons": reasons]
                )
                return .failure(error)
            }
            guard let row = try writer.reader.recording(id), visible(row, to: caller, for: .show) else {
                return try refuse(nil, .notFound, "not-found")
            }
            let decision = policy.decide(question(caller, .describe, row.visibility))
            guard case .allow = decision else {
                return try refuse(row, Self.refusal(decision, spent: nil), decision.reasons[0].code.rawValue)
            }
            if let expected, expected != row.revision {
                return try refuse(row, Self.stale(row.revision), ArchiveError.Code.stale.rawValue)
            }
            guard let seal = try vault.seals(of: [id])[id], let view = try views(of: [row]).first else {
                return .failure(.notFound)
            }
            var fields = view.fields
            var reverts: Int?
            switch change {
            case .fields(_, let participants, let description):
                fields.title = said.title ?? fields.title
                if participants != nil { fields.participants = said.participants }
                fields.description = description.applied(to: fields.description)
            case .revert(let number):
                guard let earlier = try writer.reader.revision(number, of: id) else {
                    guard number == row.revision else {
                        return .failure(
                            ArchiveError(.unknownName, "there is no revision \(number)", hint: "risalah history")
                        )
                    }
                    return .success(row)
                }
                let revision = try Revision(earlier, opening: seal)
                fields.title = revision.title
                fields.participants = revision.participants
                fields.description = revision.description
                reverts = number
            }
            let changed = try revise(
                row,
                view.fields,
                to: fields,
                because: reason,
                reverts: reverts,
                seal,
                by: caller,
                writer
            )
            var details = [
                "fields": changed.map(\.rawValue).joined(separator: " "),
                "revision": String(changed.isEmpty ? row.revision : row.revision + 1),
            ]
            details["reverts"] = reverts.map(String.init)
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "recording.describe",
                object: id.description,
                label: row.visibility.label,
                details: details,
                texts: reason.map { ["reason": $0] } ?? [:]
            )
            return .success(try writer.reader.recording(id) ?? row)
        }
        guard let view = try await told(views(of: [outcome.get()]), to: caller).first else {
            throw ArchiveError.notFound
        }
        return view
    }

    /// Holds what is said to the bounds of what senders say.
    private static func submission(_ change: DescriptionChange) throws(ArchiveError) -> Submission {
        var said = Submission()
        guard case .fields(let title, let participants, let description) = change else { return said }
        if let title { try said.set("title", title) }
        for name in participants ?? [] { try said.set("participant", name) }
        if case .set(let text) = description { try said.set("description", text) }
        return said
    }

    private static func stale(_ revision: Int) -> ArchiveError {
        ArchiveError(
            .stale,
            "somebody has changed the description: it is revision \(revision)",
            hint: "look at it again: risalah history"
        )
    }

    /// Makes `new` what describes a recording, and a revision of it; returns which fields that changes, and does nothing
    /// where there are none. The first change also keeps what the sender said, as revision 1.
    func revise(
        _ row: RecordingRow,
        _ old: DescribingFields,
        to new: DescribingFields,
        because reason: String?,
        reverts: Int? = nil,
        _ seal: RecordingSeal,
        by caller: Caller,
        _ writer: CatalogueWriter
    ) throws -> [Revision.Field] {
        let changed = Revision.Field.allCases.filter { field in
            switch field {
            case .title: old.title != new.title
            case .meeting: old.meeting != new.meeting
            case .participants: old.participants != new.participants
            case .description: old.description != new.description
            }
        }
        guard !changed.isEmpty else { return [] }
        let number = row.revision + 1
        guard number <= Self.longestHistory else {
            throw ArchiveError(.quotaSpent, "this description has been changed \(row.revision) times, and that is all")
        }
        if row.revision == 1 {
            let content = Revision.Content(old, changed: [])
            try writer.insert(
                RevisionRow(
                    recording: row.id,
                    number: 1,
                    principal: row.sender,
                    made: row.received,
                    sealed: content.sealed(as: 1, by: seal)
                )
            )
        }
        let content = Revision.Content(new, changed: changed, reason: reason, reverts: reverts)
        try writer.insert(
            RevisionRow(
                recording: row.id,
                number: number,
                principal: caller.principal.id,
                made: clock.now,
                sealed: content.sealed(as: number, by: seal)
            )
        )
        try writer.describe(
            row.id,
            after: row.revision,
            sealed: seal.seal(CanonicalJSON.encode(new), field: DescribingFields.field),
            meeting: new.meeting.map { meetings.tag(Data($0.utf8)) }
        )
        return changed
    }

    // MARK: History

    /// The longest page of revisions: each may be as long as a description.
    public static let revisionsAtOnce = 50

    /// Up to `limit` revisions of a recording below `number`, the newest first, for whoever sees the recording; and
    /// below which the rest is.
    ///
    /// - Parameter limit: 1 to ``revisionsAtOnce``.
    public func revisions(
        of id: RecordingID,
        below number: Int?,
        limit: Int,
        by caller: Caller
    ) async throws -> (revisions: [Revision], next: Int?) {
        guard (1...Self.revisionsAtOnce).contains(limit), number ?? 1 >= 1 else {
            throw ArchiveError(.badRequest, "limit must be 1 to \(Self.revisionsAtOnce), and before at least 1")
        }
        let found = try await log.write(by: caller) { [self] writer, caller -> (RecordingRow, [RevisionRow])? in
            let row = try writer.reader.recording(id)
            let isVisible = row.map { visible($0, to: caller, for: .show) } ?? false
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "recording.history",
                object: id.description,
                label: isVisible ? row?.visibility.label : nil,
                decision: isVisible ? .allow : .refuse
            )
            guard let row, isVisible else { return nil }
            return (row, try writer.reader.revisions(of: id, below: number ?? .max, limit: limit))
        }
        guard let (row, rows) = found, let seal = try vault.seals(of: [id])[id] else { throw ArchiveError.notFound }
        let revisions = try rows.map { try Revision($0, opening: seal) }
        if row.revision == 1, number ?? .max > 1 {
            // Nobody has changed it yet: what the sender said is all there is.
            guard let view = try views(of: [row]).first else { throw ArchiveError.notFound }
            return ([Revision(1, row.sender, row.received, .init(view.fields, changed: []))], nil)
        }
        let last = revisions.last?.number ?? 1
        return (revisions, last > 1 ? last : nil)
    }
}
