internal import ArchiveClient
internal import ArchiveCore
internal import CommandShell
internal import Dispatch
internal import Synchronization

/// What signals do to a recording: the first ends it properly; a second one within three seconds, at a terminal, asks
/// whether it is to be abandoned; any other stops sending and leaves the spool.
final class RecordingEnd: Sendable {
    private static let soon: UInt64 = 3_000_000_000

    private struct State {
        var first: DispatchTime?
        var isAsking = false
        var isAbandoned = false
        /// Who waits for the answer.
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let recorder: Recorder
    private let desk: RecordingDesk
    private let state = Mutex(State())

    init(_ recorder: Recorder, desk: RecordingDesk) {
        self.recorder = recorder
        self.desk = desk
    }

    /// Whether a person has said that nothing of it is to be kept; waits for one who is being asked.
    func isAbandoned() async -> Bool {
        await withCheckedContinuation { continuation in
            let isAsking = state.withLock { state in
                if state.isAsking { state.waiting = continuation }
                return state.isAsking
            }
            if !isAsking { continuation.resume() }
        }
        return state.withLock { $0.isAbandoned }
    }

    /// A signal came.
    func signal(_ number: Int32) {
        let now = DispatchTime.now()
        enum Step { case stop, ask, leave, none }
        let step = state.withLock { state -> Step in
            guard let first = state.first else {
                state.first = now
                return .stop
            }
            guard !state.isAsking else { return .none }
            guard Console.notesAreSeen, now.uptimeNanoseconds - first.uptimeNanoseconds < Self.soon else {
                return .leave
            }
            state.isAsking = true
            return .ask
        }
        switch step {
        case .stop:
            recorder.stop()
            desk.tellEnding()
        case .leave: recorder.stopSending()
        // Elsewhere, since a person takes their time.
        case .ask: DispatchQueue.global().async { self.ask() }
        case .none: break
        }
    }

    private func ask() {
        let answer = desk.asking {
            Console.ask(
                localized(
                    "abandon this recording, and keep nothing of it? [y/N]",
                    id: "batalkan rekaman ini, tanpa menyimpan apa pun? [y/T]"
                )
            )
        }
        let isAbandoned = ["y", "yes", "ya"].contains(answer?.lowercased() ?? "")
        if isAbandoned { recorder.stopSending() }
        let waiting = state.withLock { state in
            state.isAsking = false
            state.isAbandoned = state.isAbandoned || isAbandoned
            return state.waiting
        }
        waiting?.resume()
    }
}
