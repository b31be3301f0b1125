public import ArchiveInterface
import ArchiveCore
import Crypto
import Foundation

/// What an entry says of a text that lies elsewhere, and that can be erased there.
public struct Commitment: Sendable, Hashable {
    /// The entry.
    public let seq: Int
    /// Which of its fields.
    public let field: String
    /// SHA-256 of salt and text, hex.
    public let digest: String

    /// The commitment of `entry` to a text under `field`; nil where it has none.
    public init?(_ entry: AuditedEntry, _ field: String) {
        guard let digest = entry.entry.commitments[field] else { return nil }
        (seq, self.field, self.digest) = (entry.seq, field, digest)
    }

    /// The text that was committed to, of those that the archive gave; nil where it was erased.
    ///
    /// - Throws: `log-mismatch` where the archive gave another text than the one that the log has.
    public func text(among texts: some Sequence<EntryTexts.Text>) throws -> String? {
        guard let found = texts.first(where: { $0.seq == seq && $0.field == field }) else { return nil }
        let digest = SHA256.hash(data: found.salt + Data(found.text.utf8)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        guard digest.joined() == self.digest else {
            throw ArchiveError(
                .logMismatch,
                "the text that the archive gives as \(field) of entry \(seq) is not the one that the entry commits to",
                hint: "keep what it gave: it was changed after the entry was made"
            )
        }
        return found.text
    }
}
