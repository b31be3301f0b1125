import Crypto
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SwiftASN1
import Synchronization
import X509

/// A request as the test's archive sees it: whole, or cut off by ``TestService/cut(_:)``.
struct TestRequest: Sendable {
    var method: HTTPMethod
    var path: String
    var query: [String: String]
    var headers: HTTPHeaders
    var body: [UInt8]
    /// Whether the client's certificate was shown and verified.
    var isEnrolled: Bool
}

/// An answer; with `dropAfter` the connection ends after so many bytes of its body.
struct TestReply: Sendable {
    var status: HTTPResponseStatus
    var headers: HTTPHeaders = [:]
    var body: [UInt8] = []
    var dropAfter: Int?
    /// The length announced, where it is not that of `body`: after HEAD.
    var length: Int?
}

/// What a test's archive does.
protocol TestService: Sendable {
    /// After how many bytes of the request's body the connection is to end; nil for never.
    func cut(_ head: HTTPRequestHead) -> Int?
    /// The answer; nil ends the connection without one. It is not sent after a cut.
    func answer(_ request: TestRequest) -> TestReply?
}

/// A small HTTP/1.1 server in this process, over TLS 1.3 or a Unix socket.
final class TestServer: Sendable {
    let port: Int
    private let channel: any Channel

    init(tls authority: TestAuthority, service: any TestService) async throws {
        let key = P256.Signing.PrivateKey()
        let leaf = try authority.issue(.init(key.publicKey), name: "server", address: [127, 0, 0, 1])
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [
                .certificate(
                    try NIOSSLCertificate(bytes: Array(try leaf.serializeAsPEM().pemString.utf8), format: .pem)
                )
            ],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.pemRepresentation.utf8), format: .pem))
        )
        configuration.minimumTLSVersion = .tlsv13
        configuration.certificateVerification = .optionalVerification
        configuration.trustRoots = .certificates([try NIOSSLCertificate(bytes: try authority.der, format: .der)])
        let context = try NIOSSLContext(configuration: configuration)
        channel = try await Self.bootstrap(service, context).bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    init(socket path: String, service: any TestService) async throws {
        channel = try await Self.bootstrap(service, nil).bind(unixDomainSocketPath: path).get()
        port = 0
    }

    func close() async throws { try await channel.close() }

    private static func bootstrap(_ service: any TestService, _ context: NIOSSLContext?) -> ServerBootstrap {
        ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(ChannelOptions.backlog, value: 16)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context { try pipeline.addHandler(NIOSSLServerHandler(context: context)) }
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    try pipeline.addHandler(TestHandler(service: service))
                }
            }
    }
}

private final class TestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let service: any TestService
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var limit: Int?

    init(service: any TestService) { self.service = service }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
            limit = service.cut(head)
        case .body(let buffer):
            guard head != nil else { return }
            body += buffer.readableBytesView
            guard let limit, body.count >= limit else { return }
            body.removeLast(body.count - limit)
            _ = service.answer(request(context))
            head = nil
            context.close(promise: nil)
        case .end:
            guard head != nil else { return }
            reply(service.answer(request(context)), context)
            head = nil
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func request(_ context: ChannelHandlerContext) -> TestRequest {
        let parts = URLComponents(string: head?.uri ?? "/")
        let tls = try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self)
        return TestRequest(
            method: head?.method ?? .GET,
            path: parts?.path ?? "/",
            query: Dictionary((parts?.queryItems ?? []).map { ($0.name, $0.value ?? "") }) { $1 },
            headers: head?.headers ?? [:],
            body: body,
            isEnrolled: tls?.peerCertificate != nil
        )
    }

    private func reply(_ reply: TestReply?, _ context: ChannelHandlerContext) {
        guard let reply else { return context.close(promise: nil) }
        var headers = reply.headers
        headers.replaceOrAdd(name: "Content-Length", value: String(reply.length ?? reply.body.count))
        if reply.status == .noContent { headers.remove(name: "Content-Length") }
        context.write(
            wrapOutboundOut(.head(.init(version: .http1_1, status: reply.status, headers: headers))),
            promise: nil
        )
        let body = reply.body.prefix(reply.dropAfter ?? reply.body.count)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        guard reply.dropAfter == nil else {
            context.flush()
            return context.close(promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
