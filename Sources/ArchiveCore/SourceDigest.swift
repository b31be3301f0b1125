public import Foundation

/// The SHA-256 of a file of another service, before it was encoded or sealed.
public struct SourceDigest: Hashable, Sendable, Codable, CustomStringConvertible {
    /// 64 hexadecimal digits in lower case.
    public let description: String

    /// The digest of these 32 bytes.
    public init(bytes: some Collection<UInt8>) {
        precondition(bytes.count == 32, "a SHA-256 has 32 bytes")
        description = bytes.map { String(Int($0) + 256, radix: 16).suffix(2) }.joined()
    }

    /// The digest that `text` spells; nil where it is none.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 64, text.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) }) else { return nil }
        description = String(text)
    }

    /// Its spelling as bytes: what a keyed digest of it is made of.
    public var data: Data { Data(description.utf8) }

    /// Reads its spelling.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let digest = SourceDigest(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no SHA-256 in lower-case hex")
        }
        self = digest
    }

    /// Writes its spelling.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
