import ArchiveCore
import Crypto
import Foundation

/// Makes tokens of words under the key of one class: HMAC-SHA-256, cut to ten bytes (DESIGN.md section 5, Blind index).
///
/// The first byte of what is hashed says what kind of token it is, so that a word, its stem, and the same word in a text of another
/// language have tokens that nothing joins.
struct TermHasher {
    /// Ten bytes; ``Token/text`` is what FTS5 sees.
    struct Token: Hashable {
        /// The first byte and the nine others, as SQLite keeps them.
        let bytes: Data

        /// Sixteen characters of lower-case base32.
        var text: String { Base32.encode(bytes) }
    }

    private static let tokenLength = 10
    /// The key, taken in once; every token begins with a copy.
    private let keyed: HMAC<SHA256>

    init(key: SecretBytes) { keyed = HMAC<SHA256>(key: SymmetricKey(data: key.exposedBytes)) }

    /// The token of a word as it was said in a text of that analysis; this is what texts consist of.
    func word(_ folded: UnsafeBufferPointer<UInt8>, in analysis: Analysis) -> Token {
        token(0x10 | analysis.rawValue, folded)
    }

    /// What joins words of one stem.
    func stem(_ stem: UnsafeBufferPointer<UInt8>, _ language: StemmedLanguage) -> Token {
        token(0x20 | UInt8(language.rawValue), stem)
    }

    /// Stands between two names, so that no phrase goes from one into the other.
    var boundary: Token { token(0x30, UnsafeBufferPointer(start: nil, count: 0)) }

    /// Says whether two keys are one.
    var fingerprint: Data { token(0x40, UnsafeBufferPointer(start: nil, count: 0)).bytes }

    private func token(_ kind: UInt8, _ word: UnsafeBufferPointer<UInt8>) -> Token {
        var code = keyed
        withUnsafeBytes(of: kind) { code.update(data: $0) }
        code.update(data: UnsafeRawBufferPointer(word))
        return Token(bytes: Data(code.finalize().prefix(Self.tokenLength)))
    }
}

extension TermHasher {
    /// Throws `storage` where a class was written under another key than this one.
    func assertFingerprint(_ fingerprint: Data, of number: Int64) throws {
        guard fingerprint == self.fingerprint else {
            throw ArchiveError(
                .storage,
                "class \(number) of the index was written under another key",
                hint: "have it made anew with risalahd reindex"
            )
        }
    }
}
