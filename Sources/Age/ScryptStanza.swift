internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials

/// A file key wrapped under a passphrase (C2SP age.md, "scrypt recipient stanza").
struct ScryptStanza {
    static let type = "scrypt"
    private static let saltLength = 16
    private static let saltPrefix = Array("age-encryption.org/v1/scrypt".utf8)

    private let salt: [UInt8]
    private let workFactor: Int
    private let body: [UInt8]

    /// The only stanza of `header`; one beside others would let somebody else read what only a passphrase should open.
    ///
    /// - Throws: ``AgeError`` `no-match` where it is of another type, `malformed-stanza`, or `work-factor-too-high` before
    ///   any work is done.
    init(_ header: Header, maximumWorkFactor: Int) throws(AgeError) {
        guard let stanza = header.stanzas.first(where: { $0.type == Self.type }) else {
            throw AgeError(code: .noMatch, message: "the file is not sealed under a passphrase")
        }
        guard header.stanzas.count == 1 else {
            throw AgeError(code: .malformedStanza, message: "a passphrase stanza is not the only one")
        }
        guard stanza.arguments.count == 2 else {
            throw AgeError(
                code: .malformedStanza,
                message: "a passphrase stanza has \(stanza.arguments.count) arguments instead of two"
            )
        }
        guard let salt = Base64.decode(stanza.arguments[0]), salt.count == Self.saltLength else {
            throw AgeError(code: .malformedStanza, message: "the salt is not base64 of \(Self.saltLength) bytes")
        }
        // Decimal, without sign or leading zero: one spelling for each number.
        let digits = stanza.arguments[1]
        guard let first = digits.utf8.first, (0x31...0x39).contains(first),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { throw AgeError(code: .malformedStanza, message: "the work factor is not a decimal number") }
        guard let workFactor = Int(digits), workFactor <= maximumWorkFactor else {
            throw AgeError(
                code: .workFactorTooHigh,
                message: "the work factor of the passphrase is above \(maximumWorkFactor)"
            )
        }
        guard stanza.body.count == NativeStanza.bodyLength else {
            throw AgeError(
                code: .malformedStanza,
                message: "the body of the stanza has \(stanza.body.count) bytes instead of \(NativeStanza.bodyLength)"
            )
        }
        self.salt = salt
        self.workFactor = workFactor
        body = stanza.body
    }

    /// The file key, or nil where it is another passphrase.
    func unwrap(with passphrase: Passphrase) throws(AgeError) -> FileKey? {
        FileKeyWrapping.open(body, under: try Self.wrapKey(passphrase, salt: salt, workFactor: workFactor))
    }

    /// A stanza that wraps `fileKey`.
    static func wrap(_ fileKey: FileKey, with passphrase: Passphrase, workFactor: Int) throws(AgeError) -> Stanza {
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<saltLength).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let key = try wrapKey(passphrase, salt: salt, workFactor: workFactor)
        guard let body = FileKeyWrapping.seal(fileKey, under: key) else {
            throw AgeError(code: .cryptography, message: "the file key could not be wrapped")
        }
        return Stanza(checkedType: type, arguments: [Base64.encode(salt), String(workFactor)], body: body)
    }

    /// C2SP age.md: scrypt(N = 2^work factor, r = 8, p = 1, S = label and salt), 32 bytes.
    private static func wrapKey(
        _ passphrase: Passphrase,
        salt: [UInt8],
        workFactor: Int
    ) throws(AgeError) -> SymmetricKey {
        do {
            return try KDF.Scrypt.deriveKey(
                from: passphrase.bytes,
                salt: saltPrefix + salt,
                outputByteCount: 32,
                rounds: 1 << workFactor,
                blockSize: 8,
                parallelism: 1
            )
        } catch {
            throw AgeError(
                code: .cryptography,
                message: "scrypt failed; it needs \(1 << (workFactor - 10)) MiB of memory"
            )
        }
    }
}
