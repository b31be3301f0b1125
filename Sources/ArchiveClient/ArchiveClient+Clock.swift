public import ArchiveInterface
internal import AsyncHTTPClient
public import Foundation
internal import NIOHTTP1

extension ArchiveClient {
    /// `GET /v1/clock`: the time by which things are destroyed.
    public func clock() async throws -> ClockReport {
        let request = HTTPClientRequest(url: server.url("/v1/clock"))
        return try await transport.answer(ClockReport.self, to: request, expecting: 200)
    }

    /// `POST /v1/clock/confirmations`: says what time it is.
    public func confirmClock(_ time: Date) async throws -> ClockReport {
        let request = try HTTPClientRequest(.POST, server.url("/v1/clock/confirmations"), json: ClockBody(time: time))
        return try await transport.answer(ClockReport.self, to: request, expecting: 200)
    }
}
