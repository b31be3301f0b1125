import AccessPolicy
import ArchiveConfiguration
public import ArchiveCore
import AuditLog
public import Catalogue
import Foundation
import Vault

/// What became of changing a label.
public enum LabelChange: Sendable {
    /// The recording has it, under this version.
    case done(version: Int)
    /// A second person has to agree.
    case pending(RelabellingRow)
}

extension Retrieval {
    /// Gives a recording another label, for a `reason`. Label, version, class and the end of every access that was decided
    /// on the label before are one transaction.
    ///
    /// A label that does not cover the one before waits for a second person (``decide(_:agreeing:because:by:)``): it shows
    /// what was hidden.
    ///
    /// - Throws: `refused` where the caller may not relabel, or would lose sight of it; `unknown-name`; `conflict` where it
    ///   has this label already; `not-found` where it is not theirs to know.
    public func relabel(
        _ id: RecordingID,
        to label: Label,
        because reason: String,
        by caller: Caller
    ) async throws -> LabelChange {
        guard let reason = try Self.checked(reason, as: "reason") else {
            throw ArchiveError(.badRequest, "a change of label needs a reason")
        }
        let label = try policy.checked(label: label)
        let now = clock.now
        let outcome = try await log.write(by: caller) {
            [self] writer, caller -> Result<(LabelChange, [AccessID]), ArchiveError> in
            guard let row = try writer.reader.recording(id), visible(row, to: caller, for: .show) else {
                try log.append(
                    to: writer,
                    actor: caller.actor,
                    action: "recording.relabel",
                    object: id.description,
                    decision: .refuse,
                    details: ["reasons": "not-found"]
                )
                return .failure(.notFound)
            }
            let decision = policy.decide(question(caller, .relabel, row.visibility))
            guard case .allow = decision else {
                try record(
                    row,
                    to: label,
                    .refuse,
                    ["reasons": decision.reasons[0].code.rawValue],
                    nil,
                    by: caller,
                    writer
                )
                return .failure(Self.refusal(decision, spent: nil))
            }
            guard policy.dominates(caller.principal.clearance, label) else {
                try record(row, to: label, .refuse, ["reasons": "clearance"], nil, by: caller, writer)
                return .failure(
                    ArchiveError(
                        .refused,
                        "your clearance does not cover \(label): you could not take it back",
                        hint: "ask somebody who is cleared for it"
                    )
                )
            }
            guard label != row.visibility.label else {
                try record(row, to: label, .refuse, ["reasons": "same-label"], nil, by: caller, writer)
                return .failure(ArchiveError(.conflict, "the recording has this label already"))
            }
            guard policy.dominates(label, row.visibility.label) else {
                guard try writer.reader.pendingRelabellingCount(of: caller.principal.id, at: now) < Self.waitingLimit
                else {
                    let facts = ["reasons": "quota-spent", "quota": "waiting"]
                    try record(row, to: label, .refuse, facts, nil, by: caller, writer)
                    return .failure(Self.tooManyWaiting)
                }
                guard let seal = try vault.seals(of: [id])[id] else { return .failure(.notFound) }
                let change = RelabellingID()
                let request = RelabellingRow(
                    id: change,
                    recording: id,
                    labelVersion: row.labelVersion,
                    label: label,
                    principal: caller.principal.id,
                    reason: try seal.seal(Data(reason.utf8), field: Self.reasonField(change)),
                    asked: now,
                    expires: requestLifetime.date(after: now, in: timeZone)
                )
                try writer.insert(request)
                let facts = ["change": change.description, "state": "pending"]
                try record(row, to: label, .allow, facts, reason, by: caller, writer)
                return .success((.pending(request), []))
            }
            let closed = try move(row, to: VisibilityClass(label: label, unit: row.visibility.unit), writer)
            try record(row, to: label, .allow, ["state": "done"], reason, by: caller, writer)
            return .success((.done(version: row.labelVersion + 1), closed))
        }
        let (change, closed) = try outcome.get()
        for access in closed { try vault.forgetHeader(of: id, access: access) }
        return change
    }

    /// Agrees to a change of label that another person asked for, or refuses it for a reason that they are told.
    ///
    /// - Throws: `not-found` for what the caller may not decide; `refused` for their own; `conflict` where it was decided;
    ///   `gone` where its time is over or the label has changed meanwhile; `bad-request` for a refusal without a reason.
    public func decide(
        _ id: RelabellingID,
        agreeing: Bool,
        because reason: String? = nil,
        by caller: Caller
    ) async throws {
        let reason = try Self.checked(reason, as: "reason")
        guard agreeing || reason != nil else { throw ArchiveError(.badRequest, "a refusal needs a reason") }
        do {
            let (recording, closed) = try await log.write(by: caller) {
                [self] writer, caller -> (RecordingID, [AccessID]) in
                let (change, row) = try request(id, of: caller, writer.reader)
                if agreeing { try assertStillAsked(change, of: row, writer.reader) }
                let facts = ["change": id.description, "state": agreeing ? "done" : "refused"]
                guard agreeing else {
                    guard let seal = try vault.seals(of: [row.id])[row.id] else { throw ArchiveError.notFound }
                    let sealed = try reason.map { try seal.seal(Data($0.utf8), field: Self.refusalField(id)) }
                    try writer.end(id, as: .refused, refusal: sealed)
                    try record(row, to: change.label, .refuse, facts, reason, by: caller, writer)
                    return (row.id, [])
                }
                try writer.end(id, as: .done)
                let visibility = VisibilityClass(label: change.label, unit: row.visibility.unit)
                let closed = try move(row, to: visibility, writer)
                try record(row, to: change.label, .allow, facts, nil, by: caller, writer)
                return (row.id, closed)
            }
            for access in closed { try vault.forgetHeader(of: recording, access: access) }
        } catch let error as ArchiveError where [.notFound, .refused, .conflict, .gone].contains(error.code) {
            try await log.record(
                actor: caller.actor,
                action: "recording.relabel",
                decision: .refuse,
                details: ["change": id.description, "reasons": error.code.rawValue]
            )
            throw error
        }
    }

