import Age
public import ArchiveCore
import AuditLog
import BlobStore
import Catalogue
public import Foundation
import OggOpus
import Vault

/// What reading payloads found.
public struct PayloadCheck: Sendable {
    /// Recordings that were read.
    public fileprivate(set) var recordings = 0
    /// Bytes of their payloads.
    public fileprivate(set) var bytes = 0
    /// Those that are damaged, each with what it costs.
    public fileprivate(set) var faults: [StorageFault] = []
}

extension Preservation {
    /// Reads payloads that were not read since `time`, the longest unread first: digests them anew and opens every chunk; and
    /// with each the transcripts and attachments of its recording.
    ///
    /// What was read is remembered after each handful of recordings, so that a check that ends goes on from there.
    ///
    /// - Parameters:
    ///   - period: after which no further recording is begun.
    ///   - rate: bytes a second at most, one recording at a time; nil for as fast as all processors can.
    /// - Returns: nothing read where everything was read since `time`.
    public func checkPayloads(
        uncheckedSince time: Date,
        for period: Duration,
        rate: Int?,
        by actor: Actor
    ) async throws -> PayloadCheck {
        let end = ContinuousClock.now + period
        let pace = rate.map(Pace.init)
        let readers = rate == nil ? ProcessInfo.processInfo.activeProcessorCount : 1
        var check = PayloadCheck()
        repeat {
            let handful = try await catalogue.read { try $0.payloads(uncheckedSince: time, limit: 8 * readers) }
            guard !handful.isEmpty else { break }
            let verdicts = try await verdicts(on: handful, readers: readers, until: end, pace)
            try await remember(verdicts, at: clock.now, by: actor)
            for verdict in verdicts {
                check.recordings += 1
                check.bytes += verdict.bytes
                if let fault = verdict.fault { check.faults.append(fault) }
                check.faults += verdict.companions.compactMap(\.fault)
            }
        } while ContinuousClock.now < end
        return check
    }

    /// Reads those of `recordings` that were not read since they were stored, one at a time, and remembers what was found.
    ///
    /// - Parameter period: after which no further recording is begun.
    /// - Returns: those that were read, or need not be.
    public func checkPayloads(
        unreadOf recordings: [RecordingID],
        for period: Duration,
        by actor: Actor
    ) async throws -> Set<RecordingID> {
        let end = ContinuousClock.now + period
        var unread = try await catalogue.read { try $0.payloads(unreadOf: recordings) }
        var read = Set(recordings).subtracting(unread.map(\.id))
        unread.reverse()
        while let payload = unread.popLast() {
            // Whoever asked for the same meanwhile may have read it.
            let still = try await catalogue.read { try $0.payloads(unreadOf: [payload.id]) }
            try await remember(verdicts(on: still, readers: 1, until: end, nil), at: clock.now, by: actor)
            read.insert(payload.id)
            guard ContinuousClock.now < end else { break }
        }
        return read
    }

    private struct Verdict {
        var payload: PayloadToCheck
        var bytes = 0
        var damagedChunks = 0
        var fault: StorageFault?
        /// Of what follows it.
        var companions: [CompanionVerdict] = []
    }

    private func verdicts(
        on payloads: [PayloadToCheck],
        readers: Int,
        until end: ContinuousClock.Instant,
        _ pace: Pace?
    ) async throws -> [Verdict] {
        try await withThrowingTaskGroup(of: Verdict?.self) { group in
            var waiting = payloads.makeIterator()
            for _ in 0..<readers {
                guard let payload = waiting.next() else { break }
                group.addTask { try await verdict(on: payload, pace) }
            }
            var verdicts: [Verdict] = []
            while let verdict = try await group.next() {
                if let verdict { verdicts.append(verdict) }
                guard ContinuousClock.now < end, let payload = waiting.next() else { continue }
                group.addTask { try await self.verdict(on: payload, pace) }
            }
            return verdicts
        }
    }

