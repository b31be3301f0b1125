public import Crypto
import Foundation

/// The public half of a key that signs notes by Ed25519, with its name (C2SP signed-note).
public struct NoteVerifier: Sendable {
    /// The signature type byte of Ed25519 (C2SP signed-note, Signature types).
    static let signatureType: UInt8 = 0x01

    /// The name of the key: for a log, its origin.
    public let name: String
    /// The first four bytes of SHA-256(name || 0x0A || 0x01 || public key), big-endian.
    public let keyID: UInt32
    /// The public key.
    public let publicKey: Curve25519.Signing.PublicKey

    /// A verifier of notes signed by `publicKey` under `name`.
    ///
    /// - Throws: ``LogError/Code/keyName``.
    public init(name: String, publicKey: Curve25519.Signing.PublicKey) throws(LogError) {
        try KeyName.check(name)
        self.name = name
        self.publicKey = publicKey
        keyID = KeyName.keyID(name, key: Self.encode(publicKey))
    }

    /// Reads `<name>+<key ID, 8 hexadecimal digits>+<base64(0x01 || public key)>`.
    ///
    /// - Throws: ``LogError/Code/verifierKey`` or ``LogError/Code/keyName``.
    public init(vkey: String) throws(LogError) {
        // Only the first two: base64 has plus signs of its own.
        let fields = vkey.utf8.split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3 else {
            throw LogError(.verifierKey, "a verifier key is written name+id+key")
        }
        guard let key = Base64.decode(fields[2]), key.first == Self.signatureType else {
            throw LogError(.verifierKey, "the key is not an Ed25519 key in base64")
        }
        guard let publicKey = try? Curve25519.Signing.PublicKey(rawRepresentation: key.dropFirst()) else {
            throw LogError(.verifierKey, "the key is not 32 bytes long")
        }
        try self.init(name: String(decoding: fields[0], as: UTF8.self), publicKey: publicKey)
        guard fields[1].elementsEqual(keyIDText.utf8) else {
            throw LogError(.verifierKey, "the key ID is not that of this name and key, \(keyIDText)")
        }
    }

    /// The verifier in the form that ``init(vkey:)`` and other tools of the C2SP family read.
    public var vkey: String {
        "\(name)+\(keyIDText)+\(Base64.encode(Self.encode(publicKey)))"
    }

    /// Checks that the note's text is signed by this key.
    ///
    /// Signatures by other keys are ignored, as C2SP signed-note demands.
    ///
    /// - Throws: ``LogError/Code/notSigned`` where this key has no signature in the note,
    ///   ``LogError/Code/badSignature`` where it has one that does not verify.
    public func verify(_ note: SignedNote) throws(LogError) {
        let own = note.signatures.filter { $0.keyID == keyID && KeyName.same($0.name, name) }
        guard !own.isEmpty else {
            throw LogError(.notSigned, "the note bears no signature by \(name)+\(keyIDText)")
        }
        let text = Data(note.text.utf8)
        // A second signature of the same key that fails makes the note suspect as a whole: every one must verify.
        guard own.allSatisfy({ publicKey.isValidSignature($0.bytes, for: text) }) else {
            throw LogError(.badSignature, "the signature by \(name)+\(keyIDText) does not verify")
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

    private var keyIDText: String {
        let digits = String(keyID, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    private static func encode(_ publicKey: Curve25519.Signing.PublicKey) -> Data {
        [signatureType] + publicKey.rawRepresentation
    }
}

extension NoteVerifier: Equatable {
    /// Whether both are the same key under the same name.
    public static func == (one: NoteVerifier, other: NoteVerifier) -> Bool {
        KeyName.same(one.name, other.name) && one.publicKey.rawRepresentation == other.publicKey.rawRepresentation
    }
}

extension NoteVerifier: CustomStringConvertible {
    /// The same as ``vkey``.
    public var description: String { vkey }
}
