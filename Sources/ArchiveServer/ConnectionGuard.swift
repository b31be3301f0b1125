import HTTPTypes
import NIOCore
import NIOHTTPTypes
import NIOSSL
import Synchronization

/// Bounds what one connection may hold, and cuts it when it makes no progress (DESIGN.md invariant 14).
///
/// Bodies of answers go through ``OutboundBudget``: a writer waits until what it wrote before has gone to the socket, so
/// memory does not depend on how slowly a peer reads. A connection is closed when, for the whole of the limit, it has
/// neither brought ``minimumProgress`` bytes of a body it is sending although we were reading, nor taken any of what is
/// waiting for it, nor begun a request while none is being worked on.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Bytes of a body that count as progress within one limit: less than a fifth of the slowest speech codec's.
    static let minimumProgress = 4096

    /// How much an answer may have on its way to the socket.
    let budget = OutboundBudget()
    private let stallLimit: TimeAmount
    private var timer: RepeatedTask?
    private var isReceiving = false
    /// Whether bytes were asked for and none has come since: without that it is our disk that is slow, not the peer.
    private var isReading = false
    private var requests = 0
    private var received = 0
    private var written = 0

    private let refused: @Sendable (SocketAddress?) -> Void

    /// - Parameter refused: called for each connection whose handshake fails.
    init(stallLimit: TimeAmount, refused: @escaping @Sendable (SocketAddress?) -> Void = { _ in }) {
        self.stallLimit = stallLimit
        self.refused = refused
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A handshake fails once; whatever else goes wrong with TLS comes from a peer that has made one.
        if case .handshakeFailed? = error as? NIOSSLError { refused(context.remoteAddress) }
        context.fireErrorCaught(error)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleRepeatedTask(initialDelay: stallLimit, delay: stallLimit) { _ in
            handler.value.look(bound.value)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    private func stop() {
        timer?.cancel()
        timer = nil
        budget.close()
    }

    private func look(_ context: ChannelHandlerContext) {
        let isWriting = budget.inFlight > 0
        let stalled =
            (isReceiving && isReading && received < Self.minimumProgress && !isWriting && written == 0)
            || (isWriting && written == 0) || (requests == 0 && received == 0 && written == 0)
        received = 0
        written = 0
        if stalled { context.close(promise: nil) }
    }

    func read(context: ChannelHandlerContext) {
        isReading = true
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = false
        switch unwrapInboundIn(data) {
        case .head(let head):
            // RFC 9110 §10.1.1: a client that asked waits for this before it sends the body.
            if head.headerFields[.expect]?.lowercased() == "100-continue" {
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            }
            requests += 1
            isReceiving = true
            received += Self.minimumProgress
        case .body(let buffer): received += buffer.readableBytes
        case .end: isReceiving = false
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head: context.write(data, promise: promise)
        case .body(let buffer):
            let count = buffer.readableBytes
            let promise = promise ?? context.eventLoop.makePromise(of: Void.self)
            let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
            promise.futureResult.whenComplete { _ in
                handler.value.written += count
                handler.value.budget.release(count)
            }
            context.write(data, promise: promise)
        case .end:
            requests = max(0, requests - 1)
            written += 1
            context.write(data, promise: promise)
        }
    }
}

/// How many bytes of answers one connection may have between a writer and the socket.
///
/// Hummingbird's writer accepts buffers faster than back-pressure reaches it: a slow reader made it hold hundreds of
/// megabytes. So a delivery reserves here before it writes, and the handler releases when the bytes have left.
final class OutboundBudget: Sendable {
    /// Bytes on their way at most; enough to keep a fast peer busy.
    static let limit = 1 << 20

    private struct State {
        var inFlight = 0
        var isClosed = false
        var waiting: (count: Int, continuation: CheckedContinuation<Void, any Error>)?
    }

    private let state = Mutex(State())

    /// Bytes on their way.
    var inFlight: Int { state.withLock(\.inFlight) }

    /// Waits until `count` more bytes may be written. One writer at a time, as HTTP/1.1 has it.
    func reserve(_ count: Int) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome: Result<Void, any Error>? = state.withLock { state in
                    // Cancelled before there was anybody to tell.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.isClosed { return .failure(ChannelError.alreadyClosed) }
                    if state.inFlight == 0 || state.inFlight + count <= Self.limit {
                        state.inFlight += count
                        return .success(())
                    }
                    state.waiting = (count, continuation)
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            takeWaiting()?.resume(throwing: CancellationError())
        }
    }

    private func takeWaiting() -> CheckedContinuation<Void, any Error>? {
        state.withLock { state in
            defer { state.waiting = nil }
            return state.waiting?.continuation
        }
    }

    /// `count` bytes have left, or never will.
    func release(_ count: Int) {
        let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            // Answers that are not deliveries pass without having reserved.
            state.inFlight = max(0, state.inFlight - count)
            guard let waiting = state.waiting,
                state.inFlight == 0 || state.inFlight + waiting.count <= Self.limit
            else { return nil }
            state.inFlight += waiting.count
            state.waiting = nil
            return waiting.continuation
        }
        continuation?.resume()
    }

    /// The connection is gone: whoever waits is told.
    func close() {
        state.withLock { $0.isClosed = true }
        takeWaiting()?.resume(throwing: ChannelError.alreadyClosed)
    }
}
