import AccessPolicy
public import ArchiveCore
import AuditLog
import Catalogue
import Foundation
import Retention
import Vault

extension Retrieval {
    /// Corrections in one request (DESIGN.md invariant 14).
    public static let correctionsAtOnce = 1000
    private static let correction = "recording.correct"

    /// Corrects one recording; see ``correct(_:dryRun:by:)``.
    public func correct(
        _ id: RecordingID,
        _ correction: Correction,
        by caller: Caller
    ) async throws -> CorrectionOutcome {
        let results = try await apply([(id, correction)], dryRun: false, by: caller)
        do {
            return try results[0].get()
        } catch {
            throw error.error
        }
    }

    /// Corrects recordings, all of them or none: every line is checked against what is there before anything is done, and
    /// all of it is one transaction. Series, due date, unit, class, the end of accesses that were decided on the class before, and the
    /// revision of a description whose meeting changes move together.
    ///
    /// A correction that keeps a recording less well than before leaves it in need of approval: no destruction list takes it
    /// that nobody has approved, whatever its series says then or later. So nobody destroys sooner, alone, by correcting.
    ///
    /// - Parameter dryRun: only says what would be done.
    /// - Returns: for each line what it changes, or why it cannot be; if any cannot, nothing was done.
    /// - Throws: `refused` where the caller's role corrects nothing; `bad-request` for none or too many.
    public func correct(
        _ corrections: [(id: RecordingID?, correction: Correction)],
        dryRun: Bool,
        by caller: Caller
    ) async throws -> [Result<CorrectionOutcome, CorrectionFailure>] {
        guard policy.rules(for: caller.principal.role).actions.contains(.correct) else {
            try await log.record(actor: caller.actor, action: Self.correction, decision: .refuse)
            throw ArchiveError(.refused, "role \(caller.principal.role.rawValue) may not correct recordings")
        }
        guard (1...Self.correctionsAtOnce).contains(corrections.count) else {
            throw ArchiveError(.badRequest, "one request has 1 to \(Self.correctionsAtOnce) corrections")
        }
        return try await apply(corrections, dryRun: dryRun, by: caller)
    }

    private func apply(
        _ corrections: [(id: RecordingID?, correction: Correction)],
        dryRun: Bool,
        by caller: Caller
    ) async throws -> [Result<CorrectionOutcome, CorrectionFailure>] {
        let (results, closed) = try await log.write(by: caller) { [self] writer, caller in
            var seen: Set<RecordingID> = []
            let plans = try corrections.map { line -> Result<CorrectionPlan, CorrectionFailure> in
                do {
                    // Before anything is looked up: a thousand lines would tell by their time what one does not.
                    guard line.id.map({ seen.insert($0).inserted }) ?? true else {
                        throw CorrectionFailure(nil, ArchiveError(.badRequest, "the recording is corrected twice"))
                    }
                    return .success(try plan(line.id, line.correction, by: caller, writer.reader))
                } catch let failure as CorrectionFailure {
                    return .failure(failure)
                }
            }
            var closed: [(RecordingID, AccessID)] = []
            let failures = zip(corrections, plans).compactMap { line, plan -> (RecordingID?, CorrectionFailure)? in
                guard case .failure(let failure) = plan else { return nil }
                return (line.id, failure)
            }
            if dryRun {
                try log.append(
                    to: writer,
                    actor: caller.actor,
                    action: Self.correction,
                    details: [
                        "dry-run": "true", "count": String(corrections.count), "refused": String(failures.count),
                    ]
                )
            } else if failures.isEmpty {
                for plan in plans { closed += try carryOut(plan.get(), by: caller, writer) }
            } else {
                for (id, failure) in failures { try note(failure, on: id, by: caller, writer) }
            }
            return (plans.map { $0.map(\.outcome) }, closed)
        }
        for (recording, access) in closed { try vault.forgetHeader(of: recording, access: access) }
        return results
    }

    // MARK: Checking

    /// - Throws: ``CorrectionFailure`` for what is the caller's fault. What the caller may not know of is told from nothing
    ///   that is not there, whatever else is wrong with the line.
    private func plan(
        _ id: RecordingID?,
        _ correction: Correction,
        by caller: Caller,
        _ reader: CatalogueReader
    ) throws -> CorrectionPlan {
        guard let id, let row = try reader.recording(id), visible(row, to: caller, for: .show) else {
            throw CorrectionFailure(nil, .notFound)
        }
        let decision = policy.decide(question(caller, .correct, row.visibility))
        guard case .allow = decision else { throw CorrectionFailure(nil, Self.refusal(decision, spent: nil)) }
        guard !correction.isEmpty else {
            throw CorrectionFailure(
                nil,
                ArchiveError(.badRequest, "nothing is to be corrected", hint: "give series, unit, start or meeting")
            )
        }
        guard
            let reason = try at(
                "reason",
                { () throws(ArchiveError) in try Self.checked(correction.reason, as: "reason") }
            )
        else { throw CorrectionFailure("reason", ArchiveError(.badRequest, "a correction needs a reason")) }
        var plan = CorrectionPlan(row, because: reason)
        if let code = correction.series { try file(&plan, under: code, by: caller) }
        if let unit = correction.unit {
            try at(Correction.Field.unit.rawValue) { () throws(ArchiveError) in
                plan.visibility = try visibility(of: row, movedTo: unit, by: caller)
            }
        }
        plan.started = correction.start.applied(to: row.started)
        if case .set(let start) = correction.start, start > clock.now.addingTimeInterval(86_400) {
            throw CorrectionFailure(
                Correction.Field.start.rawValue,
                ArchiveError(.badMetadata, "started lies more than a day in the future")
            )
        }
        if correction.meeting != .keep {
            guard let view = try views(of: [row]).first else { throw CorrectionFailure(nil, .notFound) }
            plan.meeting = .remove
            if case .set(let text) = correction.meeting { plan.meeting = .set(try meeting(text, by: caller, reader)) }
            plan.meetingBefore = view.fields.meeting
        }
        return plan
    }

