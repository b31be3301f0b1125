import ArchiveCore
import Crypto
import Foundation

/// AES-256-GCM under subkeys that HKDF-SHA-256 derives; the nonce is random and stands before the ciphertext.
enum Sealing {
    /// The subkey of `key` for one `purpose`.
    static func subkey(of key: SecretBytes, for purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: key.exposedBytes),
            info: Data("risalah \(purpose)".utf8),
            outputByteCount: 32
        )
    }

    static func seal(_ plaintext: some DataProtocol, with key: SymmetricKey, context: String) throws -> Data {
        // A nonce of the default size always yields the combined form.
        guard let box = try AES.GCM.seal(plaintext, using: key, authenticating: Data(context.utf8)).combined else {
            throw ArchiveError(.unexpected, "AES-GCM gave no combined form")
        }
        return box
    }

    static func open(_ sealed: Data, with key: SymmetricKey, context: String) throws(ArchiveError) -> Data {
        do {
            return try AES.GCM.open(AES.GCM.SealedBox(combined: sealed), using: key, authenticating: Data(context.utf8))
        } catch {
            throw ArchiveError(.storage, "what is sealed as \(context) does not open: changed, moved or of another key")
        }
    }
}
