import ArchiveConfiguration
import ArchiveCore
import AuditLog
import Foundation
import Hummingbird
import HummingbirdCore
import Ingest
public import Logging
import NIOCore
import NIOPosix
import Retention
import Retrieval
import ServiceLifecycle
import Synchronization
import UnixSignals

/// An open archive that serves: people over TLS, health questions on their own address, users of the host on a socket.
public struct ArchiveService: Sendable {
    /// Where a service listens, once it does.
    public struct Addresses: Sendable {
        /// `https://HOST:PORT`.
        public let archive: String
        /// `http://HOST:PORT`, where there is one.
        public let health: String?
    }

    private let archive: Archive
    private let logger: Logger

    /// A service over `archive`.
    public init(_ archive: Archive, logger: Logger) {
        self.archive = archive
        self.logger = logger
    }

    /// Serves until SIGTERM or SIGINT, drains, and closes the archive.
    ///
    /// At SIGHUP it loads policy.yaml and retention.yaml anew (``Archive/reloadRules()``).
    ///
    /// - Parameters:
    ///   - reloaded: called with what came of each SIGHUP.
    ///   - ready: called once, when every address is bound.
    public func run(
        reloaded: @escaping @Sendable (RuleReload) -> Void = { _ in },
        ready: @escaping @Sendable (Addresses) -> Void
    ) async throws {
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        let bound = BoundPorts(expecting: archive.settings.health == nil ? 2 : 3, ready)
        // A socket file left by a crash would be in the way; the lock says that nobody listens on it.
        try LocalFileSystem().remove(archive.layout.socket, label: "socket.remove")
        var services: [any Service] = [try archiveApplication(bound), administrationApplication(bound)]
        if let health = archive.settings.health { services.append(healthApplication(health, bound)) }
        for authority in archive.authorities.all { authority.revoked?.report() }
        try await archive.witnesses.restore()
        services.append(Housekeeping(archive: archive, logger: logger))
        if !archive.settings.log.witnesses.isEmpty {
            let seconds = archive.settings.log.publishEvery.seconds(from: archive.clock.now)
            services.append(Publication(rounds: archive.witnesses, interval: .seconds(seconds)))
        }
        if let transcription = archive.settings.transcription {
            services.append(ArchiveTranscriber(archive: archive, settings: transcription, logger: logger))
        }
        services.append(Reloading(archive: archive, signals: hangups, logger: logger, report: reloaded))
        let configuration = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        var group = configuration
        group.maximumGracefulShutdownDuration = .seconds(30)
        try await archive.log.record(
            actor: .service,
            action: "service.start",
            details: [
                "solo": String(archive.isSolo), "policy": archive.digests.policy,
                "schedule": archive.digests.schedule, "settings": archive.settingsDigest,
            ]
        )
        try await ServiceGroup(configuration: group).run()
        // Before an entry of now hides a step from the next start.
        try await archive.lookAtClock()
        try await archive.recordRefusals(all: true)
        try await archive.log.record(actor: .service, action: "service.stop")
        try LocalFileSystem().remove(archive.layout.socket, label: "socket.remove")
    }

    private func archiveApplication(_ bound: BoundPorts) throws -> some ApplicationProtocol {
        let stall = TimeAmount.seconds(Int64(archive.settings.stallLimit.seconds(from: archive.clock.now)))
        let settings = archive.settings
        try archive.loadTLS()
        let http = HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                ConnectionGuard(stallLimit: stall) { [archive] in archive.noteUnknown($0, "handshake") }
            ],
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 80 << 10,
                maxHeaderListSize: 96 << 10,
                maxHeaderFieldCount: 100
            )
        )
        return Application(
            router: archive.router(),
            server: HTTPServerBuilder { [tls = archive.tls] responder in
                ChangingTLSChannel(base: HTTP1Channel(responder: responder, configuration: http), tls: tls)
            },
            configuration: .init(address: .hostname(settings.host, port: settings.port), serverName: nil),
            onServerRunning: { channel in
                bound.set(.archive, "https://\(Self.authority(settings.host, channel))")
            },
            logger: logger
        )
    }

    private func healthApplication(
        _ address: (host: String, port: Int),
        _ bound: BoundPorts
    ) -> some ApplicationProtocol {
        Application(
            router: archive.healthRouter(),
            configuration: .init(address: .hostname(address.host, port: address.port), serverName: nil),
            onServerRunning: { channel in
                bound.set(.health, "http://\(Self.authority(address.host, channel))")
            },
            logger: logger
        )
    }

    private func administrationApplication(_ bound: BoundPorts) -> some ApplicationProtocol {
        Application(
            router: archive.administrationRouter { bound.address(.archive) },
            configuration: .init(address: .unixDomainSocket(path: archive.layout.socket), serverName: nil),
            onServerRunning: { _ in bound.set(.administration, "") },
            logger: logger
        )
    }

    private static func authority(_ host: String, _ channel: any Channel) -> String {
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(name):\(channel.localAddress?.port ?? 0)"
    }
}

/// Collects the addresses as they are bound, and says once when all are.
private final class BoundPorts: Sendable {
    enum Kind { case archive, health, administration }

    private let addresses = Mutex<[Kind: String]>([:])
    private let expected: Int
    private let ready: @Sendable (ArchiveService.Addresses) -> Void

    init(expecting expected: Int, _ ready: @escaping @Sendable (ArchiveService.Addresses) -> Void) {
        self.expected = expected
        self.ready = ready
    }

    func address(_ kind: Kind) -> String? { addresses.withLock { $0[kind] } }

    func set(_ kind: Kind, _ address: String) {
        let complete = addresses.withLock { addresses in
            addresses[kind] = address
            return addresses.count == expected ? addresses : nil
        }
        guard let complete, let archive = complete[.archive] else { return }
        ready(ArchiveService.Addresses(archive: archive, health: complete[.health]))
    }
}