    /// What is to be said of one payload; nil where it is being destroyed.
    private func verdict(on payload: PayloadToCheck, _ pace: Pace?) async throws -> Verdict? {
        var verdict = Verdict(payload: payload)
        func damaged(_ kind: StorageFault.Kind, _ message: String) async throws -> Verdict? {
            // Destruction may have begun while it was read.
            guard try await catalogue.read({ try $0.recording(payload.id)?.state }).isKept else { return nil }
            verdict.damagedChunks = max(1, verdict.damagedChunks)
            verdict.fault = StorageFault(kind, payload.id, message)
            return verdict
        }
        let secrets: RecordingSecrets
        switch try vault.keys(of: payload.id) {
        case nil: return try await damaged(.keysMissing, "the vault has no keys of it")
        case .failure(let error): return try await damaged(.keysDamaged, "its keys do not open: \(error.message)")
        case .success(let found): secrets = found
        }
        verdict.companions = try await companionVerdicts(of: payload.id, under: secrets.seal, pace)
        guard let reader = try blobs.read(.recording(payload.id)) else {
            return try await damaged(.payloadMissing, "its payload of \(secrets.keys.length) bytes is not there")
        }
        let chunks = try await PayloadExamination(of: reader, with: secrets.keys).damagedChunks { count in
            verdict.bytes += count
            try await spend(count, pace)
        }
        guard !chunks.isEmpty else { return verdict }
        verdict.damagedChunks = chunks.count
        let layout = try PayloadLayout(payloadLength: secrets.keys.length)
        let lost = lostSeconds(with: chunks, of: layout, payload, secrets.seal)
        let share = "\(chunks.count) of \(layout.chunkCount) chunks do not open"
        let seconds = lost.map {
            "; at most \($0.formatted(.number.precision(.fractionLength(1)))) s of audio are lost"
        }
        var found = try await damaged(.payloadDamaged, share + (seconds ?? ""))
        found?.fault?.lostSeconds = lost
        return found
    }

    /// What the chunks cost; nil where the time index does not open.
    private func lostSeconds(
        with chunks: [Int],
        of layout: PayloadLayout,
        _ payload: PayloadToCheck,
        _ seal: RecordingSeal
    ) -> Double? {
        guard let sealed = payload.timeIndex,
            let opened = try? seal.open(sealed, field: DescribingFields.timeIndexField),
            let index = try? CanonicalJSON.decode(TimeIndex.self, from: opened)
        else { return nil }
        let ranges = chunks.compactMap { try? layout.plaintextRange(ofChunk: $0) }
        return index.seconds(
            lostWith: ranges.map { Int64($0.lowerBound)..<Int64($0.upperBound) },
            of: payload.duration
        )
    }

    /// Damage is an entry when it is found, and when it is gone; not each time that it is looked at.
    private func remember(_ verdicts: [Verdict], at now: Date, by actor: Actor) async throws {
        guard !verdicts.isEmpty else { return }
        try await catalogue.write { [self] writer in
            for verdict in verdicts {
                let id = verdict.payload.id
                try writer.setChecked(
                    id,
                    at: now,
                    damagedChunks: verdict.damagedChunks,
                    lostSeconds: verdict.fault?.lostSeconds
                )
                try remember(verdict.companions, of: id, writer, by: actor)
                guard verdict.damagedChunks != verdict.payload.damagedChunks else { continue }
                let isMended = verdict.damagedChunks == 0
                var details = ["chunks": String(verdict.damagedChunks)]
                if let fault = verdict.fault { details["fault"] = fault.kind.rawValue }
                if let lost = verdict.fault?.lostSeconds { details["lost"] = String(lost) }
                try log.append(
                    to: writer,
                    actor: actor,
                    action: isMended ? Self.mended : Self.damaged,
                    object: id.description,
                    details: details
                )
            }
        }
    }
}

extension RecordingRow.State? {
    /// Whether a recording in this state is to be kept.
    var isKept: Bool { self == .stored || self == .incomplete }
}
