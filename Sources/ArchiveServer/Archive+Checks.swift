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

    func checkContents(by actor: Actor) async throws -> StorageCheckReport {
        StorageCheckReport(try await preservation.checkContents(by: actor))
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
