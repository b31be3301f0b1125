import Crypto
import Foundation

/// An Ed25519 key with its name and the signature type that it signs under: what verifiers of notes and of
/// cosignatures have in common (C2SP signed-note, Verifier keys).
struct NotePublicKey: Sendable {
    let name: String
    /// The byte that the key ID and the vkey commit to, so that a signature of one kind never counts as another.
    let type: UInt8
    let publicKey: Curve25519.Signing.PublicKey
    /// The first four bytes of SHA-256(name || 0x0A || type || public key), big-endian.
    let keyID: UInt32

    init(name: String, type: UInt8, publicKey: Curve25519.Signing.PublicKey) throws(LogError) {
        try KeyName.check(name)
        self.name = name
        self.type = type
        self.publicKey = publicKey
        keyID = KeyName.keyID(name, key: [type] + publicKey.rawRepresentation)
    }

    /// Reads `<name>+<key ID, 8 hexadecimal digits>+<base64(type || public key)>`.
    init(vkey: String, type: UInt8, kind: String) throws(LogError) {
        // Only the first two: base64 has plus signs of its own.
        let fields = vkey.utf8.split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3 else {
            throw LogError(.verifierKey, "a verifier key is written name+id+key")
        }
        guard let key = Base64.decode(fields[2]), key.first == type else {
            throw LogError(.verifierKey, "the key is not \(kind) in base64")
        }
        guard let publicKey = try? Curve25519.Signing.PublicKey(rawRepresentation: key.dropFirst()) else {
            throw LogError(.verifierKey, "the key is not 32 bytes long")
        }
        try self.init(name: String(decoding: fields[0], as: UTF8.self), type: type, publicKey: publicKey)
        guard fields[1].elementsEqual(keyIDText.utf8) else {
            throw LogError(.verifierKey, "the key ID is not that of this name and key, \(keyIDText)")
        }
    }

    var vkey: String { "\(name)+\(keyIDText)+\(Base64.encode([type] + publicKey.rawRepresentation))" }

    /// The name and the key ID, for messages.
    var label: String { "\(name)+\(keyIDText)" }

    /// The signatures in `note` that name this key.
    ///
    /// Signatures by other keys are ignored, as C2SP signed-note demands.
    ///
    /// - Throws: ``LogError/Code/notSigned`` where there is none.
    func signatures(in note: SignedNote) throws(LogError) -> [SignedNote.Signature] {
        let own = note.signatures.filter { $0.keyID == keyID && KeyName.same($0.name, name) }
        guard !own.isEmpty else { throw LogError(.notSigned, "the note bears no signature by \(label)") }
        return own
    }

    private var keyIDText: String {
        let digits = String(keyID, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}

extension NotePublicKey: Equatable {
    static func == (one: NotePublicKey, other: NotePublicKey) -> Bool {
        KeyName.same(one.name, other.name) && one.type == other.type
            && one.publicKey.rawRepresentation == other.publicKey.rawRepresentation
    }
}
