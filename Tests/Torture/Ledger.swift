import ArchiveCore
import ArchiveInterface
import Auditing
import Foundation
import Synchronization

/// What the archive has acknowledged, and what it was asked for: what it may be held to after a crash.
///
/// What was asked and not answered may have come about or not. What may come about is noted before it is asked, what has
/// come about when the answer is there.
final class Ledger: Sendable {
    /// A recording that the archive has given a receipt for.
    struct Recording: Sendable {
        /// SHA-256 of its Ogg Opus stream.
        var digest: Data
        var series: String
        /// Whether a list may have destroyed it by now.
        var isDoomed: Bool
        /// Whether it was seen to be destroyed.
        var isGone = false
        /// Whether it was opened since the last crash.
        var isOpened = false
        /// Holds that were acknowledged, and of which nobody asked the release.
        var holds: Set<HoldID> = []
        /// The newest title that was acknowledged, and its revision.
        var title: String
        var revision = 1
        /// Titles that were sent and not answered, with the revision that they were to follow.
        var asked: [(title: String, after: Int)] = []
        /// Revisions of its transcript that were acknowledged, from 0 on.
        var transcripts = 0
        /// Names of attachments that were acknowledged.
        var attachments: Set<String> = []
        var level = "biasa"
        var askedLevels: Set<String> = []
    }

    /// An upload that goes on after a crash.
    struct Upload: Sendable {
        /// Where it is, whatever address the server has.
        var path: String
        var sealed: [UInt8]
        var digest: Data
        var series: String
        var title: String
        /// The offset that was acknowledged.
        var offset: Int64 = 0
        var isBusy = true
    }

    /// A backup that was made to its end.
    struct Backup: Sendable {
        var taken: Date
    }

    private struct State {
        var recordings: [RecordingID: Recording] = [:]
        var uploads: [String: Upload] = [:]
        var checkpoints: [Data] = []
        var receipts: [AccessEvidence] = []
        var origins: [String] = []
        var backups: [Backup] = []
        var backupBegan: Int?
        var titles = 0
    }

    private let state = Mutex(State())

    var recordings: [RecordingID: Recording] { state.withLock(\.recordings) }
    var uploads: [Upload] { state.withLock { $0.uploads.values.sorted { $0.path < $1.path } } }
    var backups: [Backup] { state.withLock(\.backups) }
    var origins: [String] { state.withLock(\.origins) }

    func newTitle() -> String {
        state.withLock { state in
            state.titles += 1
            return "Rapat \(state.titles)"
        }
    }

    func change(_ id: RecordingID, _ body: (inout Recording) -> Void) {
        state.withLock { state in
            guard var recording = state.recordings[id] else { return }
            body(&recording)
            state.recordings[id] = recording
        }
    }

    func add(_ id: RecordingID, digest: Data, series: String, title: String) {
        state.withLock { state in
            let recording = Recording(
                digest: digest,
                series: series,
                // What nobody has to approve is destroyed whenever somebody runs what is due.
                isDoomed: series == Scene.unapproved,
                title: title
            )
            // Its title may have been changed before whoever sent it heard of it.
            if state.recordings[id] == nil { state.recordings[id] = recording }
        }
    }

    // MARK: Uploads

    func begin(_ upload: Upload) { state.withLock { $0.uploads[upload.path] = upload } }

    /// An upload that nobody works at, for the caller alone until ``release(_:)``.
    func claim(_ chance: inout some RandomNumberGenerator) -> Upload? {
        let number = UInt64.random(in: .min ... .max, using: &chance)
        return state.withLock { state in
            let free = state.uploads.values.filter { !$0.isBusy }.sorted { $0.path < $1.path }
            guard !free.isEmpty else { return nil }
            let chosen = free[Int(number % UInt64(free.count))]
            state.uploads[chosen.path]?.isBusy = true
            return chosen
        }
    }

    func release(_ path: String) { state.withLock { $0.uploads[path]?.isBusy = false } }
    func releaseAll() {
        state.withLock { state in for path in state.uploads.keys { state.uploads[path]?.isBusy = false } }
    }

    func acknowledge(_ path: String, offset: Int64) {
        state.withLock { state in
            guard let known = state.uploads[path]?.offset, known < offset else { return }
            state.uploads[path]?.offset = offset
        }
    }

    func finish(_ upload: Upload, as id: RecordingID) {
        add(id, digest: upload.digest, series: upload.series, title: upload.title)
        state.withLock { $0.uploads[upload.path] = nil }
    }

    // MARK: Log, backups

    func keep(checkpoint: Data) { state.withLock { $0.checkpoints.append(checkpoint) } }
    /// An origin that the log was said to have from now on.
    func keep(origin: String) { state.withLock { $0.origins.append(origin) } }
    func keep(receipt: AccessEvidence) { state.withLock { $0.receipts.append(receipt) } }
    func keep(backup: Backup) { state.withLock { $0.backups.append(backup) } }

    /// Whether a backup may begin now: not twice within a second, which is how exactly one is named when it is restored.
    func mayBackUp(at time: Date) -> Bool {
        let second = Int(time.timeIntervalSince1970)
        return state.withLock { state in
            defer { state.backupBegan = second }
            return state.backupBegan.map { $0 < second } ?? true
        }
    }

    /// What was handed out and not yet compared with the log; forgotten here, for a copy of the log that has it remembers.
    func takeEvidence() -> (checkpoints: [Data], receipts: [AccessEvidence]) {
        state.withLock { state in
            defer { (state.checkpoints, state.receipts) = ([], []) }
            return (state.checkpoints, state.receipts)
        }
    }
}
