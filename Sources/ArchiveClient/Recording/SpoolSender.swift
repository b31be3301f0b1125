public import ArchiveCore
internal import ArchiveInterface
internal import Foundation

/// Sends a spooled recording, while it grows and after, until the archive has given its receipt.
public struct SpoolSender: Sendable {
    /// What happens on the way.
    public enum Event: Sendable {
        /// The archive cannot be reached, or does not take what it is sent; it is tried again.
        case interrupted(ArchiveError)
        /// It goes on.
        case resumed
    }

    /// The most bytes of one request: an interruption costs no more than what a request had.
    private static let largestRequest: Int64 = 8 << 20

    let entry: SpoolEntry
    /// Connects with what the home has now, so that a certificate that was renewed meanwhile is used.
    let connect: @Sendable () async throws -> ArchiveClient
    let retries: RetryPolicy
    let event: @Sendable (Event) -> Void

    /// A sender of `entry`; `retries` counts once no more comes, and until then it tries for ever.
    public init(
        _ entry: SpoolEntry,
        retries: RetryPolicy,
        connect: @escaping @Sendable () async throws -> ArchiveClient,
        event: @escaping @Sendable (Event) -> Void
    ) {
        self.entry = entry
        self.retries = retries
        self.connect = connect
        self.event = event
    }

    private struct Progress {
        var client: ArchiveClient?
        /// Where the archive stands; nil where that has to be asked.
        var offset: Int64?
        /// Interruptions in a row.
        var interruptions = 0
        /// Of them those since no more comes.
        var interruptionsAtEnd = 0
        var isNoticed = false
    }

    /// Sends, and returns the archive's receipt; the spool still has the recording then.
    ///
    /// - Throws: what the archive refuses it for; what interrupted it last, where the attempts were spent.
    public func run() async throws -> UploadReceipt {
        var progress = Progress()
        do {
            let receipt = try await run(&progress)
            await progress.client?.close()
            return receipt
        } catch {
            await progress.client?.close()
            throw error
        }
    }

    private func run(_ progress: inout Progress) async throws -> UploadReceipt {
        while true {
            do {
                if let receipt = try await step(&progress) { return receipt }
                progress.interruptions = 0
                progress.interruptionsAtEnd = 0
                if progress.isNoticed { event(.resumed) }
                progress.isNoticed = false
            } catch let error as ArchiveError {
                progress.offset = nil
                try await handle(error, &progress)
                try await wait(after: error, &progress)
            }
        }
    }

    /// One request that moves it forward; the receipt where that was the last.
    private func step(_ progress: inout Progress) async throws -> UploadReceipt? {
        if progress.client == nil { progress.client = try await connect() }
        guard let client = progress.client else { return nil }
        // A meeting can outlast a certificate. One that cannot be renewed yet still counts until its end.
        _ = try? await client.renewIfDue()
        if progress.offset == nil {
            if let url = entry.state.url {
                let standing = try await client.standing(of: url)
                if let receipt = standing.receipt {
                    if isAll(receipt, at: standing.offset) { return receipt }
                    return try beginAgain()
                }
                progress.offset = try accepted(standing.offset)
            } else {
                // An upload that was made, and whose answer was lost, is closed by the archive with nothing in it.
                let url = try await client.beginUpload(length: nil, metadata: entry.state.filing)
                try entry.update { $0.url = url }
                progress.offset = 0
            }
        }
        guard let offset = progress.offset, let url = entry.state.url else { return nil }
        let (durable, length) = try await entry.growth(beyond: offset)
        let end = min(max(durable, offset), offset + Self.largestRequest)
        let isLast = end == length
        let standing: UploadStanding
        do {
            standing = try await client.append(
                FileChunks(file: entry.file, range: offset..<end, progress: nil),
                to: url,
                length: isLast ? length : nil
            )
        } catch let error as ArchiveError where error.code == .gone {
            // It was closed while nothing came of us. What it has become is asked next.
            progress.offset = nil
            return nil
        }
        if let receipt = standing.receipt { return receipt }
        guard !isLast else {
            throw ArchiveError(.wrongOffset, "the archive took the bytes and did not say what became of them")
        }
        progress.offset = try accepted(standing.offset)
        return nil
    }

    /// Whether what the archive has made of it is made of all that is here and will be.
    private func isAll(_ receipt: UploadReceipt, at offset: Int64) -> Bool {
        guard receipt.state == .incomplete else { return true }
        return entry.hasEnded && offset >= entry.state.length ?? entry.written
    }

    /// The archive has closed the upload as far as it had come by then: all of it is sent anew, beside that.
    private func beginAgain() throws -> UploadReceipt? {
        guard entry.state.released == 0 else {
            throw ArchiveError(
                .gone,
                "the archive has closed this recording as incomplete, and the spool has released its beginning",
                hint: "what is left cannot become a recording of its own; what the archive has is listed there"
            )
        }
        try entry.update { $0.url = nil }
        return nil
    }

    /// Where the archive says that it stands, if that can be.
    private func accepted(_ offset: Int64) throws -> Int64 {
        let (state, written) = (entry.state, entry.written)
        guard offset >= state.released else {
            throw ArchiveError(
                .gone,
                "the archive has lost bytes that it had acknowledged, and the spool has released them",
                hint: "the archive stands at byte \(offset); ask its administrator"
            )
        }
        if offset > written {
            // A power loss took what the archive had got: nothing is missing, it only cannot grow here any more.
            guard state.length != nil else {
                throw ArchiveError(.wrongOffset, "the archive has \(offset) bytes, and the spool \(written)")
            }
            try entry.update { $0.length = offset }
        }
        try entry.acknowledge(offset)
        return offset
    }

    /// Lets `error` pass where the same may go well later, and notes it where it never will.
    private func handle(_ error: ArchiveError, _ progress: inout Progress) async throws {
        if error.code == .notFound, entry.state.url != nil, entry.state.released == 0 {
            // The archive has forgotten the upload; all of it is here still.
            return try entry.update { $0.url = nil }
        }
        if error.code == .unauthenticated, !entry.hasEnded {
            // The certificate may be renewed while the meeting goes on.
            await progress.client?.close()
            return progress.client = nil
        }
        guard !error.isPassing else { return }
        // A home that cannot be read, or whose certificate is over, is no word of the archive's on this recording.
        if error.code != .unauthenticated, error.code != .configuration {
            try entry.update { $0.refusal = error.code.rawValue }
        }
        throw error
    }

    private func wait(after error: ArchiveError, _ progress: inout Progress) async throws {
        progress.interruptions += 1
        if entry.hasEnded {
            progress.interruptionsAtEnd += 1
            guard progress.interruptionsAtEnd <= retries.attempts else { throw error }
        }
        // A connection that idled too long is no news; one that cannot be had again is.
        if progress.interruptions >= 2, !progress.isNoticed {
            progress.isNoticed = true
            event(.interrupted(error))
        }
        let attempt = entry.hasEnded ? progress.interruptionsAtEnd : progress.interruptions
        try await retries.sleep(retries.delay(after: attempt) * Double.random(in: 0.5...1))
    }
}