    /// Gives a recording another class, with all that moves with it; returns the accesses that this has closed, whose headers
    /// are to be forgotten once it is durable.
    func move(_ row: RecordingRow, to visibility: VisibilityClass, _ writer: CatalogueWriter) throws -> [AccessID] {
        let closed = try writer.reader.liveAccesses(to: row.id)
        try writer.relabel(row.id, to: visibility)
        return closed
    }

    /// Withdraws a change of label that the caller asked for and nobody has decided.
    public func withdraw(_ id: RelabellingID, by caller: Caller) async throws {
        let found = try await log.write(by: caller) { [log] writer, caller -> Bool in
            guard let change = try writer.reader.relabelling(id), change.principal == caller.principal.id else {
                return false
            }
            guard change.state == .pending else { return true }
            try writer.end(id, as: .closed)
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "recording.relabel",
                object: change.recording.description,
                details: ["change": id.description, "state": "closed"]
            )
            return true
        }
        guard found else { throw ArchiveError.notFound }
    }

    /// Closes changes of labels that nobody decided in time.
    func closeExpiredChanges() async throws {
        let now = clock.now
        guard try await catalogue.read({ try $0.hasExpiredRelabelling(at: now) }) else { return }
        try await catalogue.write { [log] writer in
            for change in try writer.closeRelabellings(expiredAt: now) {
                try log.append(
                    to: writer,
                    actor: .service,
                    action: "recording.relabel",
                    details: ["change": change.description, "state": "closed", "reason": "expired"]
                )
            }
        }
    }

    private func request(
        _ id: RelabellingID,
        of caller: Caller,
        _ reader: CatalogueReader
    ) throws -> (RelabellingRow, RecordingRow) {
        guard let change = try reader.relabelling(id), let row = try reader.recording(change.recording) else {
            throw ArchiveError.notFound
        }
        let persons = (
            try reader.principal(change.principal, at: clock.now)?.person,
            try reader.principal(caller.principal.id, at: clock.now)?.person
        )
        guard persons.0 != persons.1 else {
            throw ArchiveError(.refused, "nobody decides what they asked for themselves", hint: "another person has to")
        }
        guard mayDecideLabel(of: row, caller) else { throw ArchiveError.notFound }
        guard change.state == .pending else {
            throw ArchiveError(.conflict, "this change is \(change.state.rawValue)", hint: "risalah requests")
        }
        guard change.expires > clock.now, change.labelVersion == row.labelVersion else {
            throw ArchiveError(.gone, "this change does not count any more", hint: "it has to be asked for again")
        }
        // The policy may have lost the label meanwhile.
        _ = try policy.checked(label: change.label)
        return (change, row)
    }

    /// Two persons want a change: the one who asked for it still has to be one who may.
    private func assertStillAsked(
        _ change: RelabellingRow,
        of row: RecordingRow,
        _ reader: CatalogueReader
    ) throws(ArchiveError) {
        let gone = ArchiveError(.gone, "who asked for this change may no longer", hint: "it has to be asked for again")
        guard let principal = try? reader.principal(change.principal, at: clock.now)?.principal else { throw gone }
        let asker = Caller(principal: principal, key: Data(), certificate: "")
        guard visible(row, to: asker, for: .show),
            case .allow = policy.decide(question(asker, .relabel, row.visibility)),
            policy.dominates(principal.clearance, change.label)
        else { throw gone }
    }

    /// Whether the caller may agree to another label for this recording: who approves, and sees it as it is.
    func mayDecideLabel(of row: RecordingRow, _ caller: Caller) -> Bool {
        guard visible(row, to: caller, for: .show),
            case .allow = policy.decide(question(caller, .approve, row.visibility))
        else { return false }
        return true
    }

    static func reasonField(_ change: RelabellingID) -> String { "relabelling \(change)" }
    static func refusalField(_ change: RelabellingID) -> String { "relabelling refused \(change)" }

    private func record(
        _ row: RecordingRow,
        to label: Label,
        _ decision: LogEntry.Decision,
        _ facts: [String: String],
        _ reason: String?,
        by caller: Caller,
        _ writer: CatalogueWriter
    ) throws {
        var details = facts
        details["from"] = row.visibility.label.description
        details["to"] = label.description
        details["label-version"] = String(row.labelVersion)
        try log.append(
            to: writer,
            actor: caller.actor,
            action: "recording.relabel",
            object: row.id.description,
            label: row.visibility.label,
            decision: decision,
            details: details,
            texts: reason.map { ["reason": $0] } ?? [:]
        )
    }
}
