public import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
internal import NIOHTTP1

extension ArchiveClient {
    /// `PATCH /v1/recordings/{id}/record`: corrects what a recording is filed under.
    public func correct(_ id: RecordingID, _ correction: Correction) async throws -> CorrectionReport {
        let request = try HTTPClientRequest(.PATCH, server.url("/v1/recordings/\(id)/record"), json: correction)
        return try await transport.answer(CorrectionReport.self, to: request, expecting: 200)
    }

    /// `POST /v1/corrections`: corrects recordings, all of them or none; up to 1,000.
    public func correct(_ body: CorrectionsBody) async throws -> CorrectionsAnswer {
        let request = try HTTPClientRequest(.POST, server.url("/v1/corrections"), json: body)
        return try await transport.answer(CorrectionsAnswer.self, to: request, expecting: 200)
    }
}
