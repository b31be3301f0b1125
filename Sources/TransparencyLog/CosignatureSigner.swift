public import Crypto
import Foundation

/// The private half of a witness's key: makes cosignatures by Ed25519 (C2SP tlog-cosignature).
///
/// The message does not commit to the name, so one key must not serve two witnesses.
public struct CosignatureSigner: Sendable {
    private let privateKey: Curve25519.Signing.PrivateKey
    /// What checks this key's cosignatures, and may be published.
    public let verifier: CosignatureVerifier

    /// The name of the witness.
    public var name: String { verifier.name }

    /// A signer that signs with `privateKey` under `name`.
    ///
    /// - Throws: ``LogError/Code/keyName``.
    public init(name: String, privateKey: Curve25519.Signing.PrivateKey) throws(LogError) {
        self.privateKey = privateKey
        verifier = try CosignatureVerifier(name: name, publicKey: privateKey.publicKey)
    }

    /// States that `checkpoint` is the largest consistent head of its log that this witness has seen at `time`.
    ///
    /// - Parameter time: in seconds since 1970.
    /// - Throws: ``LogError/Code/signingFailed``, also where `time` is negative.
    public func cosign(_ checkpoint: Checkpoint, at time: Int) throws(LogError) -> SignedNote.Signature {
        guard time >= 0 else { throw LogError(.signingFailed, "nothing is cosigned before 1970") }
        let bytes: Data
        do {
            bytes = try privateKey.signature(for: CosignatureVerifier.message(checkpoint.body, at: time))
        } catch {
            throw LogError(.signingFailed, "Ed25519 failed for the key \(name)")
        }
        let timeBytes = withUnsafeBytes(of: UInt64(time).bigEndian) { Data($0) }
        return try SignedNote.Signature(name: name, keyID: verifier.keyID, bytes: timeBytes + bytes)
    }
}

extension CosignatureSigner: CustomStringConvertible, CustomReflectable {
    /// The public half: the private key is in no description.
    public var description: String { verifier.vkey }
    /// The public half, for `dump` and its like.
    public var customMirror: Mirror { Mirror(self, children: ["verifier": verifier]) }
}
