internal import ArchiveCore
internal import ArchiveInterface
internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

extension ArchiveClient {
    /// Sends `recording` by tus 1.0 and returns the archive's receipt.
    ///
    /// After a dropped connection, a 409 or a 5xx it asks where the archive stands and goes on from there: an offset
    /// that the archive names is durable (DESIGN.md invariant 1), so nothing is sent twice and nothing left out.
    ///
    /// - Parameter begun: told the URL of the upload before a byte is sent, by which ``settle(_:)`` finds out later what
    ///   became of it.
    /// - Throws: what the archive refuses it for; `unreachable` where the attempts were spent; what `begun` throws.
    public func upload(
        _ recording: SealedRecording,
        metadata: RecordingMetadata,
        begun: ((String) throws -> Void)? = nil,
        progress: TransferProgress? = nil
    ) async throws -> UploadReceipt {
        let url = try await createUpload(length: recording.length, metadata: metadata)
        try begun?(url)
        var offset: Int64 = 0
        var interruptions = 0
        while true {
            do {
                return try await send(recording, from: offset, to: url, progress: progress)
            } catch let error as ArchiveError where error.isPassing {
                interruptions += 1
                try await retries.pause(after: interruptions, of: error)
            }
            let status = try await standing(of: url, interruptions: &interruptions)
            if let receipt = status.receipt { return receipt }
            guard (0...recording.length).contains(status.offset), status.offset >= offset else {
                throw ArchiveError(.wrongOffset, "the archive lost bytes: it stands at \(status.offset)")
            }
            if status.offset > offset { interruptions = 0 }
            offset = status.offset
        }
    }

    /// What became of the upload at `url`, whose sender ended without learning it, and whose bytes are gone.
    ///
    /// - Returns: the receipt where the archive has all of it; nil where it has not, and will not: what came of it is
    ///   forgotten there.
    public func settle(_ url: String) async throws -> UploadReceipt? {
        var interruptions = 0
        // By its path, for the archive may have another name or port since.
        let url = try server.url(following: url)
        do {
            // The archive ends a request that is still feeding it before it answers, so that this is its last word.
            let receipt = try await standing(of: url, interruptions: &interruptions).receipt
            if let receipt { return receipt.state == .incomplete ? nil : receipt }
            try await endUpload(url)
            return nil
        } catch let error as ArchiveError where !error.isPassing && error.code != .unauthenticated {
            // It is not there any more, or became nothing.
            return nil
        }
    }

    /// ``beginUpload(length:metadata:)`` for a known length, tried again while that may help.
    private func createUpload(length: Int64, metadata: RecordingMetadata) async throws -> String {
        var interruptions = 0
        while true {
            do {
                return try await beginUpload(length: length, metadata: metadata)
            } catch let error as ArchiveError where error.isPassing {
                // An upload that was made, and whose answer was lost, expires by itself.
                interruptions += 1
                try await retries.pause(after: interruptions, of: error)
            }
        }
    }

    /// Sends everything from `offset` in one PATCH; also nothing at all, which asks for the outcome once more.
    private func send(
        _ recording: SealedRecording,
        from offset: Int64,
        to url: String,
        progress: TransferProgress?
    ) async throws -> UploadReceipt {
        let chunks = FileChunks(file: recording.file, range: offset..<recording.length, progress: progress)
        guard let receipt = try await append(chunks, to: url, length: nil).receipt else {
            throw ArchiveError(.wrongOffset, "the archive took the bytes and did not say what became of them")
        }
        return receipt
    }

    /// ``standing(of:)``, asked until the archive answers or the attempts are spent.
    private func standing(of url: String, interruptions: inout Int) async throws -> UploadStanding {
        while true {
            do {
                return try await standing(of: url)
            } catch let error as ArchiveError where error.isPassing {
                interruptions += 1
                try await retries.pause(after: interruptions, of: error)
            }
        }
    }
}
