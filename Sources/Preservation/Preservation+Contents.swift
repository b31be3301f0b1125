public import ArchiveCore
import AuditLog
import Catalogue
public import Foundation
import Vault

/// What reading a part of Storage, payloads of recordings aside, found.
public struct ContentsCheck: Sendable {
    /// What is damaged, up to ``StorageCheck/limit``.
    public var faults: [StorageFault] { found.faults }
    /// Faults beyond those.
    public var omitted: Int { found.omitted }
    /// Where to go on, of ``steps``; nil where all was read.
    public fileprivate(set) var next: Int?
    fileprivate var found = StorageCheck()

    /// Steps from the beginning to the end of all.
    public static let steps = firstOfRecordings + RecordingID.prefixes.count

    /// What comes before the recordings: catalogue, vault, rows and texts of the archive's own, uploads, quarantine.
    fileprivate static let firstOfRecordings = 7
}

extension Preservation {
    /// Reads what ``check(by:)`` takes as it is, payloads of recordings aside: every page of the databases, every sealed row
    /// and text, and what is on its way in or in quarantine. It changes nothing.
    ///
    /// Of an upload only whole chunks can be told from others: of those that are acknowledged, a last part that is no chunk
    /// yet is found to be damaged when more comes. The pages of a database are one step, which SQLite takes at its own pace.
    ///
    /// - Parameters:
    ///   - step: where to begin, of ``ContentsCheck/steps``; 0 for all of it.
    ///   - period: after which no further step is begun.
    ///   - rate: bytes a second at most, one step at a time; nil for as fast as all processors can.
    public func checkContents(
        from step: Int,
        for period: Duration,
        rate: Int?,
        by actor: Actor
    ) async throws -> ContentsCheck {
        let end = ContinuousClock.now + period
        let pace = rate.map(Pace.init)
        var check = ContentsCheck()
        var step = max(0, step)
        repeat {
            if step < ContentsCheck.firstOfRecordings {
                check.found.add(try await own(step, pace))
                step += 1
            } else {
                let first = step - ContentsCheck.firstOfRecordings
                let prefixes = RecordingID.prefixes.dropFirst(first).prefix(rate == nil ? Self.prefixesAtOnce : 1)
                check.found.add(try await texts(ofRecordingsBeginningWith: Array(prefixes), pace))
                step += prefixes.count
            }
        } while step < ContentsCheck.steps && ContinuousClock.now < end
        if step < ContentsCheck.steps { check.next = step }
        try await note(check, by: actor)
        return check
    }

    /// When everything was last read that ``checkContents(from:for:rate:by:)`` reads, after `time`; nil where it was not.
    public func contentsChecked(since time: Date) async throws -> Date? {
        var filter = EntryFilter()
        filter.action = Self.checked
        filter.since = time
        filter.isNewestFirst = true
        while true {
            let entries = try await catalogue.read { [filter] in try $0.entries(filter, limit: Self.entriesAtOnce) }
            let leaves = entries.lazy.compactMap { LogEntry(leaf: $0.leaf) }
            if let found = leaves.first(where: { $0.details[Self.contents] == Self.whole }) { return found.time }
            guard let last = entries.last else { return nil }
            filter.before = last.seq
        }
    }

    /// The action of every check.
    static let checked = "storage.check"
    private static let contents = "contents"
    private static let whole = "true"
    private static let entriesAtOnce = 100
    private static let prefixesAtOnce = 32

    /// An entry at the end, and of each part before in which something was found.
    private func note(_ check: ContentsCheck, by actor: Actor) async throws {
        guard check.next == nil || !check.faults.isEmpty else { return }
        try await log.record(
            actor: actor,
            action: Self.checked,
            details: [
                Self.contents: check.next == nil ? Self.whole : "part",
                "faults": String(check.faults.count + check.omitted),
            ]
        )
    }

    private func own(_ step: Int, _ pace: Pace?) async throws -> StorageCheck {
        var check = StorageCheck()
        switch step {
        case 0: for fault in try await catalogue.faults() { check.add(.init(.database, layout.archiveDatabase, fault)) }
        case 1: for fault in try await vault.faults() { check.add(.init(.database, layout.vaultDatabase, fault)) }
        case 2: for fault in try await index.faults() { check.add(.init(.database, layout.indexDatabase, fault)) }
        case 3: check.add(try vault.damagedRows())
        case 4: check.add(try await ownTexts(pace))
        case 5: for fault in try await receivingPayloads(pace) { check.add(fault) }
        default: for fault in try await quarantinedPayloads(pace) { check.add(fault) }
        }
        return check
    }

    private func texts(ofRecordingsBeginningWith prefixes: [String], _ pace: Pace?) async throws -> StorageCheck {
        var check = StorageCheck()
        try await withThrowingTaskGroup(of: StorageCheck.self) { group in
            var waiting = prefixes.makeIterator()
            for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
                guard let prefix = waiting.next() else { break }
                group.addTask { try await texts(prefix, pace) }
            }
            while let part = try await group.next() {
                check.add(part)
                guard let prefix = waiting.next() else { continue }
                group.addTask { try await texts(prefix, pace) }
            }
        }
        return check
    }

    private func texts(_ prefix: String, _ pace: Pace?) async throws -> StorageCheck {
        var check = StorageCheck()
        check.add(try vault.damagedRows(ofRecordingsBeginningWith: prefix))
        for fault in try await recordingTexts(prefix, pace) { check.add(fault) }
        for fault in try await titles(prefix, pace) { check.add(fault) }
        return check
    }
}

extension StorageCheck {
    fileprivate mutating func add(_ rows: DamagedRows) {
        for row in rows.named { add(StorageFault(.keysDamaged, row, "the row does not open")) }
        omit(rows.omitted)
    }
}
