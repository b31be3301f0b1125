public import ArchiveCore
public import ArchiveInterface
public import Foundation
public import TransparencyLog

/// What somebody holds who opened a recording: that the archive said, signed, that its log has the entry of it.
///
/// It speaks without an archive: a log that does not have this entry at this place is not the log that it was.
public struct AccessEvidence: Codable, Sendable, Hashable {
    /// The access.
    public var access: AccessID
    /// The place of the entry in the log.
    public var entry: Int
    /// The key of the log, as the archive gave it.
    public var key: String
    /// A C2SP tlog-proof: the entry, how it leads to a root, and the checkpoint that was signed with that root.
    public var proof: String
    /// What was opened.
    public var recording: RecordingID

    /// The receipt that came with the opening of `access`.
    public init(_ receipt: AccessReceipt, of access: AccessID, to recording: RecordingID) {
        self.access = access
        entry = receipt.entry
        key = receipt.key
        proof = receipt.proof
        self.recording = recording
    }

    /// What a receipt shows by itself.
    public struct Verified: Sendable {
        /// The key that signed it.
        public let key: NoteVerifier
        /// The checkpoint as it was signed.
        public let note: SignedNote
        /// What it says.
        public let checkpoint: Checkpoint
        /// The entry of the opening, which the log had under that checkpoint.
        public let entry: AuditedEntry
        /// The entry's bytes.
        public let leaf: Data
    }

    /// The name of the log that the receipt is of.
    ///
    /// - Throws: `bad-metadata` where its proof is none.
    public func origin() throws(ArchiveError) -> String { try parsed().checkpoint.origin }

    /// What the receipt shows, if one of `keys` signed it.
    ///
    /// - Throws: `bad-metadata` where it shows nothing: then somebody made or changed it, and it speaks against nobody.
    public func verified(by keys: [NoteVerifier]) throws(ArchiveError) -> Verified {
        let (proof, claimed) = try parsed()
        guard let leaf = proof.extra, let found = LogEntry(leaf: leaf) else {
            throw bad("does not have the entry with it")
        }
        let named = keys.filter { $0.name.utf8.elementsEqual(claimed.origin.utf8) }
        guard !named.isEmpty else {
            throw bad(
                "is of the log \(claimed.origin), of which no key is known here",
                hint: "is it of this archive? An auditor's copy knows the keys of the origins that it was made of"
            )
        }
        guard let key = named.first(where: { (try? $0.verify(proof.note)) != nil }) else {
            throw bad("is not signed by the key of \(claimed.origin) that is known here")
        }
        let checkpoint: Checkpoint
        do {
            checkpoint = try proof.verify(leaf: .leaf(leaf), by: key)
        } catch {
            throw bad("does not hold: \(error)")
        }
        guard proof.inclusion.leafIndex == entry else {
            throw bad("is for entry \(entry), and its proof for entry \(proof.inclusion.leafIndex)")
        }
        guard isOpened(by: found) else {
            throw bad("proves an entry that is not the opening of this access to this recording")
        }
        return Verified(
            key: key,
            note: proof.note,
            checkpoint: checkpoint,
            entry: AuditedEntry(seq: entry, entry: found),
            leaf: leaf
        )
    }

    private func parsed() throws(ArchiveError) -> (proof: LogProof, checkpoint: Checkpoint) {
        do {
            let proof = try LogProof(parsing: proof)
            return (proof, try Checkpoint(parsing: proof.note.text))
        } catch {
            throw bad("has no proof that can be read: \(error)")
        }
    }

    private func bad(_ what: String, hint: String? = nil) -> ArchiveError {
        ArchiveError(.badMetadata, "the receipt of access \(access) \(what)", hint: hint)
    }

    /// Whether `found` is the entry of this opening: of the access itself, or of the last agreement that it waited for.
    private func isOpened(by found: LogEntry) -> Bool {
        found.decision == .allow && found.object == recording.description
            && found.details["access"] == access.description && found.details["state"] == "open"
            && ["access.open", "access.approve"].contains(found.action)
    }
}
