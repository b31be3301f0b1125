public import ArchiveCore
internal import Foundation

/// What the headers of a tus 1.0 request say, as their texts came; each is read where it is asked for.
///
/// Nothing here depends on who carries them, so that hostile ones can be tried without a server.
public struct UploadHeaders: Sendable, Equatable {
    /// The one version that is spoken.
    public static let version = "1.0.0"
    /// The media type of bytes that are to be appended.
    public static let mediaType = "application/offset+octet-stream"

    /// `Tus-Resumable`.
    public var resumable: String?
    /// `Content-Type`.
    public var contentType: String?
    /// `Upload-Offset`.
    public var uploadOffset: String?
    /// `Upload-Length`.
    public var uploadLength: String?
    /// `Upload-Defer-Length`.
    public var uploadDeferLength: String?
    /// `Upload-Checksum`.
    public var uploadChecksum: String?
    /// `Upload-Metadata`.
    public var uploadMetadata: String?

    /// Headers that say nothing.
    public init() {}

    /// Whether the request brings bytes to append.
    public var bringsBytes: Bool { contentType == Self.mediaType }

    /// Throws `unsupported-version` unless the sender speaks ours.
    public func checkVersion() throws(ArchiveError) {
        guard resumable == Self.version else {
            throw ArchiveError(.unsupportedVersion, "Tus-Resumable must be \(Self.version)")
        }
    }

    /// Where the sender goes on.
    ///
    /// - Throws: `bad-request` where that is missing or no number.
    public func offset() throws(ArchiveError) -> Int {
        guard let offset = uploadOffset.flatMap(Self.number) else {
            throw ArchiveError(.badRequest, "Upload-Offset is missing or is no number")
        }
        return offset
    }

    /// Bytes of the whole, where this request says so.
    ///
    /// - Throws: `bad-request` where that is no number.
    public func length() throws(ArchiveError) -> Int? {
        guard let uploadLength else { return nil }
        guard let length = Self.number(uploadLength) else {
            throw ArchiveError(.badRequest, "Upload-Length is no number")
        }
        return length
    }

    /// Bytes of an upload that is begun; nil where they are to be said later.
    ///
    /// - Throws: `bad-request` unless the request says exactly one of the two.
    public func announcedLength() throws(ArchiveError) -> Int? {
        let length = try length()
        guard uploadDeferLength == nil || uploadDeferLength == "1", (length == nil) == (uploadDeferLength != nil) else {
            throw ArchiveError(.badRequest, "one of Upload-Length and Upload-Defer-Length: 1 is needed")
        }
        return length
    }

    /// What the bytes of this request hash to, where it says so: an algorithm and base64.
    ///
    /// - Throws: `bad-request`.
    public func checksum() throws(ArchiveError) -> Checksum? {
        guard let uploadChecksum else { return nil }
        let parts = uploadChecksum.split(separator: " ").map(String.init)
        guard parts.count == 2, let digest = Data(base64Encoded: parts[1]) else {
            throw ArchiveError(.badRequest, "Upload-Checksum is not an algorithm and base64")
        }
        guard let algorithm = Checksum.Algorithm(rawValue: parts[0]) else {
            throw ArchiveError(
                .badRequest,
                "Upload-Checksum names an algorithm that is not spoken here",
                hint: "sha1 or sha256"
            )
        }
        guard let checksum = Checksum(algorithm: algorithm, digest: digest) else {
            throw ArchiveError(.badRequest, "Upload-Checksum has \(digest.count) bytes, which no \(parts[0]) has")
        }
        return checksum
    }

    /// What the sender says of the recording; nothing where there is no `Upload-Metadata`, or an empty one.
    public func submission() throws(ArchiveError) -> Submission { try UploadMetadata.submission(uploadMetadata ?? "") }

    /// tus 1.0: a non-negative integer. Digits only: `Int` would take a sign, too.
    private static func number(_ text: String) -> Int? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
    }
}
