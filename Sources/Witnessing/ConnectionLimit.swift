import ArchiveCore
import NIOCore
import Synchronization

/// How many connections one network may have at once, so that one peer cannot take all that a witness has.
final class ConnectionLimit: Sendable {
    private let most: Int
    private let counts = Mutex<[String: Int]>([:])

    init(most: Int) { self.most = most }

    /// Counts a connection from `network`; false where that has as many as it may, and then it is not counted.
    func enter(_ network: String) -> Bool {
        counts.withLock { counts in
            guard counts[network, default: 0] < most else { return false }
            counts[network, default: 0] += 1
            return true
        }
    }

    /// A connection that was counted has ended.
    func leave(_ network: String) {
        counts.withLock { counts in
            let rest = counts[network, default: 0] - 1
            counts[network] = rest > 0 ? rest : nil
        }
    }

    /// Cuts one connection at once where its network has too many.
    final class Gate: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = Any

        private let limit: ConnectionLimit
        private var network: String?

        init(_ limit: ConnectionLimit) { self.limit = limit }

        func handlerAdded(context: ChannelHandlerContext) {
            if context.channel.isActive { enter(context) }
        }

        func channelActive(context: ChannelHandlerContext) {
            context.fireChannelActive()
            enter(context)
        }

        func channelInactive(context: ChannelHandlerContext) {
            leave()
            context.fireChannelInactive()
        }

        func handlerRemoved(context: ChannelHandlerContext) { leave() }

        private func enter(_ context: ChannelHandlerContext) {
            guard network == nil else { return }
            let network = NetworkAddress.network(of: context.remoteAddress?.ipAddress ?? "")
            guard limit.enter(network) else { return context.close(promise: nil) }
            self.network = network
        }

        private func leave() {
            if let network { limit.leave(network) }
            network = nil
        }
    }
}
