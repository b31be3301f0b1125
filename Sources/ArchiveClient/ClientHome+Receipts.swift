public import ArchiveCore
public import ArchiveInterface
internal import Auditing
internal import Foundation
internal import TransparencyLog

/// What came of the receipt of an opening.
public struct ReceivedReceipt: Sendable {
    /// Where it is kept; nil where there was none.
    public let path: String?
    /// The name of the log, where it is another than that of earlier receipts.
    public let newOrigin: String?
    /// Why it shows nothing; nil where it shows that the log has the opening.
    public let trouble: ArchiveError?
}

extension ClientHome {
    /// Keys of the log that receipts came with, a vkey a line, the first one first.
    var receiptKeysFile: String { "\(receiptsFolder)/keys" }

    /// Checks the receipt of an opening, and keeps it: as `ACCESS.json` where it shows that the log has the opening, as
    /// `ACCESS.refused-DIGEST.json` where it does not. What is there already stays.
    ///
    /// The key is the one in ``logKeyFile``, else that of the first receipt that ever came. Of another log the key that came
    /// with it is taken too, for an archive may have to go on under another origin after a restore; it is said.
    ///
    /// - Throws: what the file system throws; what is wrong with the receipt is in what it returns.
    public func take(
        _ receipt: AccessReceipt?,
        of access: AccessID,
        to recording: RecordingID,
        in files: some FileSystem = LocalFileSystem()
    ) throws -> ReceivedReceipt {
        guard let receipt else {
            let trouble = ArchiveError(.logMismatch, "the archive gave no receipt of access \(access)")
            return ReceivedReceipt(path: nil, newOrigin: nil, trouble: trouble)
        }
        try files.makeFolder(receiptsFolder, label: "receipt.folder")
        let evidence = AccessEvidence(receipt, of: access, to: recording)
        let bytes = try CanonicalJSON.encode(evidence) + Data("\n".utf8)
        let path = "\(receiptsFolder)/\(access).json"
        let (known, before) = (try knownLogKeys(files), try files.contents(path))
        switch Result(catching: { () throws(ArchiveError) in try key(of: evidence, known: known, before: before) }) {
        case .success(let key):
            if !known.contains(key) {
                let lines = try (keptKeys(files) + [key]).map { "\($0.vkey)\n" }.joined()
                try files.replace(receiptKeysFile, with: lines.utf8, label: "receipt.key")
            }
            if before == nil { try files.replace(path, with: bytes, label: "receipt.write") }
            let isNew = !known.isEmpty && !known.contains(key)
            return ReceivedReceipt(path: path, newOrigin: isNew ? key.name : nil, trouble: nil)
        case .failure(let error):
            let digest = TreeHash.leaf(bytes).data.prefix(4).map { String(Int($0) + 256, radix: 16).suffix(2) }.joined()
            let path = "\(receiptsFolder)/\(access).refused-\(digest).json"
            if try files.length(path) == nil { try files.replace(path, with: bytes, label: "receipt.refused") }
            let trouble = ArchiveError(.logMismatch, error.message, hint: "show \(path) to an auditor of this archive")
            return ReceivedReceipt(path: path, newOrigin: nil, trouble: trouble)
        }
    }

    /// The key that signed the receipt, and counts.
    ///
    /// - Parameter before: the receipt of this access that is kept, as it lies in its file.
    private func key(
        of evidence: AccessEvidence,
        known: [NoteVerifier],
        before: [UInt8]?
    ) throws(ArchiveError) -> NoteVerifier {
        guard let given = try? NoteVerifier(vkey: evidence.key) else {
            throw ArchiveError(.badMetadata, "the key that came with the receipt is none of a log")
        }
        guard known.contains(given) || !known.contains(where: { $0.name.utf8.elementsEqual(given.name.utf8) }) else {
            throw ArchiveError(
                .logMismatch,
                "the receipt came with another key of the log \(given.name) than is known here"
            )
        }
        let shown = try evidence.verified(by: [given])
        // One access is opened by one entry.
        guard let before, let kept = try? CanonicalJSON.decode(AccessEvidence.self, from: Data(before)),
            let first = try? kept.verified(by: [given]), first.entry != shown.entry
        else { return given }
        throw ArchiveError(
            .logMismatch,
            "the receipt is for entry \(shown.entry.seq), and access \(evidence.access) was opened by entry "
                + "\(first.entry.seq) before"
        )
    }

    private func knownLogKeys(_ files: some FileSystem) throws(ArchiveError) -> [NoteVerifier] {
        let own = try files.contents(logKeyFile).map { bytes throws(ArchiveError) in
            try Self.keys(bytes, in: logKeyFile)
        }
        return try (own ?? []) + keptKeys(files)
    }

    private func keptKeys(_ files: some FileSystem) throws(ArchiveError) -> [NoteVerifier] {
        try Self.keys(files.contents(receiptKeysFile) ?? [], in: receiptKeysFile)
    }

    private static func keys(_ bytes: [UInt8], in path: String) throws(ArchiveError) -> [NoteVerifier] {
        var found: [NoteVerifier] = []
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            do {
                found.append(try NoteVerifier(vkey: String(line)))
            } catch {
                throw ArchiveError(.configuration, "\(path) has no key of a log: \(error.message)")
            }
        }
        return found
    }
}
