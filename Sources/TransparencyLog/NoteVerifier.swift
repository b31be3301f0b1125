public import Crypto
import Foundation

/// The public half of a key that signs notes by Ed25519, with its name (C2SP signed-note).
public struct NoteVerifier: Sendable, Equatable {
    /// The signature type byte of Ed25519 (C2SP signed-note, Signature types).
    private static let signatureType: UInt8 = 0x01

    private let key: NotePublicKey

    /// The name of the key: for a log, its origin.
    public var name: String { key.name }
    /// The first four bytes of SHA-256(name || 0x0A || 0x01 || public key), big-endian.
    public var keyID: UInt32 { key.keyID }
    /// The public key.
    public var publicKey: Curve25519.Signing.PublicKey { key.publicKey }

    /// A verifier of notes signed by `publicKey` under `name`.
    ///
    /// - Throws: ``LogError/Code/keyName``.
    public init(name: String, publicKey: Curve25519.Signing.PublicKey) throws(LogError) {
        key = try NotePublicKey(name: name, type: Self.signatureType, publicKey: publicKey)
    }

    /// Reads `<name>+<key ID, 8 hexadecimal digits>+<base64(0x01 || public key)>`.
    ///
    /// - Throws: ``LogError/Code/verifierKey`` or ``LogError/Code/keyName``.
    public init(vkey: String) throws(LogError) {
        key = try NotePublicKey(vkey: vkey, type: Self.signatureType, kind: "an Ed25519 key")
    }

    /// The verifier in the form that ``init(vkey:)`` and other tools of the C2SP family read.
    public var vkey: String { key.vkey }

    /// Checks that the note's text is signed by this key.
    ///
    /// Signatures by other keys are ignored, as C2SP signed-note demands.
    ///
    /// - Throws: ``LogError/Code/notSigned`` where this key has no signature in the note,
    ///   ``LogError/Code/badSignature`` where it has one that does not verify.
    public func verify(_ note: SignedNote) throws(LogError) {
        let own = try key.signatures(in: note)
        let text = Data(note.text.utf8)
        // A second signature of the same key that fails makes the note suspect as a whole: every one must verify.
        guard own.allSatisfy({ publicKey.isValidSignature($0.bytes, for: text) }) else {
            throw LogError(.badSignature, "the signature by \(key.label) does not verify")
        }
    }

    /// The checkpoint in a note that this log signed.
    ///
    /// - Throws: as ``verify(_:)``; ``LogError/Code/malformedCheckpoint``; ``LogError/Code/otherOrigin`` where the
    ///   checkpoint is not of the log that this key is named after.
    public func checkpoint(in note: SignedNote) throws(LogError) -> Checkpoint {
        try verify(note)
        let checkpoint = try Checkpoint(parsing: note.text)
        // C2SP tlog-checkpoint, Signatures: the key is named after the origin. One key must not speak for two logs.
        guard KeyName.same(checkpoint.origin, name) else {
            throw LogError(.otherOrigin, "the checkpoint is of \(checkpoint.origin), the key is of \(name)")
        }
        return checkpoint
    }
}

extension NoteVerifier: CustomStringConvertible {
    /// The same as ``vkey``.
    public var description: String { vkey }
}
