import ArchiveCore
import BlobStore
import Catalogue
import Foundation
import Vault

extension Ingest {
    func makeSession(_ upload: UploadID, _ recording: RecordingID, number: Int = 0) -> UploadSession {
        UploadSession(
            upload: upload,
            number: number,
            recording: recording,
            vault: vault,
            blobs: blobs,
            place: place,
            maximumLength: limits.maximumLength
        )
    }

    /// The session of an upload and the right to feed it; resumed from storage where it is not in memory.
    ///
    /// An upload whose bytes turn out, as they are read back, never to become a recording is put aside.
    func take(_ row: UploadRow, by caller: Caller) async throws -> (UploadSession, UploadSession.Lease) {
        try await keepingWhatFails(row, caller) { try await sessions.take(row.id, opening: opening(row)) }
    }

    /// As ``take(_:by:)``, if nobody feeds the upload; nil where somebody does.
    func takeIdle(_ row: UploadRow, by caller: Caller) async throws -> (UploadSession, UploadSession.Lease)? {
        try await keepingWhatFails(row, caller) { try await sessions.takeIdle(row.id, opening: opening(row)) }
    }

    private func opening(_ row: UploadRow) -> @Sendable (Int) async throws -> UploadSession {
        { number in
            // Not while what lies there is being closed.
            try await self.becoming.holding([Self.turn(row.id)]) {
                // Read here: what the caller has seen may be older than what another request has done since.
                guard let current = try await self.catalogue.read({ try $0.upload(row.id) }),
                    current.state == .receiving
                else { throw ArchiveError(.conflict, "this upload has ended", hint: "ask where it stands") }
                let session = self.makeSession(row.id, row.recording, number: number)
                try await session.resume(acknowledged: current.durable)
                self.sessions.opened(session)
                return session
            }
        }
    }

    private func keepingWhatFails<Value: Sendable>(
        _ row: UploadRow,
        _ caller: Caller,
        _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch let error as ArchiveError where [.badRecording, .badEncryption, .tooLarge].contains(error.code) {
            let kept = try await toTheEnd { try await self.keep(row, because: error, by: caller) }
            throw kept.map { Self.naming($0, in: error) } ?? error
        }
    }

    /// The key under which one at a time brings an upload to where storage is, or ends it there.
    static func turn(_ upload: UploadID) -> Data { Data(upload.description.utf8) }

    /// Makes what came durable, notes it, and returns the offset that may be told.
    func acknowledge(_ session: UploadSession) async throws -> Int {
        do {
            let (offset, payload) = try await session.sync()
            let now = clock.now
            try await catalogue.write { try $0.setDurable(payload, offset: offset, of: session.upload, at: now) }
            return offset
        } catch {
            // What the session takes for written may not be.
            await sessions.end(session)
            throw error
        }
    }
}
