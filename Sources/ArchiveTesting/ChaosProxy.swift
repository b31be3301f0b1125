import NIOCore
import NIOPosix
import Synchronization

/// A TCP proxy on the loopback that does to connections what bad networks do: it cuts, resets, delays, halves and corrupts
/// them, by a plan that follows from its seed.
///
/// The n-th connection always gets the n-th plan. Which of them a client makes when is up to the client.
public final class ChaosProxy: Sendable {
    /// What becomes of connections.
    public enum Mode: Sendable {
        /// Each has its plan.
        case chaos
        /// Everything passes.
        case passing
        /// None lives.
        case refusing
    }

    private struct State {
        var mode: Mode
        var generator: SeededGenerator
        var open: [ObjectIdentifier: any Channel] = [:]
        var met: [ChaosPlan.Fate: Int] = [:]
        var accepted = 0
    }

    /// What the plans follow from; say it where a test fails.
    public let seed: UInt64
    private let target: Int
    private let state: Mutex<State>
    private let listener = Mutex<(any Channel)?>(nil)

    /// Where it listens on 127.0.0.1.
    public var port: Int { listener.withLock { $0?.localAddress?.port } ?? 0 }
    /// How many connections it has taken.
    public var accepted: Int { state.withLock(\.accepted) }
    /// How often each fate has come to pass.
    public var met: [ChaosPlan.Fate: Int] { state.withLock(\.met) }

    private init(to target: Int, seed: UInt64, mode: Mode) {
        self.target = target
        self.seed = seed
        state = Mutex(State(mode: mode, generator: SeededGenerator(seed: seed)))
    }

    /// A proxy to port `target` of 127.0.0.1, which listens until ``close()``.
    public static func start(
        to target: Int,
        seed: UInt64 = .random(in: .min ... .max),
        mode: Mode = .chaos
    ) async throws -> ChaosProxy {
        let proxy = ChaosProxy(to: target, seed: seed, mode: mode)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { client in proxy.take(client) }
            .bind(host: "127.0.0.1", port: 0).get()
        proxy.listener.withLock { $0 = channel }
        return proxy
    }

    /// From now on new connections fare as `mode` says; `refusing` ends those that are open, too.
    public func set(_ mode: Mode) {
        let open = state.withLock { state -> [any Channel] in
            state.mode = mode
            return mode == .refusing ? Array(state.open.values) : []
        }
        for channel in open { channel.close(promise: nil) }
    }

    /// Ends all connections and listens no more.
    public func close() async {
        set(.refusing)
        // It fails only when it is closed already.
        try? await listener.withLock { $0 }?.close()
    }

    private func take(_ client: any Channel) -> EventLoopFuture<Void> {
        let plan = state.withLock { state -> ChaosPlan? in
            // Drawn in every mode, so that the mode does not move the plans of later connections.
            let plan = ChaosPlan(using: &state.generator, number: state.accepted)
            state.accepted += 1
            guard state.mode != .refusing else { return nil }
            state.open[ObjectIdentifier(client)] = client
            return state.mode == .passing ? ChaosPlan.passing : plan
        }
        guard let plan else { return client.eventLoop.makeFailedFuture(ChannelError.eof) }
        client.closeFuture.whenComplete { _ in
            self.state.withLock { _ = $0.open.removeValue(forKey: ObjectIdentifier(client)) }
        }
        return ClientBootstrap(group: client.eventLoop)
            .channelOption(.autoRead, value: false)
            .connect(host: "127.0.0.1", port: target)
            .flatMapThrowing { server in
                let connection = ChaosConnection(plan, client: client, server: server) { fate in
                    self.state.withLock { $0.met[fate, default: 0] += 1 }
                }
                try client.pipeline.syncOperations.addHandler(ChaosRelay(connection, isClient: true))
                try server.pipeline.syncOperations.addHandler(ChaosRelay(connection, isClient: false))
                server.read()
            }
    }
}
