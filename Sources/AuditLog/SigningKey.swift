import Synchronization
import TransparencyLog

/// The key that signs the log now, which another may follow while it is written.
final class SigningKey: Sendable {
    private struct State {
        var signer: NoteSigner
        /// The origin that begins just now.
        var next: String?
    }

    private let state: Mutex<State>

    /// A key that signs.
    init(_ signer: NoteSigner) { state = Mutex(State(signer: signer)) }

    /// The key that signs.
    var signer: NoteSigner { state.withLock { $0.signer } }

    /// Whether checkpoints of this origin may be met with.
    func mayHaveSigned(as origin: String) -> Bool {
        state.withLock { state in
            state.signer.name.utf8.elementsEqual(origin.utf8) || state.next?.utf8.elementsEqual(origin.utf8) == true
        }
    }

    /// Says that checkpoints of this origin may be met with from now on; nil where none came of it.
    func announce(_ origin: String?) { state.withLock { $0.next = origin } }

    /// Signs with `signer` from now on.
    func use(_ signer: NoteSigner) { state.withLock { $0 = State(signer: signer) } }
}
