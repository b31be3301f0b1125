import TransparencyLog

/// Checkpoints of one log with the cosignatures that they bear: pure, and only what verified is put in.
struct CosignedHeads: Sendable {
    private struct Head {
        /// As the log signed it.
        let note: SignedNote
        /// By the vkey of the witness.
        var cosignatures: [String: [SignedNote.Signature]]
    }

    private var heads: [Int: Head] = [:]

    /// Adds what `witness` signed under `note`.
    ///
    /// - Throws: where the cosignature does not verify, or `note` is not a checkpoint of `log`.
    mutating func add(_ note: SignedNote, by witness: CosignatureVerifier, of log: NoteVerifier) throws(LogError) {
        let checkpoint = try log.checkpoint(in: note)
        try witness.verify(note)
        let own = note.signatures.filter { $0.keyID == witness.keyID && $0.name == witness.name }
        // Of two texts for one size, which one key can sign, cosignatures do not add up.
        if let known = heads[checkpoint.size], known.note.text != note.text { heads[checkpoint.size] = nil }
        let signed = note.signatures.filter { $0.keyID == log.keyID && $0.name == log.name }
        let plain = try SignedNote(text: note.text, signatures: signed)
        heads[checkpoint.size, default: Head(note: plain, cosignatures: [:])].cosignatures[witness.vkey] = own
        prune()
    }

    /// The number of witnesses that cosigned one checkpoint of more than `seq` entries: the most that any such has.
    func cosignatures(over seq: Int) -> Int {
        heads.filter { $0.key > seq }.map(\.value.cosignatures.count).max() ?? 0
    }

    /// The size of the newest checkpoint that `witness` cosigned.
    func size(by witness: CosignatureVerifier) -> Int? { newestSizes[witness.vkey] }

    /// The newest checkpoint that bears a cosignature, with all of them.
    func newest() throws(LogError) -> SignedNote? { try note(of: heads.keys.max()) }

    /// The newest checkpoint that `witness` cosigned, with the cosignatures of others that it bears.
    func newest(by witness: CosignatureVerifier) throws(LogError) -> SignedNote? {
        try note(of: size(by: witness))
    }

    private func note(of size: Int?) throws(LogError) -> SignedNote? {
        guard let size, let head = heads[size] else { return nil }
        let cosignatures = head.cosignatures.sorted { $0.key < $1.key }.flatMap(\.value)
        return try SignedNote(text: head.note.text, signatures: head.note.signatures + cosignatures)
    }

    /// By the vkey of the witness.
    private var newestSizes: [String: Int] {
        heads.reduce(into: [:]) { sizes, head in
            for witness in head.value.cosignatures.keys { sizes[witness] = max(sizes[witness] ?? 0, head.key) }
        }
    }

    /// A smaller checkpoint is worth keeping only while it bears more cosignatures than every larger one, or is the newest
    /// that some witness cosigned. The catalogue keeps the same ones.
    private mutating func prune() {
        let newest = Set(newestSizes.values)
        var most = 0
        for size in heads.keys.sorted(by: >) {
            let count = heads[size]?.cosignatures.count ?? 0
            if count <= most, !newest.contains(size) { heads[size] = nil }
            most = max(most, count)
        }
    }
}
