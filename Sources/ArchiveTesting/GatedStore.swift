public import ArchiveCore
public import BlobStore
import Dispatch
import Foundation
import Synchronization

/// A real store in which a test can keep who reads a transcript waiting, and do something meanwhile.
public final class GatedStore: BlobStore {
    private let base: any BlobStore
    private let next = Mutex<Gate?>(nil)

    /// What `base` has, behind no gate yet.
    public init(over base: any BlobStore) { self.base = base }

    /// Who next reads a transcript stands at this gate before they get it.
    public func gateBeforeNextTranscript() -> Gate {
        let gate = Gate()
        next.withLock { $0 = gate }
        return gate
    }

    /// See `BlobStore`.
    public func read(_ key: BlobKey) throws(ArchiveError) -> (any BlobReader)? {
        if case .companion(_, .transcript) = key { next.withLock { $0.take() }?.pass() }
        return try base.read(key)
    }

    /// See `BlobStore`.
    public func append(to key: BlobKey) throws(ArchiveError) -> any BlobWriter { try base.append(to: key) }
    /// See `BlobStore`.
    public func length(of key: BlobKey) throws(ArchiveError) -> Int? { try base.length(of: key) }
    /// See `BlobStore`.
    public func commit(_ key: BlobKey, as recording: RecordingID) throws(ArchiveError) {
        try base.commit(key, as: recording)
    }
    /// See `BlobStore`.
    public func keep(_ key: BlobKey, of recording: RecordingID, as companion: Companion) throws(ArchiveError) {
        try base.keep(key, of: recording, as: companion)
    }
    /// See `BlobStore`.
    public func quarantine(_ upload: UploadID, named recording: RecordingID) throws(ArchiveError) {
        try base.quarantine(upload, named: recording)
    }
    /// See `BlobStore`.
    public func remove(_ keys: [BlobKey]) throws(ArchiveError) { try base.remove(keys) }
    /// See `BlobStore`.
    public func incoming() throws(ArchiveError) -> [UploadID] { try base.incoming() }
    /// See `BlobStore`.
    public func quarantined() throws(ArchiveError) -> [UploadID] { try base.quarantined() }
    /// See `BlobStore`.
    public func release(_ upload: UploadID) throws(ArchiveError) { try base.release(upload) }
    /// See `BlobStore`.
    public func removeUnfinished() throws(ArchiveError) { try base.removeUnfinished() }
    /// See `BlobStore`.
    public func recordings(beginningWith prefix: String) throws(ArchiveError) -> [RecordingID: Int] {
        try base.recordings(beginningWith: prefix)
    }
    /// See `BlobStore`.
    public func companions(of recording: RecordingID) throws(ArchiveError) -> [Companion] {
        try base.companions(of: recording)
    }
    /// See `BlobStore`.
    public func companions(beginningWith prefix: String) throws(ArchiveError) -> [RecordingID: [Companion: Int]] {
        try base.companions(beginningWith: prefix)
    }
    /// See `BlobStore`.
    public func strays() throws(ArchiveError) -> [String] { try base.strays() }
    /// See `BlobStore`.
    public func available() throws(ArchiveError) -> Int { try base.available() }
}

extension GatedStore {
    /// Where one thread waits until the test lets it go.
    public final class Gate: Sendable {
        private struct State {
            var isReached = false
            var waiting: CheckedContinuation<Void, Never>?
        }

        private let state = Mutex(State())
        private let opened = DispatchSemaphore(value: 0)

        /// Waits until somebody stands at it.
        public func reached() async {
            await withCheckedContinuation { continuation in
                let isReached = state.withLock { state in
                    if !state.isReached { state.waiting = continuation }
                    return state.isReached
                }
                if isReached { continuation.resume() }
            }
        }

        /// Lets go whoever stands at it, or comes.
        public func open() { opened.signal() }

        fileprivate func pass() {
            let waiting = state.withLock { state in
                state.isReached = true
                return state.waiting.take()
            }
            waiting?.resume()
            opened.wait()
        }
    }
}

/// Runs each job on a thread of its own, so that one that waits at a gate keeps no other from running.
public final class ThreadExecutor: TaskExecutor {
    /// An executor without threads yet.
    public init() {}

    /// See `TaskExecutor`.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        Thread.detachNewThread { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