    /// The name that is meant: that of an announcement which the caller may see, where `text` is its id.
    private func meeting(_ text: String, by caller: Caller, _ reader: CatalogueReader) throws -> String {
        let field = Correction.Field.meeting.rawValue
        guard let id = ExpectationID(text) else {
            var said = Submission()
            return try at(field) { () throws(ArchiveError) in
                try said.set("meeting", text)
                return text
            }
        }
        guard let row = try reader.expectation(id)?.expectation,
            policy.isVisible(row.visibility, to: caller.principal)
        else { throw CorrectionFailure(field, .notFound) }
        return String(decoding: try meetings.open(row.sealed, context: id.description), as: UTF8.self)
    }

    /// What goes wrong in `body` is the fault of `field`.
    private func at<Value>(_ field: String, _ body: () throws(ArchiveError) -> Value) throws(CorrectionFailure) -> Value
    {
        do {
            return try body()
        } catch {
            throw CorrectionFailure(field, error)
        }
    }

    private func file(_ plan: inout CorrectionPlan, under code: String, by caller: Caller) throws(CorrectionFailure) {
        let (row, schedule) = (plan.row, schedule)
        let field = Correction.Field.series.rawValue
        let series = try at(field) { () throws(ArchiveError) in try schedule.checked(series: code) }
        guard series.code != row.series else { return }
        guard series.accepts(caller.principal.role) else {
            let role = caller.principal.role.rawValue
            throw CorrectionFailure(field, ArchiveError(.refused, "role \(role) may not file under \(series.code)"))
        }
        plan.series = series.code
        plan.due = schedule.due(series, RetentionFacts(row), timeZone: timeZone)
        let old = schedule[row.series]
        if Schedule.weakens(old, due: row.due, to: series, due: plan.due, timeZone: timeZone) {
            plan.needsApproval = true
        }
    }

    private func visibility(
        of row: RecordingRow,
        movedTo unit: String,
        by caller: Caller
    ) throws(ArchiveError) -> VisibilityClass {
        let moved = VisibilityClass(label: row.visibility.label, unit: try policy.checked(unit: unit))
        guard case .allow = policy.decide(question(caller, .correct, moved)) else {
            throw ArchiveError(
                .refused,
                "you may not correct recordings of unit \(moved.unit): you could not take it back",
                hint: "ask somebody who works in all units"
            )
        }
        return moved
    }

    // MARK: Doing

    /// Returns the accesses that this has closed.
    private func carryOut(
        _ plan: CorrectionPlan,
        by caller: Caller,
        _ writer: CatalogueWriter
    ) throws -> [(RecordingID, AccessID)] {
        let row = plan.row
        var details: [String: String] = [:]
        func note(_ field: String, _ before: String?, _ after: String?) {
            guard before != after else { return }
            details["\(field)-from"] = before
            details["\(field)-to"] = after
        }
        let named = plan.meeting.applied(to: plan.meetingBefore)
        if plan.meeting != .keep, named != plan.meetingBefore {
            guard let seal = try vault.seals(of: [row.id])[row.id], let view = try views(of: [row]).first else {
                throw ArchiveError.notFound
            }
            var fields = view.fields
            fields.meeting = named
            _ = try revise(row, view.fields, to: fields, because: plan.reason, seal, by: caller, writer)
            // A name is not for the log to keep; by its keyed digest an auditor tells it from others.
            note("meeting", row.meeting?.hexadecimal, named.map { meetings.tag(Data($0.utf8)).hexadecimal })
            details["revision"] = String(row.revision + 1)
        }
        try writer.correct(
            row.id,
            series: plan.series,
            due: plan.due,
            started: plan.started,
            needsApproval: plan.needsApproval
        )
        let isMoved = plan.visibility != row.visibility
        let closed = isMoved ? try move(row, to: plan.visibility, writer) : []
        if isMoved { details["label-version"] = String(row.labelVersion + 1) }
        note("series", row.series, plan.series)
        note("unit", row.visibility.unit, plan.visibility.unit)
        note("start", row.started.map(Timestamp.text), plan.started.map(Timestamp.text))
        note("due", Timestamp.text(row.due), Timestamp.text(plan.due))
        if plan.needsApproval, !row.needsApproval { details["needs-approval"] = "true" }
        try log.append(
            to: writer,
            actor: caller.actor,
            action: Self.correction,
            object: row.id.description,
            label: row.visibility.label,
            details: details,
            texts: ["reason": plan.reason]
        )
        return closed.map { (row.id, $0) }
    }

    private func note(
        _ failure: CorrectionFailure,
        on id: RecordingID?,
        by caller: Caller,
        _ writer: CatalogueWriter
    ) throws {
        var details = ["reasons": failure.error.code.rawValue]
        details["field"] = failure.field
        try log.append(
            to: writer,
            actor: caller.actor,
            action: Self.correction,
            object: id?.description,
            decision: .refuse,
            details: details
        )
    }
}
