import AccessPolicy
import ArchiveCore
import AuditLog
import BlobStore
import Catalogue
import Foundation
import Vault

extension Retention {
    /// Reads everything again just before the recording's turn, and states the intent; a reason means that it is skipped.
    func begin(_ item: DestructionItem, by actor: Actor) async throws -> String? {
        let now = clock.now
        return try await catalogue.write { [log, rules, timeZone] writer in
            let reader = writer.reader
            // Somebody may have cancelled its list, or the run before may have come so far.
            guard try reader.item(item.recording, of: item.list)?.outcome == .frozen,
                let list = try reader.list(item.list), list.state == .frozen
            else { return "cancelled" }
            let recording = try reader.recording(item.recording)
            let facts = try recording.map {
                RetentionFacts(
                    $0,
                    isHeld: try reader.isHeld($0.id),
                    isOpen: try reader.isOpen($0.id, at: now)
                )
            }
            if let reason = Self.reasonToSkip(
                item,
                of: list,
                recording?.state,
                facts,
                rules.current.schedule,
                now,
                timeZone
            ) {
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
    }

    static let intent = "destruction.intent"

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

    /// Deletes keys and payload of a recording whose destruction has begun, and says so; or finds it saved.
    func finish(_ item: DestructionItem, by actor: Actor) async throws -> Outcome {
        // Copies of it that broke off on their way in, or wait in quarantine, have the same key: they go with it.
        let copies = try vault.copies(of: item.recording)
        if !copies.isEmpty {
            // First, for they are found by the key.
            try await catalogue.write { [clock] writer in
                guard try writer.reader.recording(item.recording)?.state == .destroying else { return }
                for copy in copies { try writer.endDestroyed(copy, at: clock.now) }
            }
        }
        try await keepTitle(of: item)
        guard try await destroyKeys(of: item.recording) else {
            return Outcome(item: item, kind: .saved, reason: Verdict.Obstacle.held.rawValue)
        }
        try blobs.remove(.recording(item.recording))
        for copy in copies {
            try blobs.remove(.incoming(copy))
            try blobs.remove(.quarantined(copy))
        }
        let now = clock.now
        let series = schedule[item.series]?.rule ?? item.series
        let rule = item.kind == .withdraw ? "withdrawn (\(series))" : series
        try await catalogue.write { [log] writer in
            guard let intent = try writer.reader.lastEntry(on: item.recording, action: Self.intent) else {
                throw ArchiveError(
                    .storage,
                    "recording \(item.recording) is being destroyed without an entry of intent"
                )
            }
            let label = try writer.reader.recording(item.recording)?.visibility.label
            var details = [
                "list": item.list.description, "intent": String(intent), "copies": String(copies.count),
            ]
            let title = try writer.reader.tombstoneTitle(of: item.recording)
            details["title-until"] = title.map { Timestamp.text($0.expires) }
            try writer.markDestroyed(item, at: now, intent: intent, rule: rule)
            try log.append(
                to: writer,
                actor: actor,
                action: item.kind == .transfer ? "transfer.done" : "destruction.done",
                object: item.recording.description,
                label: label,
                details: details
            )
        }
        return Outcome(item: item, kind: item.kind == .transfer ? .transferred : .destroyed, reason: nil)
    }

    /// Deletes the keys of a recording that is still being destroyed; false where a hold has saved it.
    ///
    /// Two databases, and one order (DESIGN.md invariant 8): the keys are deleted while the catalogue's one writer is here, so
    /// that a hold comes either before, and the state is no longer *destroying*, or after, and finds no key. The state alone is
    /// asked, not the holds: what was committed when the intent was acknowledged had none, and a hold that came since has
    /// changed the state in its own transaction, even where another that releases it shares this commit. Should the commit
    /// fail after the keys are gone, the state is still *destroying*, and the next run goes on from there.
    private func destroyKeys(of recording: RecordingID) async throws -> Bool {
        try await catalogue.write { [vault] writer in
            guard try writer.reader.recording(recording)?.state == .destroying else { return false }
            try vault.destroyKeysAndCopies(of: recording)
            return true
        }
    }
}
