internal import ArchiveCore
public import ArchiveInterface
public import Auditing
internal import AsyncHTTPClient
public import Foundation
internal import NIOHTTP1
public import TransparencyLog

/// The log of an archive over HTTP: C2SP tlog-tiles below `/v1/audit`.
public struct ArchiveLog: LogSource {
    let client: ArchiveClient

    /// See `LogSource`.
    public func checkpoint() async throws -> Data { try await again { try await client.checkpoint() } }

    /// See `LogSource`.
    public func bundle(_ tile: Tile) async throws -> Data { try await file(tile.bundlePath) }

    /// See `LogSource`.
    public func tile(_ tile: Tile) async throws -> Data { try await file(tile.path) }

    private func file(_ path: String) async throws -> Data {
        try await again {
            let request = HTTPClientRequest(.GET, client.server.url("/v1/audit/\(path)"))
            let response = try await client.transport.send(request)
            guard response.status == .ok else { throw await client.transport.problem(of: response) }
            return try await client.transport.wholeBody(of: response, url: request.url)
        }
    }

    /// A log of a million entries is four thousand requests: one that is lost is sent again.
    private func again(_ body: () async throws -> Data) async throws -> Data {
        var interruptions = 0
        while true {
            do {
                return try await body()
            } catch let error as ArchiveError where error.code == .unreachable {
                interruptions += 1
                // Where nothing answered yet, whoever waits is told at once.
                guard interruptions < Self.most else { throw error }
                try await client.retries.pause(after: interruptions, of: error)
            }
        }
    }

    private static let most = 3
}

extension ArchiveClient {
    /// The log, for a `LogCopy`.
    public var log: ArchiveLog { ArchiveLog(client: self) }

    /// `GET /v1/audit/origins`: the names and keys that the log has had, as the archive says.
    public func logOrigins() async throws -> [LogOrigin] {
        try await get(LogOriginList.self, "/v1/audit/origins").origins
    }
}
