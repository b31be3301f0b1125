internal import ArchiveCore
public import ArchiveInterface
internal import Crypto
internal import Foundation
public import TransparencyLog

/// What shows that a statement about originals is the archive's; asks nobody.
public struct OriginalsCheck: Sendable {
    /// The checkpoint that the entry with the digest of the statement is under.
    public let checkpoint: Checkpoint
    /// The place of that entry.
    public let entry: Int

    /// Checks a statement by the key of the log alone.
    ///
    /// - Throws: `log-mismatch` with what does not hold; `unsupported-version`.
    public init(_ signed: SignedOriginals, trusting key: NoteVerifier) throws {
        let statement = signed.statement
        guard statement.version == OriginalsStatement.version else {
            throw ArchiveError(.unsupportedVersion, "the statement is of version \(statement.version)")
        }
        let seal = try ProvedEntry(signed.proof, by: key, "the proof of the statement")
        let digest = SHA256.hash(data: try CanonicalJSON.encode(statement)).hexadecimal
        guard seal.entry.action == "originals.certificate", seal.entry.decision == .allow,
            seal.entry.details["sha256"] == digest, seal.checkpoint.origin == statement.origin
        else { throw ArchiveError(.logMismatch, "the log does not have this statement, but another") }
        (checkpoint, entry) = (seal.checkpoint, seal.seq)
    }
}
