internal import ArchiveClient
internal import ArchiveCore
internal import Crypto

/// What belongs to a recording beside its sound goes after it.
extension ImportRun {
    /// What would become of the attachments of `item`.
    func rehearsedAttachments(of item: ImportItem, _ source: SourceDigest) throws -> [ImportReport.Companion]? {
        guard options.takesAttachments, !item.attachments.isEmpty else { return nil }
        return try item.attachments.map { path in
            do {
                let digest = try Self.digest(of: open(path), named: FoundText.fileName(lastName(path)))
                return attachment(path, journal.hasAttached(digest, to: source) ? .skipped : .planned)
            } catch let error as ArchiveError {
                return attachment(path, .refused, error)
            }
        }
    }

    /// Sends what of the attachments of `item` the journal does not know.
    func attach(_ item: ImportItem, _ digest: SourceDigest, to recording: RecordingID) async throws
        -> [ImportReport.Companion]?
    {
        guard options.takesAttachments, !item.attachments.isEmpty else { return nil }
        var made: [ImportReport.Companion] = []
        for path in item.attachments {
            do {
                made.append(attachment(path, try await attach(path, digest, to: recording)))
            } catch let error as ArchiveError where error.concernsOne || error.code == .quotaSpent {
                made.append(attachment(path, .refused, error))
            }
        }
        return made
    }

    private func attach(
        _ path: String,
        _ source: SourceDigest,
        to recording: RecordingID
    ) async throws -> ImportReport.Outcome {
        let file = try open(path)
        // Its name in the archive says nothing of the folders here.
        let name = FoundText.fileName(lastName(path))
        let digest = try Self.digest(of: file, named: name)
        guard !journal.hasAttached(digest, to: source) else { return .skipped }
        let pieces = SourcePieces(file: file)
        _ = try await client.attach(pieces, length: Int64(file.bytes), named: name, to: recording)
        try journal.attach(digest, to: source, as: recording)
        return .stored
    }

    /// What the journal knows an attachment by: the archive keeps one again under another name.
    private static func digest(of file: SourceFile, named name: String) throws -> SourceDigest {
        SourceDigest(bytes: Array(SHA256.hash(data: Array("\(try file.digest()) \(name)".utf8))))
    }

    private func attachment(
        _ path: String,
        _ outcome: ImportReport.Outcome,
        _ error: ArchiveError? = nil
    ) -> ImportReport.Companion {
        ImportReport.Companion(
            path: plan.root.name(of: path),
            outcome: outcome,
            reason: error.map { ImportReason($0) }
        )
    }
}

/// A source as it is, in pieces; what changes while it is read ends it.
private struct SourcePieces: AsyncSequence, Sendable {
    let file: SourceFile

    struct AsyncIterator: AsyncIteratorProtocol {
        let file: SourceFile
        var offset = 0

        mutating func next() async throws -> [UInt8]? {
            guard offset < file.bytes else { return nil }
            let piece = try file.piece(at: offset)
            guard !piece.isEmpty else { throw file.changed }
            offset += piece.count
            return piece
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(file: file) }
}
