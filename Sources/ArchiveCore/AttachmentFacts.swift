public import Foundation

/// What is known of an attachment of a recording, and what opens its payload: sealed under the recording's own key wherever it
/// rests (DESIGN.md invariant 5), so that nothing opens it once that is destroyed.
public struct AttachmentFacts: Codable, Sendable, Hashable {
    /// What it is called.
    public let name: String
    /// What it is, as whoever attached it said: a media type (RFC 6838).
    public let mediaType: String
    /// Bytes of it.
    public let length: Int
    /// SHA-256 of those.
    public let sha256: Data
    /// The 16 bytes that its payload is sealed under.
    public let fileKey: Data
    /// The 16 bytes that its payload begins with.
    public let nonce: Data

    /// Facts with these values.
    public init(name: String, mediaType: String, length: Int, sha256: Data, fileKey: Data, nonce: Data) {
        self.name = name
        self.mediaType = mediaType
        self.length = length
        self.sha256 = sha256
        self.fileKey = fileKey
        self.nonce = nonce
    }

    /// What the facts of one are sealed as.
    public static func field(_ number: Int) -> String { "attachment \(number)" }
}
