public import ArchiveCore
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
public import Logging
import NIOCore
import NIOFoundationCompat
import NIOPosix
public import NIOSSL
import ServiceLifecycle
import TransparencyLog

/// A witness on the network: `POST /add-checkpoint` (C2SP tlog-witness) and `GET /`, for anybody who reaches it.
public struct WitnessService: Sendable {
    /// Connections at once; logs ask once a minute.
    private static let connections = 64

    private let witness: Witness
    private let address: (host: String, port: Int)
    private let tls: TLSConfiguration?
    private let patience: TimeAmount
    private let limit: ConnectionLimit
    private let logger: Logger

    /// A service at `host` and `port`; port 0 lets the kernel choose.
    ///
    /// - Parameters:
    ///   - tls: certificate and key; nil for plain HTTP, where something before it speaks TLS.
    ///   - patience: how long a connection may take from one answer to the next.
    ///   - perNetwork: connections at once from one IPv4 address, or one IPv6 network `/64`.
    public init(
        _ witness: Witness,
        host: String,
        port: Int,
        tls: TLSConfiguration? = nil,
        patience: Duration = .seconds(30),
        perNetwork: Int = 8,
        logger: Logger
    ) {
        self.witness = witness
        address = (host, port)
        self.tls = tls
        self.patience = .nanoseconds(patience / .nanoseconds(1) > 0 ? Int64(patience / .nanoseconds(1)) : 0)
        limit = ConnectionLimit(most: perNetwork)
        self.logger = logger
    }

    /// TLS with the certificate chain and the private key in these PEM files.
    ///
    /// - Throws: `configuration` where they cannot be read.
    public static func tls(certificate: String, key: String) throws(ArchiveError) -> TLSConfiguration {
        do {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
            )
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            return configuration
        } catch {
            throw ArchiveError(
                .configuration,
                "the certificate \(certificate) or the key \(key) cannot be read: \(error)"
            )
        }
    }

    /// Serves until the task is cancelled, and drains.
    ///
    /// - Parameter ready: called once with the address, like `http://127.0.0.1:8070`, when it is bound.
    public func run(ready: @escaping @Sendable (String) -> Void) async throws {
        let scheme = tls == nil ? "http" : "https"
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        let base = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [ConnectionLimit.Gate(limit), RequestDeadline(patience)],
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 8 << 10,
                    maxHeaderListSize: 16 << 10,
                    maxHeaderFieldCount: 50
                )
            )
        )
        let application = Application(
            router: router(),
            server: try tls.map { try .tls(base, tlsConfiguration: $0) } ?? base,
            configuration: .init(
                address: .hostname(address.host, port: address.port),
                serverName: nil,
                availableConnectionsDelegate: .maximum(Self.connections, logger: logger)
            ),
            onServerRunning: { ready("\(scheme)://\(host):\($0.localAddress?.port ?? 0)") },
            logger: logger
        )
        var configuration = ServiceGroupConfiguration(services: [application], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(10)
        let group = ServiceGroup(configuration: configuration)
        // In a task of its own, so that cancelling drains instead of cutting.
        let run = Task { try await group.run() }
        try await withTaskCancellationHandler {
            try await run.value
        } onCancel: {
            Task { await group.triggerGracefulShutdown() }
        }
    }

    private struct Report: Encodable {
        struct Log: Encodable {
            var origin: String
            var size: Int
            var time: Date
        }
        var logs: [Log]
        var name: String
        var vkey: String
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        router.get("/") { [witness] _, _ in
            let report = Report(
                logs: witness.heads.map {
                    .init(origin: $0.origin, size: $0.size, time: Date(timeIntervalSince1970: Double($0.time)))
                },
                name: witness.verifier.name,
                vkey: witness.verifier.vkey
            )
            let body = try CanonicalJSON.encode(report) + Data("\n".utf8)
            return Response(
                status: .ok,
                headers: [.contentType: "application/json"],
                body: .init(byteBuffer: ByteBuffer(data: body))
            )
        }
        router.post("/add-checkpoint") { [self] request, _ in try await add(request) }
        return router
    }

    private func add(_ request: Request) async throws -> Response {
        // Throws 413 where the body is longer.
        let buffer = try await request.body.collect(upTo: AddCheckpoint.maximumByteCount)
        let body = Data(buffer: buffer)
        let answer: WitnessAnswer
        do {
            // Storing waits for the disk.
            answer = try await NIOThreadPool.singleton.runIfActive { [witness] in try witness.answer(body) }
        } catch {
            logger.error("add-checkpoint: \(error)")
            throw HTTPError(.internalServerError)
        }
        return Response(
            status: .init(code: answer.status),
            headers: [.contentType: answer.mediaType],
            body: .init(byteBuffer: ByteBuffer(string: answer.body))
        )
    }
}
