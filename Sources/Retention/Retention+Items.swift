import AccessPolicy
import ArchiveCore
import AuditLog
import BlobStore
import Catalogue
import Foundation
import Vault

extension Retention {
    /// Reads everything again just before the recordings' turn, and states the intent, for all of them in one transaction.
    ///
    /// - Returns: those that are skipped, with the reason.
    func begin(_ items: [DestructionItem], by actor: Actor) async throws -> [Outcome] {
        try await catalogue.write { [self] writer in
            // The clock may have gone forward since the run began.
            try writer.reader.assertClock()
            return try items.compactMap { item in
                try begin(item, by: actor, writer).map { Outcome(item: item, kind: .skipped, reason: $0) }
            }
        }
    }

    /// A reason means that it is skipped.
    private nonisolated func begin(
        _ item: DestructionItem,
        by actor: Actor,
        _ writer: CatalogueWriter
    ) throws -> String? {
        let (now, reader) = (clock.now, writer.reader)
        // Somebody may have cancelled its list, or the run before may have come so far.
        guard try reader.item(item.recording, of: item.list)?.outcome == .frozen,
            let list = try reader.list(item.list), list.state == .frozen
        else { return "cancelled" }
        let recording = try reader.recording(item.recording)
        let facts = try recording.map {
            RetentionFacts(
                $0,
                isHeld: try reader.isHeld($0.id),
                isOpen: try reader.isOpen($0.id, at: now),
                isTranscribed: try reader.isTranscribed($0.id, since: now.addingTimeInterval(-Self.longestJob))
            )
        }
        let schedule = rules.current.schedule
        if let reason = Self.reasonToSkip(item, of: list, recording?.state, facts, schedule, now, timeZone) {
            try writer.end(item, as: .skipped, because: reason)
            try log.append(
                to: writer,
                actor: actor,
                action: "destruction.skip",
                object: item.recording.description,
                label: recording?.visibility.label,
                details: ["list": item.list.description, "kind": item.kind.rawValue, "reason": reason]
            )
            return reason
        }
        try log.append(
            to: writer,
            actor: actor,
            action: Self.intent,
            object: item.recording.description,
            label: recording?.visibility.label,
            details: ["list": item.list.description, "kind": item.kind.rawValue, "series": item.series]
        )
        try writer.markDestroying(item.recording)
        return nil
    }

    static let intent = "destruction.intent"
    /// A job that was asked for so many seconds ago, and has not ended, is stuck and keeps nothing from being destroyed.
    static let longestJob: TimeInterval = 7 * 86_400

    /// Why an item of a frozen list is left as it is; nil where it is executed.
    static func reasonToSkip(
        _ item: DestructionItem,
        of list: ListRow,
        _ state: RecordingRow.State?,
        _ facts: RetentionFacts?,
        _ schedule: Schedule,
        _ now: Date,
        _ timeZone: TimeZone
    ) -> String? {
        guard let facts, state == .stored || state == .incomplete else { return "not-stored" }
        // Whatever its list is for.
        if facts.isHeld { return Verdict.Obstacle.held.rawValue }
        if facts.isOpen { return Verdict.Obstacle.accessed.rawValue }
        if facts.isTranscribed { return Verdict.Obstacle.transcribed.rawValue }
        guard item.kind != .withdraw else { return nil }
        let verdict = schedule.verdict(on: facts, at: now, timeZone: timeZone)
        if case .keep = verdict { return "not-due" }
        guard facts.series == item.series else { return "series-changed" }
        switch (verdict, item.kind) {
        case (.keep, _): return "not-due"
        case (.skip(let obstacle), _): return obstacle.rawValue
        case (.transfer, .transfer): return nil
        case (.transfer, _): return "permanent"
        case (_, .transfer): return "not-permanent"
        case (.destroy(.none), _): return nil
        case (.destroy(.required), _), (.review, _):
            // Approved by as many as the series wants now.
            let wanted = schedule[facts.series]?.witnesses ?? 0
            return list.approvedBy != nil && list.witnesses >= wanted ? nil : "approval-required"
        }
    }

