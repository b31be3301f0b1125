public import Crypto
import Foundation

/// The public half of a witness's key, with its name: checks cosignatures by Ed25519 (C2SP tlog-cosignature).
public struct CosignatureVerifier: Sendable, Equatable {
    /// The signature type byte of cosignatures by Ed25519 (C2SP tlog-cosignature, Format).
    private static let signatureType: UInt8 = 0x04
    private static let timeByteCount = 8

    private let key: NotePublicKey

    /// The name of the witness.
    public var name: String { key.name }
    /// The first four bytes of SHA-256(name || 0x0A || 0x04 || public key), big-endian.
    public var keyID: UInt32 { key.keyID }
    /// The public key.
    public var publicKey: Curve25519.Signing.PublicKey { key.publicKey }

    /// A verifier of cosignatures made by `publicKey` under `name`.
    ///
    /// - Throws: ``LogError/Code/keyName``.
    public init(name: String, publicKey: Curve25519.Signing.PublicKey) throws(LogError) {
        key = try NotePublicKey(name: name, type: Self.signatureType, publicKey: publicKey)
    }

    /// Reads `<name>+<key ID, 8 hexadecimal digits>+<base64(0x04 || public key)>`.
    ///
    /// - Throws: ``LogError/Code/verifierKey`` or ``LogError/Code/keyName``.
    public init(vkey: String) throws(LogError) {
        key = try NotePublicKey(vkey: vkey, type: Self.signatureType, kind: "a witness's Ed25519 key (type 4)")
    }

    /// The verifier in the form that ``init(vkey:)`` reads.
    public var vkey: String { key.vkey }

    /// Checks that this witness cosigned the note's text; returns when, in seconds since 1970. Cosignatures and
    /// signatures of others are ignored.
    ///
    /// - Throws: ``LogError/Code/notSigned`` where the note bears none by this key, ``LogError/Code/badSignature`` where
    ///   one that it bears does not verify or has a time that no signature may have.
    @discardableResult
    public func verify(_ note: SignedNote) throws(LogError) -> Int {
        var newest = 0
        for signature in try key.signatures(in: note) {
            let time = signature.bytes.prefix(Self.timeByteCount).reduce(0) { $0 << 8 | UInt64($1) }
            // C2SP tlog-cosignature, Format: 8 bytes of time, which must not exceed 2^63 - 1, and 64 of the signature.
            // As in ``NoteVerifier/verify(_:)`` one that fails makes all suspect.
            guard signature.bytes.count == Self.timeByteCount + 64, let time = Int(exactly: time),
                publicKey.isValidSignature(
                    signature.bytes.dropFirst(Self.timeByteCount),
                    for: Self.message(note.text, at: time)
                )
            else { throw LogError(.badSignature, "the cosignature by \(key.label) does not verify") }
            newest = max(newest, time)
        }
        return newest
    }

    /// What is signed (C2SP tlog-cosignature, Ed25519 signed message).
    static func message(_ text: String, at time: Int) -> Data {
        Data("cosignature/v1\ntime \(time)\n\(text)".utf8)
    }
}

extension CosignatureVerifier: CustomStringConvertible {
    /// The same as ``vkey``.
    public var description: String { vkey }
}
