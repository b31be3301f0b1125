import ArchiveCore
import OggOpus
import Synchronization

/// The uploads in memory: one session for each at most, brought to where storage is before anybody feeds it, and only so
/// many that nobody feeds.
final class UploadSessions: Sendable {
    private struct Entry {
        /// Tells a session from another of the same upload that came before it.
        let number: Int
        let task: Task<UploadSession, any Error>
    }

    private struct State {
        var entries: [UploadID: Entry] = [:]
        /// Those of the entries that have been brought to where storage is.
        var open: [UploadID: UploadSession] = [:]
        var opened = 0
        var oneShots: Set<UploadID> = []
        /// Those that nobody feeds, the longest idle first.
        var resting: [Resting] = []
    }

    private struct Resting {
        let session: UploadSession
        /// The right that its last feeder had.
        let lease: UploadSession.Lease
        let since: ContinuousClock.Instant
    }

    /// So many that nobody feeds are kept, however long that is.
    static let idleLimit = 64

    /// More than these that nobody feeds are not kept; they are resumed from storage, which reads all of them again.
    private let restingLimit: Int
    /// A live recorder comes back every few seconds. Who did not for this long has to wait for its upload to be read again,
    /// where more than ``idleLimit`` rest.
    private let idleTime: Duration

    init(restingLimit: Int, idleTime: Duration) {
        self.restingLimit = restingLimit
        self.idleTime = idleTime
    }

    private let state = Mutex(State())

    /// How many uploads are in memory.
    var count: Int { state.withLock(\.entries.count) }

    /// The session of an upload and the right to feed it; whoever had that before hears so at their next bytes.
    ///
    /// - Parameter open: makes a session of this number, at the state that storage has then.
    func take(
        _ upload: UploadID,
        opening open: @escaping @Sendable (_ number: Int) async throws -> UploadSession
    ) async throws -> (UploadSession, UploadSession.Lease) {
        while true {
            let entry = state.withLock { $0.entries[upload] ?? Self.add(upload, to: &$0, opening: open) }
            let session: UploadSession
            do {
                session = try await entry.task.value
            } catch {
                remove(upload, number: entry.number)
                throw error
            }
            if let lease = await session.takeOver() {
                state.withLock { state in state.resting.removeAll { $0.session === session } }
                return (session, lease)
            }
            // It ended between the look and the taking: the next one starts from storage.
            remove(upload, number: entry.number)
        }
    }

    /// As ``take(_:opening:)``, if nobody feeds the upload; nil where somebody does, or has come before us.
    func takeIdle(
        _ upload: UploadID,
        opening open: @escaping @Sendable (_ number: Int) async throws -> UploadSession
    ) async throws -> (UploadSession, UploadSession.Lease)? {
        let found = state.withLock { state -> (entry: Entry, lease: UploadSession.Lease?)? in
            guard let known = state.entries[upload] else { return (Self.add(upload, to: &state, opening: open), nil) }
            guard let resting = state.resting.first(where: { $0.session.upload == upload }) else { return nil }
            return (known, resting.lease)
        }
        guard let found else { return nil }
        do {
            let session = try await found.entry.task.value
            guard let lease = await session.takeOver(after: found.lease) else { return nil }
            state.withLock { state in state.resting.removeAll { $0.session === session } }
            return (session, lease)
        } catch {
            remove(upload, number: found.entry.number)
            throw error
        }
    }

    private static func add(
        _ upload: UploadID,
        to state: inout State,
        opening open: @escaping @Sendable (_ number: Int) async throws -> UploadSession
    ) -> Entry {
        state.opened += 1
        let number = state.opened
        // Not of the request that happens to be first: others may wait for it when that is gone.
        let entry = Entry(number: number, task: Task { try await open(number) })
        state.entries[upload] = entry
        return entry
    }

    /// Notes a stream in one shot, which nobody else can take up, until ``endOneShot(_:)``.
    func beginOneShot(_ upload: UploadID) { state.withLock { _ = $0.oneShots.insert(upload) } }

    /// The request that brought it is over.
    func endOneShot(_ upload: UploadID) { state.withLock { _ = $0.oneShots.remove(upload) } }

    /// Notes that `session` is where storage is, before anybody else may change that.
    func opened(_ session: UploadSession) {
        state.withLock { state in
            if state.entries[session.upload]?.number == session.number { state.open[session.upload] = session }
        }
    }

    /// Ends the session of an upload, if it has one that is open: whoever feeds it hears so.
    func endOpen(_ upload: UploadID) async {
        if let session = state.withLock({ $0.open[upload] }) { await end(session) }
    }

    /// What was heard so far of an upload whose session is open.
    func progress(of upload: UploadID) async -> (seconds: Double, tags: Tags?)? {
        await state.withLock { $0.open[upload] }?.progress
    }

    /// Whether somebody feeds an upload just now.
    func isFed(_ upload: UploadID) -> Bool {
        state.withLock { state in
            state.oneShots.contains(upload)
                || (state.entries[upload] != nil && !state.resting.contains { $0.session.upload == upload })
        }
    }

    /// Nobody feeds `session` for now. It stays in memory unless too many do, and then the longest idle ones go.
    func rest(_ session: UploadSession, _ lease: UploadSession.Lease) async {
        // Whoever has taken it meanwhile feeds it.
        guard await session.isHeld(by: lease) else { return }
        let now = ContinuousClock.now
        let evicted = state.withLock { state -> [Resting] in
            if let known = state.resting.firstIndex(where: { $0.session === session }) {
                state.resting.remove(at: known)
            }
            state.resting.append(Resting(session: session, lease: lease, since: now))
            let idle = state.resting.prefix(max(0, state.resting.count - Self.idleLimit))
                .prefix { now - $0.since >= idleTime }
            let evicted = state.resting.prefix(max(idle.count, state.resting.count - restingLimit))
            state.resting.removeFirst(evicted.count)
            return Array(evicted)
        }
        // Not if somebody has taken it since.
        for one in evicted where await one.session.giveUp(one.lease) { drop(one.session) }
    }

    /// Ends a session for good: whoever comes next starts from what storage really has.
    func end(_ session: UploadSession) async {
        await session.end()
        drop(session)
    }

    /// Forgets an upload that has ended in the catalogue: nobody can take it up again.
    func forget(_ upload: UploadID) {
        state.withLock { state in
            state.entries[upload] = nil
            state.open[upload] = nil
            state.resting.removeAll { $0.session.upload == upload }
        }
    }

    private func drop(_ session: UploadSession) { remove(session.upload, number: session.number) }

    private func remove(_ upload: UploadID, number: Int) {
        state.withLock { state in
            if state.entries[upload]?.number == number {
                state.entries[upload] = nil
                state.open[upload] = nil
            }
            state.resting.removeAll { $0.session.upload == upload && $0.session.number == number }
        }
    }
}
