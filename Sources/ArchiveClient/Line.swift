internal import ArchiveCore
internal import Synchronization

/// The connections of one client. After a renewal new requests go out under the new certificate, and those under way
/// end under the old one.
final class Line: Sendable {
    private struct State {
        var credentials: Credentials
        /// The newest is last.
        var transports: [Transport]
    }

    private let state: Mutex<State>

    /// A line with `credentials`; nothing is sent yet.
    init(_ credentials: Credentials) throws(ArchiveError) {
        let transport = Transport(security: try TransportSecurity.enrolled(credentials))
        state = Mutex(State(credentials: credentials, transports: [transport]))
    }

    /// The transport for new requests.
    var transport: Transport { state.withLock { $0.transports[$0.transports.count - 1] } }

    /// What new requests are made with.
    var credentials: Credentials { state.withLock { $0.credentials } }

    /// Lets new requests go out with `credentials`.
    func renew(_ credentials: Credentials) throws(ArchiveError) {
        let transport = Transport(security: try TransportSecurity.enrolled(credentials))
        state.withLock { state in
            state.credentials = credentials
            state.transports.append(transport)
        }
    }

    /// Ends all connections.
    func close() async {
        for transport in state.withLock({ $0.transports }) { await transport.close() }
    }
}
