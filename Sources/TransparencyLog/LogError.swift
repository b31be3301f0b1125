/// Why a hash, a proof, a note or a checkpoint was refused.
public struct LogError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was wrong; stable across releases.
    public enum Code: String, Sendable, CaseIterable {
        /// A hash that is not 32 bytes long.
        case hashLength = "hash-length"
        /// A tree size that is negative, too large, or does not fit what came with it.
        case treeSize = "tree-size"
        /// A leaf that the tree does not have.
        case leafIndex = "leaf-index"
        /// A proof with too few or too many hashes.
        case proofLength = "proof-length"
        /// A proof that leads to another root.
        case rootMismatch = "root-mismatch"
        /// A key name that C2SP signed-note does not allow.
        case keyName = "key-name"
        /// A verifier key that cannot be read.
        case verifierKey = "verifier-key"
        /// A note that breaks the format.
        case malformedNote = "malformed-note"
        /// A note, or a part of it, above its limit.
        case tooLarge = "too-large"
        /// A note whose text is not a checkpoint.
        case malformedCheckpoint = "malformed-checkpoint"
        /// A request to a witness that breaks the format.
        case malformedRequest = "malformed-request"
        /// A note without a signature by the key asked for.
        case notSigned = "not-signed"
        /// A signature by the key asked for that does not verify.
        case badSignature = "bad-signature"
        /// A checkpoint of another log than the one asked for.
        case otherOrigin = "other-origin"
        /// A tile that no log has, or a path that is not the one spelling of a tile.
        case tile = "tile"
        /// A bundle of entries that breaks the format.
        case malformedBundle = "malformed-bundle"
        /// A proof to be carried about that breaks the format.
        case malformedProof = "malformed-proof"
        /// The signing primitive failed.
        case signingFailed = "signing-failed"
    }

    /// What was wrong.
    public let code: Code
    /// What and where, for a person.
    public let message: String
    /// The byte of the input at which it was seen, where there is one.
    public let offset: Int?

    init(_ code: Code, _ message: String, offset: Int? = nil) {
        self.code = code
        self.message = message
        self.offset = offset
    }

    /// The code, the place and the message in one line.
    public var description: String {
        let place = offset.map { " at byte \($0)" } ?? ""
        return "\(code.rawValue)\(place): \(message)"
    }
}
