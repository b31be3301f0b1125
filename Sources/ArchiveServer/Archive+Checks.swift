import ArchiveConfiguration
import ArchiveCore
import ArchiveInterface
import Catalogue
import Foundation
import Preservation

/// Is what was received still there?
extension Archive {
    func checkStorage(by actor: Actor) async throws -> StorageCheckReport {
        StorageCheckReport(try await preservation.check(by: actor))
    }

    func checkContents(_ request: ContentsCheckRequest, by actor: Actor) async throws -> ContentsCheckReport {
        let check = try await preservation.checkContents(
            from: request.step,
            for: .seconds(max(0, min(request.seconds, 60))),
            rate: request.rate,
            by: actor
        )
        return ContentsCheckReport(
            faults: check.faults.map(StorageFaultReport.init),
            omitted: check.omitted,
            next: check.next,
            steps: ContentsCheck.steps
        )
    }

    func uncheckedPayloads(since time: Date) async throws -> UncheckedPayloads {
        let totals = try await catalogue.read { try $0.uncheckedTotals(since: time) }
        return UncheckedPayloads(recordings: totals.recordings, bytes: totals.bytes)
    }

    func checkPayloads(_ request: PayloadCheckRequest, by actor: Actor) async throws -> PayloadCheckReport {
        let check = try await preservation.checkPayloads(
            uncheckedSince: min(request.since, clock.now),
            for: .seconds(max(0, min(request.seconds, 60))),
            rate: request.rate,
            by: actor
        )
        return PayloadCheckReport(
            recordings: check.recordings,
            bytes: check.bytes,
            faults: check.faults.map(StorageFaultReport.init)
        )
    }

    /// What the service reads by itself, at the pace that risalah.yaml allows.
    ///
    /// - Returns: what is damaged.
    func checkPayloadsOnSchedule(for period: Duration) async throws -> [StorageFault] {
        guard let checks = settings.checks else { return [] }
        let now = clock.now
        let since = now.addingTimeInterval(-checks.interval.seconds(from: now))
        let check = try await preservation.checkPayloads(
            uncheckedSince: since,
            for: period,
            rate: checks.rate,
            by: .service
        )
        return check.faults
    }
}

/// How far the service is in reading what is no payload; a start begins anew.
struct ContentsRound: Sendable {
    fileprivate var step = 0
    /// When the next one begins; nil where the log was not asked yet.
    fileprivate var due: Date?
}

extension Archive {
    /// Reads, as often as each payload and at that pace, everything but payloads, some of it at a time.
    ///
    /// - Returns: what is damaged.
    func checkContentsOnSchedule(_ round: inout ContentsRound, for period: Duration) async throws -> [StorageFault] {
        guard let checks = settings.checks else { return [] }
        let now = clock.now
        let due: Date
        if let known = round.due { due = known } else { due = try await nextContentsCheck(checks, now) }
        round.due = due
        guard due <= now else { return [] }
        let check = try await preservation.checkContents(
            from: round.step,
            for: period,
            rate: checks.rate,
            by: .service
        )
        round.step = check.next ?? 0
        if check.next == nil { round.due = checks.interval.date(after: clock.now, in: settings.timeZone) }
        return check.faults
    }

    /// An interval after the last whole one; the first comes an interval after the archive was made.
    private func nextContentsCheck(_ checks: PayloadCheckSchedule, _ now: Date) async throws -> Date {
        let since = now.addingTimeInterval(-checks.interval.seconds(from: now))
        let last = try await preservation.contentsChecked(since: since)
        let made = try await catalogue.read { try $0.entries(EntryFilter(), limit: 1).first }
        guard let begin = last ?? made.flatMap({ LogEntry(leaf: $0.leaf)?.time }) else { return now }
        return checks.interval.date(after: begin, in: settings.timeZone)
    }
}

extension StorageCheckReport {
    fileprivate init(_ check: StorageCheck) {
        self.init(
            recordings: check.recordings,
            bytes: check.bytes,
            entries: check.entries,
            faults: check.faults.map(StorageFaultReport.init),
            omitted: check.omitted
        )
    }
}

extension StorageFaultReport {
    init(_ fault: StorageFault) {
        self.init(
            fault: fault.kind.rawValue,
            object: fault.object,
            message: fault.message,
            lost: fault.lostSeconds,
            repaired: fault.isRepaired
        )
    }
}
