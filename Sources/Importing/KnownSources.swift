internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import Synchronization

/// What the archive has of sources that the journal knows nothing of: another machine may have sent them.
final class KnownSources: Sendable {
    private let client: ArchiveClient
    private let mayAsk = Mutex(true)

    init(_ client: ArchiveClient) { self.client = client }

    /// The recording that was made of `source`; nil where there is none that the caller may see, and for who only sends.
    func recording(madeOf source: SourceDigest) async throws -> RecordingReport? {
        guard mayAsk.withLock({ $0 }) else { return nil }
        do {
            return try await client.recording(madeOf: source)
        } catch let error as ArchiveError where error.code == .refused {
            mayAsk.withLock { $0 = false }
            return nil
        }
    }
}
