public import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
internal import Foundation
internal import NIOHTTP1

/// Asks a running service of this host over its Unix socket; who asks is known to it by the kernel's word.
public struct AdminClient: Sendable {
    private let url: String
    private let transport: Transport

    /// A client for the socket at `path`; nothing is sent yet.
    ///
    /// - Throws: `configuration` where `path` cannot be one.
    public init(socket path: String) throws(ArchiveError) {
        guard let url = URL(httpURLWithSocketPath: path, uri: "/v1/administration") else {
            throw ArchiveError(.configuration, "\(path) cannot be the path of a socket")
        }
        self.url = url.absoluteString
        transport = Transport(security: nil)
    }

    /// `POST /v1/administration`.
    ///
    /// - Throws: what the service's problem document says; `unreachable` where no service listens.
    public func perform(_ request: AdministrationRequest) async throws -> AdministrationResponse {
        let request = try HTTPClientRequest(.POST, url, json: request)
        return try await transport.answer(AdministrationResponse.self, to: request, expecting: 200)
    }

    /// Ends all connections.
    public func close() async { await transport.close() }
}
