import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Cuts a connection that has not got its next answer within a limit: one that is idle, that dribbles head or body, or
/// that does not take what it asked for. A witness answers anybody, so nobody may keep it waiting.
final class RequestDeadline: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limit: TimeAmount
    private var cut: Scheduled<Void>?

    init(_ limit: TimeAmount) { self.limit = limit }

    func handlerAdded(context: ChannelHandlerContext) { start(context) }

    func handlerRemoved(context: ChannelHandlerContext) { cut?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        cut?.cancel()
        context.fireChannelInactive()
    }

    private func start(_ context: ChannelHandlerContext) {
        cut?.cancel()
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        cut = context.eventLoop.scheduleTask(in: limit) { bound.value.close(promise: nil) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        let promise = promise ?? context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        // When the answer has gone to the socket: one that stays here is one that the peer does not take.
        promise.futureResult.whenSuccess { bound.value.0.start(bound.value.1) }
        context.write(data, promise: promise)
    }
}
