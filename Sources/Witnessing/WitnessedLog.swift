import Synchronization
import TransparencyLog

/// One log that a witness cosigns for.
final class WitnessedLog: Sendable {
    /// What was cosigned last.
    struct Newest: Sendable {
        let checkpoint: Checkpoint
        /// With the signatures of the log and the witness's cosignature.
        let note: SignedNote
        /// In seconds since 1970.
        let time: Int
    }

    /// At least one, all of one name.
    let keys: [NoteVerifier]
    let newest: Mutex<Newest?>
    /// Incidents since the start that were not kept, for as many of their kind are.
    let surplus = Mutex<[Incident.Kind: Int]>([:])

    init(keys: [NoteVerifier], _ newest: Newest?) {
        self.keys = keys
        self.newest = Mutex(newest)
    }

    /// `note` with the signatures of this log's keys alone; nil where none of them verifies.
    func signed(_ note: SignedNote) -> SignedNote? {
        var signatures: [SignedNote.Signature] = []
        for key in keys where (try? key.checkpoint(in: note)) != nil {
            signatures += note.signatures.filter { $0.keyID == key.keyID && $0.name == key.name }
        }
        return try? SignedNote(text: note.text, signatures: signatures)
    }
}
