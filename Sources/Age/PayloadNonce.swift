/// The 16 public bytes at the front of a payload (C2SP age.md, "Payload").
public struct PayloadNonce: Sendable, Hashable, CustomStringConvertible {
    /// The length of every payload nonce, in bytes.
    public static let length = 16

    /// The nonce itself.
    public let bytes: [UInt8]

    /// A fresh nonce from the system's generator, as every new payload must have.
    public init() {
        var generator = SystemRandomNumberGenerator()
        bytes = (0..<Self.length).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// The nonce of a payload that exists already.
    ///
    /// - Throws: ``AgeError/Code/malformedNonce`` unless `bytes` are 16.
    public init(bytes: some Collection<UInt8>) throws(AgeError) {
        guard bytes.count == Self.length else {
            throw AgeError(code: .malformedNonce, message: "a payload nonce is 16 bytes, not \(bytes.count)")
        }
        self.bytes = Array(bytes)
    }

    /// Lower-case hexadecimal.
    public var description: String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }
}
