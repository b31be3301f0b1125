public import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
internal import NIOHTTP1

extension ArchiveClient {
    /// The recording that was made of the file with this digest, as far as the caller may see; the newest of several.
    ///
    /// It is asked for again while that may help, as an upload is sent again.
    ///
    /// - Throws: `refused` for who may not look for recordings.
    public func recording(madeOf source: SourceDigest) async throws -> RecordingReport? {
        let filter = RecordingFilter(source: source, state: .stored)
        return try await persistently { try await recordings(filter, limit: 1).recordings.first }
    }

    /// `POST /v1/originals`: what the archive states of the files that up to 100 recordings were made of. What it has not read since
    /// it was stored it reads first, which may take half a minute.
    public func originals(of recordings: [RecordingID]) async throws -> SignedOriginals {
        let url = server.url("/v1/originals")
        return try await persistently {
            let request = try HTTPClientRequest(.POST, url, json: OriginalsBody(recordings: recordings))
            return try await transport.answer(SignedOriginals.self, to: request, expecting: 200)
        }
    }

    /// Asks until the archive answers, or the attempts are spent.
    private func persistently<Answer: Sendable>(_ ask: () async throws -> Answer) async throws -> Answer {
        var interruptions = 0
        while true {
            do {
                return try await ask()
            } catch let error as ArchiveError where error.isPassing {
                interruptions += 1
                try await retries.pause(after: interruptions, of: error)
            }
        }
    }
}
