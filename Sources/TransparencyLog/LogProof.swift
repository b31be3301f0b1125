public import Foundation

/// A proof that can be carried about: a signed checkpoint, and that the tree under it has a certain leaf (C2SP tlog-proof).
public struct LogProof: Sendable {
    /// The longest text that is read.
    public static let maximumByteCount = SignedNote.maximumByteCount + 2 * EntryBundle.maximumEntryLength

    private static let header = "c2sp.org/tlog-proof@v1"

    /// Opaque bytes that nothing vouches for; ours are the leaf.
    public let extra: Data?
    /// Where the leaf is, and how it leads to the root.
    public let inclusion: InclusionProof
    /// The checkpoint as its log, and whoever else, signed it.
    public let note: SignedNote

    /// A proof of these parts.
    ///
    /// - Throws: ``LogError/Code/malformedCheckpoint`` where the note is not a checkpoint; ``LogError/Code/treeSize`` where the
    ///   checkpoint is of another size than the proof.
    public init(extra: Data?, inclusion: InclusionProof, note: SignedNote) throws(LogError) {
        let checkpoint = try Checkpoint(parsing: note.text)
        guard checkpoint.size == inclusion.treeSize else {
            throw LogError(
                .treeSize,
                "the proof is for \(inclusion.treeSize) leaves, the checkpoint for \(checkpoint.size)"
            )
        }
        self.extra = extra
        self.inclusion = inclusion
        self.note = note
    }

    /// Reads ``text``.
    ///
    /// - Throws: ``LogError/Code/malformedProof``, or what is wrong with the note.
    public init(parsing text: String) throws(LogError) {
        guard text.utf8.count <= Self.maximumByteCount else {
            throw LogError(
                .tooLarge,
                "the proof has \(text.utf8.count) bytes, at most \(Self.maximumByteCount) are read"
            )
        }
        // C2SP tlog-proof, Format: the lines up to the first empty one, and the note verbatim after it.
        guard let end = text.utf8.firstRange(of: Array("\n\n".utf8)) else {
            throw LogError(.malformedProof, "no empty line separates the proof from the checkpoint")
        }
        var lines = text[..<end.lowerBound].utf8.split(separator: 0x0A, omittingEmptySubsequences: false)[...]
        guard let first = lines.popFirst(), first.elementsEqual(Self.header.utf8) else {
            throw LogError(.malformedProof, "line 1 is not \(Self.header)")
        }
        var extra: Data?
        if let line = lines.first, let value = Self.value(of: "extra", line) {
            guard let bytes = Base64.decode(value) else { throw LogError(.malformedProof, "extra is not base64") }
            extra = bytes
            lines.removeFirst()
        }
        guard let line = lines.popFirst(), let value = Self.value(of: "index", line),
            let index = Int(String(decoding: value, as: UTF8.self)), index >= 0,
            String(index).utf8.elementsEqual(value)
        else { throw LogError(.malformedProof, "there is no line with the index of the entry") }
        var hashes: [TreeHash] = []
        for line in lines {
            guard let bytes = Base64.decode(line), let hash = try? TreeHash(bytes: bytes), hashes.count < 64 else {
                throw LogError(.malformedProof, "hash \(hashes.count + 1) of the proof is not 32 bytes in base64")
            }
            hashes.append(hash)
        }
        let note = try SignedNote(parsing: String(text[end.upperBound...]))
        try self.init(
            extra: extra,
            inclusion: InclusionProof(
                leafIndex: index,
                treeSize: Checkpoint(parsing: note.text).size,
                hashes: hashes
            ),
            note: note
        )
    }

    /// The proof as it is kept, in files that end with `.tlog-proof`.
    public var text: String {
        var lines = [Self.header]
        if let extra { lines.append("extra \(Base64.encode(extra))") }
        lines.append("index \(inclusion.leafIndex)")
        lines += inclusion.hashes.map(\.description)
        return lines.map { $0 + "\n" }.joined() + "\n" + note.serialized
    }

    /// The checkpoint, if `verifier` signed it and its tree has `leaf` at the index of the proof.
    ///
    /// - Throws: as ``NoteVerifier/checkpoint(in:)`` and ``InclusionProof/verify(leaf:root:)``.
    @discardableResult
    public func verify(leaf: TreeHash, by verifier: NoteVerifier) throws(LogError) -> Checkpoint {
        let checkpoint = try verifier.checkpoint(in: note)
        try inclusion.verify(leaf: leaf, root: checkpoint.root)
        return checkpoint
    }

    private static func value(of name: String, _ line: Substring.UTF8View) -> Substring.UTF8View? {
        line.starts(with: Array("\(name) ".utf8)) ? line.dropFirst(name.utf8.count + 1) : nil
    }
}
