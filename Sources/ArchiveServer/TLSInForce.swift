import ArchiveCore
import HummingbirdCore
import Logging
import NIOCore
import NIOSSL
import Synchronization
import Vault
import X509

/// TLS as new connections are made with it: the server's certificate and the CAs of clients, which change while it serves.
/// Connections that are there stay as they were made.
final class TLSInForce: Sendable {
    private struct Made {
        let context: NIOSSLContext
        let verification: PeerVerification
    }

    private let made = Mutex<Made?>(nil)

    /// Takes up what the vault has now.
    func load(_ vault: Vault, _ authority: Authority, others: [Certificate]) throws {
        let fresh = Made(
            context: try NIOSSLContext(configuration: Self.configuration(vault, authority, others)),
            verification: PeerVerification(authorities: authority.trusted, others: others)
        )
        made.withLock { $0 = fresh }
    }

    /// What a connection that begins now is secured with.
    ///
    /// - Throws: `unexpected` before ``load(_:_:others:)``.
    func handler() throws -> NIOSSLServerHandler {
        guard let made = made.withLock({ $0 }) else { throw ArchiveError(.unexpected, "TLS was not set up") }
        return NIOSSLServerHandler(
            context: made.context,
            customVerificationCallback: { chain, promise in
                promise.completeWithTask { try await made.verification.verify(chain) }
            },
            configuration: .init()
        )
    }

    /// TLS 1.3 only. A client certificate is asked for and, where shown, must be of our CA or one that is named
    /// (``PeerVerification``); who shows none can only enrol.
    private static func configuration(
        _ vault: Vault,
        _ authority: Authority,
        _ others: [Certificate]
    ) throws -> TLSConfiguration {
        let (certificate, key) = try Authority.serverCredentials(vault: vault)
        // Who knows only the CA before ours finds by the last of these that it has signed ours.
        let chain = [certificate] + (authority.introduction.map { [$0] } ?? [])
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try chain.map { .certificate(try $0.forTLS()) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))
        )
        configuration.minimumTLSVersion = .tlsv13
        // Clients are told which CAs they can choose a certificate of.
        configuration.trustRoots = .certificates(try (authority.trusted + others).map { try $0.forTLS() })
        configuration.certificateVerification = .optionalVerification
        configuration.applicationProtocols = ["http/1.1"]
        return configuration
    }
}

extension Certificate {
    fileprivate func forTLS() throws -> NIOSSLCertificate { try NIOSSLCertificate(bytes: derBytes(), format: .der) }
}

/// HTTP over TLS as it is in force when a connection begins.
struct ChangingTLSChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let tls: TLSInForce

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(tls.handler())
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Base.Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}
