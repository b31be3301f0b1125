import Glibc
import NIOCore

/// One connection through a ``ChaosProxy``: both of its sides, on one event loop, and what becomes of them.
final class ChaosConnection {
    private let plan: ChaosPlan
    private let client: any Channel
    private let server: any Channel
    private let report: (ChaosPlan.Fate) -> Void
    private var sent = 0
    private var answered = 0
    private var hasHappened = false

    init(_ plan: ChaosPlan, client: any Channel, server: any Channel, report: @escaping (ChaosPlan.Fate) -> Void) {
        self.plan = plan
        self.client = client
        self.server = server
        self.report = report
    }

    /// Passes `bytes` on from one side, or does not; `done` comes when more may be read.
    func pass(_ bytes: ByteBuffer, fromClient: Bool, done: @escaping () -> Void) {
        let before = plan.fate.isAboutAnswers ? answered : plan.fate.isAboutSent ? sent : sent + answered
        if fromClient { sent += bytes.readableBytes } else { answered += bytes.readableBytes }
        let concerned = plan.fate.isAboutAnswers ? !fromClient : plan.fate.isAboutSent ? fromClient : true
        let reached = concerned && plan.fate != .pass && before + bytes.readableBytes > plan.after
        if reached && !hasHappened {
            hasHappened = true
            report(plan.fate)
            happen(to: bytes, at: max(0, plan.after - before), fromClient, done)
        } else if hasHappened && plan.fate.halves && concerned {
            // The dead half: nobody hears it.
            done()
        } else {
            forward(bytes, fromClient, done)
        }
    }

    private func happen(to bytes: ByteBuffer, at place: Int, _ fromClient: Bool, _ done: @escaping () -> Void) {
        var bytes = bytes
        switch plan.fate {
        case .pass: forward(bytes, fromClient, done)
        case .cut, .reset:
            let first = bytes.readSlice(length: place) ?? ByteBuffer()
            let isReset = plan.fate == .reset
            forward(first, fromClient) { [self] in
                // With a linger of nothing, closing is a reset.
                if isReset { for side in [client, server] { resetAtClose(side) } }
                close()
            }
        case .deafServer, .deafClient:
            let bound = NIOLoopBound(self, eventLoop: client.eventLoop)
            client.eventLoop.scheduleTask(in: .milliseconds(plan.patience)) { bound.value.close() }
            done()
        case .corruptSent, .corruptAnswered:
            let index = bytes.readerIndex + min(place, bytes.readableBytes - 1)
            let byte = bytes.getInteger(at: index, as: UInt8.self) ?? 0
            bytes.setInteger(byte ^ 0x20, at: index)
            forward(bytes, fromClient, done)
        }
    }

    private func resetAtClose(_ side: any Channel) {
        (side as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenFailure { _ in }
    }

    private func forward(_ bytes: ByteBuffer, _ fromClient: Bool, _ done: @escaping () -> Void) {
        let side = fromClient ? server : client
        let bound = NIOLoopBound((side, bytes, done), eventLoop: side.eventLoop)
        let write: @Sendable () -> Void = {
            let (side, bytes, _) = bound.value
            // Read on when it has left: no more is held than one piece for each direction.
            side.writeAndFlush(bytes).whenComplete { _ in bound.value.2() }
        }
        guard plan.delay > 0 else { return write() }
        side.eventLoop.scheduleTask(in: .milliseconds(plan.delay), write)
    }

    /// Ends both sides.
    func close() {
        client.close(promise: nil)
        server.close(promise: nil)
    }
}

/// Hands what one side of a connection brings to the connection.
final class ChaosRelay: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let connection: ChaosConnection
    private let isClient: Bool

    init(_ connection: ChaosConnection, isClient: Bool) {
        self.connection = connection
        self.isClient = isClient
    }

    func channelActive(context: ChannelHandlerContext) {
        context.read()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        connection.pass(unwrapInboundIn(data), fromClient: isClient) { bound.value.read() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection.close()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Resets are what this is for.
        connection.close()
    }
}
