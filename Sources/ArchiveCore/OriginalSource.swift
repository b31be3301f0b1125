/// The file of another service that a recording was made of: by the word of who sent the recording.
///
/// On the wire it is one text, `sha256:HEX,BYTES,ORIGIN` (Docs/http.md, Sending).
public struct OriginalSource: Codable, Sendable, Hashable {
    /// Of the whole file.
    public let sha256: SourceDigest
    /// Its length.
    public let bytes: Int
    /// Whose layout it was found in, as a word of `risalah import` like `zoom`.
    public let origin: String

    private static let prefix = "sha256:"
    private static let longestOrigin = 40
    /// What every reader of JSON has exactly (RFC 8259 section 6).
    private static let mostBytes = 1 << 53

    /// A source with these facts.
    ///
    /// - Throws: `bad-metadata` for a length that no file has, and an origin that is no short word of lower-case letters,
    ///   digits and hyphens.
    public init(sha256: SourceDigest, bytes: Int, origin: String) throws(ArchiveError) {
        guard (1...Self.mostBytes).contains(bytes) else {
            throw ArchiveError(.badMetadata, "source has a length of \(bytes) bytes")
        }
        let letters = "abcdefghijklmnopqrstuvwxyz0123456789-".utf8
        guard (1...Self.longestOrigin).contains(origin.utf8.count), origin.utf8.allSatisfy({ letters.contains($0) })
        else {
            throw ArchiveError(
                .badMetadata,
                "the origin of source is no word of at most \(Self.longestOrigin) lower-case letters, digits and hyphens",
                hint: "like zoom"
            )
        }
        (self.sha256, self.bytes, self.origin) = (sha256, bytes, origin)
    }

    /// The source that `text` spells.
    ///
    /// - Throws: `bad-metadata` with what of it is wrong.
    public init(parsing text: String) throws(ArchiveError) {
        let parts = text.split(separator: ",", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].hasPrefix(Self.prefix) else {
            throw ArchiveError(
                .badMetadata,
                "source is not sha256:HEX,BYTES,ORIGIN",
                hint: "like sha256:9f86…,1234,zoom"
            )
        }
        guard let digest = SourceDigest(parts[0].dropFirst(Self.prefix.count)) else {
            throw ArchiveError(.badMetadata, "the SHA-256 of source is not 64 hexadecimal digits in lower case")
        }
        // One spelling for each number: no sign, no leading zero.
        guard let bytes = Int(parts[1]), String(bytes) == parts[1] else {
            throw ArchiveError(.badMetadata, "the length of source is no number of bytes")
        }
        try self.init(sha256: digest, bytes: bytes, origin: String(parts[2]))
    }

    /// What ``init(parsing:)`` reads back.
    public var text: String { "\(Self.prefix)\(sha256),\(bytes),\(origin)" }

    private enum CodingKeys: String, CodingKey { case sha256, bytes, origin }

    /// Reads its three fields, and holds them to the same bounds.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        let digest = try fields.decode(SourceDigest.self, forKey: .sha256)
        let (bytes, origin) = (
            try fields.decode(Int.self, forKey: .bytes), try fields.decode(String.self, forKey: .origin)
        )
        do throws(ArchiveError) {
            try self.init(sha256: digest, bytes: bytes, origin: origin)
        } catch {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: error.message))
        }
    }
}
