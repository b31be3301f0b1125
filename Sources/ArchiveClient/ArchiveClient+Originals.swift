public import ArchiveCore
public import ArchiveInterface

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
