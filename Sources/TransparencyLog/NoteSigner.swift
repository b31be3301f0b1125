public import Crypto
import Foundation

/// The private half of a key that signs notes by Ed25519 (C2SP signed-note).
public struct NoteSigner: Sendable {
    private let privateKey: Curve25519.Signing.PrivateKey
    /// What checks this key's signatures, and may be published.
    public let verifier: NoteVerifier

    /// The name of the key: for a log, its origin.
    public var name: String { verifier.name }

    /// A signer that signs with `privateKey` under `name`.
    ///
    /// - Throws: ``LogError/Code/keyName``.
    public init(name: String, privateKey: Curve25519.Signing.PrivateKey) throws(LogError) {
        self.privateKey = privateKey
        verifier = try NoteVerifier(name: name, publicKey: privateKey.publicKey)
    }

    /// Signs `text`, which must end with a newline.
    ///
    /// - Throws: ``LogError/Code/malformedNote`` or ``LogError/Code/tooLarge`` where a note cannot carry the text.
    public func sign(_ text: String) throws(LogError) -> SignedNote {
        let bytes: Data
        do {
            bytes = try privateKey.signature(for: Data(text.utf8))
        } catch {
            throw LogError(.signingFailed, "Ed25519 failed for the key \(name)")
        }
        let signature = try SignedNote.Signature(name: name, keyID: verifier.keyID, bytes: bytes)
        return try SignedNote(text: text, signatures: [signature])
    }

    /// Signs a checkpoint of the log that this key is named after.
    ///
    /// - Throws: ``LogError/Code/otherOrigin`` where the checkpoint is of another log.
    public func sign(_ checkpoint: Checkpoint) throws(LogError) -> SignedNote {
        guard KeyName.same(checkpoint.origin, name) else {
            throw LogError(.otherOrigin, "the checkpoint is of \(checkpoint.origin), the key is of \(name)")
        }
        return try sign(checkpoint.body)
    }
}

extension NoteSigner: CustomStringConvertible, CustomReflectable {
    /// The public half: the private key is in no description.
    public var description: String { verifier.vkey }
    /// The public half, for `dump` and its like.
    public var customMirror: Mirror { Mirror(self, children: ["verifier": verifier]) }
}
