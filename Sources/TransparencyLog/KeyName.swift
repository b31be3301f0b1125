import Crypto
import Foundation

/// The rules of C2SP signed-note for key names and key IDs.
enum KeyName {
    /// The longest name, in bytes of UTF-8. The specification has no limit; nobody needs more.
    static let maximumByteCount = 512

    /// Checks that `name` may name a key: not empty, no Unicode spaces, no plus (C2SP signed-note, Format).
    static func check(_ name: String) throws(LogError) {
        guard !name.isEmpty else { throw LogError(.keyName, "a key name is empty") }
        guard name.utf8.count <= maximumByteCount else {
            throw LogError(.keyName, "a key name is longer than \(maximumByteCount) bytes")
        }
        for scalar in name.unicodeScalars {
            guard !scalar.properties.isWhitespace, scalar != "+", scalar.value >= 0x20 else {
                let code = String(scalar.value, radix: 16, uppercase: true)
                throw LogError(.keyName, "a key name must not contain U+\(code)")
            }
        }
    }

    /// Whether two names are the same bytes. Strings compare by canonical equivalence, keys must not.
    static func same(_ one: String, _ other: String) -> Bool {
        one.utf8.elementsEqual(other.utf8)
    }

    /// SHA-256(name || 0x0A || signature type || public key)[:4], big-endian (C2SP signed-note, Signatures).
    ///
    /// - Parameter key: the signature type byte and the encoded public key.
    static func keyID(_ name: String, key: Data) -> UInt32 {
        let digest = SHA256.hash(data: Data(name.utf8) + [0x0A] + key)
        return digest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }
}