    /// Deletes keys and payloads of recordings whose destruction has begun, and says so; or finds them saved.
    ///
    /// Repeating it is no error, wherever it was interrupted.
    ///
    /// - Parameter copies: what broke off on its way in, or waits in quarantine, and has the same key: it goes with the recording.
    ///   Found before the first try, for it is found by the key.
    func finish(
        _ items: [DestructionItem],
        _ copies: [RecordingID: [UploadID]],
        by actor: Actor
    ) async throws -> [Outcome] {
        let copies = copies.filter { copy in items.contains { $0.recording == copy.key } }
        if !copies.isEmpty {
            try await catalogue.write { [clock] writer in
                for (recording, copies) in copies
                where try writer.reader.recording(recording)?.state == .destroying {
                    for copy in copies { try writer.endDestroyed(copy, at: clock.now) }
                }
            }
        }
        for item in items { try await keepTitle(of: item) }
        let states = try await destroyKeys(of: items.map(\.recording))
        let doomed = items.filter { states[$0.recording] == .destroying }
        try blobs.remove(
            doomed.flatMap { item -> [BlobKey] in
                try [.recording(item.recording)]
                    + blobs.companions(of: item.recording).map { .companion(item.recording, $0) }
                    + (copies[item.recording] ?? []).flatMap { [.incoming($0), .quarantined($0)] }
            }
        )
        if !doomed.isEmpty {
            try await index.remove(doomed.map(\.recording))
            try await catalogue.write { [self] writer in
                for item in doomed { try end(item, copies: copies[item.recording]?.count ?? 0, by: actor, writer) }
            }
        }
        return items.map { item in
            switch states[item.recording] {
            case .destroying, .destroyed, .transferred:
                Outcome(item: item, kind: item.kind == .transfer ? .transferred : .destroyed, reason: nil)
            case .stored, .incomplete, nil:
                Outcome(item: item, kind: .saved, reason: Verdict.Obstacle.held.rawValue)
            }
        }
    }

    private nonisolated func end(
        _ item: DestructionItem,
        copies: Int,
        by actor: Actor,
        _ writer: CatalogueWriter
    ) throws {
        let series = rules.current.schedule[item.series]?.rule ?? item.series
        let rule = item.kind == .withdraw ? "withdrawn (\(series))" : series
        guard let intent = try writer.reader.lastEntry(on: item.recording, action: Self.intent)?.seq else {
            throw ArchiveError(
                .storage,
                "recording \(item.recording) is being destroyed without an entry of intent"
            )
        }
        let label = try writer.reader.recording(item.recording)?.visibility.label
        var details = ["list": item.list.description, "intent": String(intent), "copies": String(copies)]
        details["title-until"] = try writer.reader.tombstoneTitle(of: item.recording).map { Timestamp.text($0.expires) }
        try writer.markDestroyed(item, at: clock.now, intent: intent, rule: rule)
        try log.append(
            to: writer,
            actor: actor,
            action: item.kind == .transfer ? "transfer.done" : "destruction.done",
            object: item.recording.description,
            label: label,
            details: details
        )
    }

    /// Deletes the keys of those recordings that are still being destroyed; a hold has saved the others.
    ///
    /// Two databases, and one order (DESIGN.md invariant 8): the keys are deleted while the catalogue's one writer is here, so
    /// that a hold comes either before, and the state is no longer *destroying*, or after, and finds no key. The state alone is
    /// asked, not the holds: what was committed when the intent was acknowledged had none, and a hold that came since has
    /// changed the state in its own transaction, even where another that releases it shares this commit. Should the commit
    /// fail after the keys are gone, the state is still *destroying*, and the next run goes on from there.
    private func destroyKeys(of recordings: [RecordingID]) async throws -> [RecordingID: RecordingRow.State] {
        try await catalogue.write { [vault] writer in
            let states = try recordings.reduce(into: [:]) { $0[$1] = try writer.reader.recording($1)?.state }
            try vault.destroyKeysAndCopies(of: recordings.filter { states[$0] == .destroying })
            return states
        }
    }
}
