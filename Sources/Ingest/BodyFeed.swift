import ArchiveCore
import BlobStore
import Foundation

/// Brings a request's body to its session in batches: a network hands out a few KiB at a time, and entering the session
/// for each costs more than working on them. One batch is worked on while the next is gathered; no more are held.
struct BodyFeed: Sendable {
    private static let batchLength = 256 << 10

    let session: UploadSession
    let lease: UploadSession.Lease
    /// Bytes that the upload may still take, where its length is known.
    let room: Int?
    /// What its sender and the disk allow.
    let allowance: Allowance

    /// Feeds all of `body`. When that throws, what came before has reached the session.
    func feed<Body: AsyncSequence>(_ body: Body) async throws where Body.Element: ContiguousBytes & Sendable {
        // Room for what a live recorder brings in one request: thousands of them are under way at once.
        var batch: [UInt8] = []
        batch.reserveCapacity(32 << 10)
        var received = 0
        var work: Task<Void, any Error>?
        do {
            for try await piece in body {
                piece.withUnsafeBytes { batch.append(contentsOf: $0) }
                guard batch.count >= Self.batchLength else { continue }
                received += batch.count
                try await work?.value
                try await check(received)
                work = start(batch)
                batch = Self.emptyBatch()
            }
        } catch {
            // An error of the work itself comes out of here; one of the connection leaves a last batch worth keeping.
            try await work?.value
            if !(error is ArchiveError), room.map({ received + batch.count <= $0 }) ?? true {
                try await session.receive(batch, lease)
            }
            throw error
        }
        try await work?.value
        try await check(received + batch.count)
        try await session.receive(batch, lease)
    }

    /// Feeds all of `body` once it has come and is what `checksum` says; until then nothing of it reaches the session.
    func feed<Body: AsyncSequence>(
        _ body: Body,
        awaiting checksum: Checksum,
        in blobs: any BlobStore
    ) async throws where Body.Element: ContiguousBytes & Sendable {
        let chunk = try AwaitedChunk(
            of: session.upload,
            request: lease.number,
            after: await session.headerCutter,
            algorithm: checksum.algorithm,
            in: blobs
        )
        for try await piece in body {
            try piece.withUnsafeBytes { try chunk.take($0) }
            try await check(chunk.length)
        }
        try await chunk.deliver(checksum) { try await session.receive($0, lease) }
    }

    private static func emptyBatch() -> [UInt8] {
        var batch: [UInt8] = []
        // A piece more than a batch fits without growing.
        batch.reserveCapacity(batchLength + (64 << 10))
        return batch
    }

    private func start(_ batch: [UInt8]) -> Task<Void, any Error> {
        Task { try await session.receive(batch, lease) }
    }

    private func check(_ received: Int) async throws {
        try await allowance.check(received)
        guard let room, received > room else { return }
        throw ArchiveError(.badRequest, "more bytes than Upload-Length announced", offset: Int64(room))
    }
}
