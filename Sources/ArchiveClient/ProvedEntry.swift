internal import ArchiveCore
internal import TransparencyLog

/// An entry that a document of the archive rests on, as its C2SP tlog-proof shows it to be in the log.
struct ProvedEntry {
    /// What was done.
    let entry: LogEntry
    /// The signed head that it is under.
    let checkpoint: Checkpoint
    /// Its place.
    let seq: Int

    /// Checks `proof` by the key of the log alone.
    ///
    /// - Parameter name: what people call the proof.
    /// - Throws: `log-mismatch` with what does not hold.
    init(_ proof: String, by key: NoteVerifier, _ name: String) throws {
        do {
            let proof = try LogProof(parsing: proof)
            guard let leaf = proof.extra, let entry = LogEntry(leaf: leaf) else {
                throw ArchiveError(.logMismatch, "\(name) comes without its entry")
            }
            self.entry = entry
            checkpoint = try proof.verify(leaf: .leaf(leaf), by: key)
            seq = proof.inclusion.leafIndex
        } catch let error as LogError {
            throw ArchiveError(.logMismatch, "\(name) does not hold: \(error)")
        }
    }
}
