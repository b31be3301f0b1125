public import Age
public import ArchiveCore
import Crypto
public import Foundation

/// What the vault knows of a stream on its way in.
struct UploadKeys: Codable {
    var recordingKey: Data
    var fileKey: Data?
    var opened: OpenedBy?
    /// The file key under which what came of it is sealed again.
    var resealingKey: Data?
}

/// Which identity opened a received header.
public struct OpenedBy: Sendable, Codable, Hashable {
    /// The levels that the recorder sealed to: every one whose identity opens the header.
    public let levels: [Level]
    /// Whether it sealed to post-quantum recipients only.
    public let hybrid: Bool
    /// Bytes of the header that was received.
    public let headerLength: Int

    init(levels: [Level], hybrid: Bool, headerLength: Int) {
        self.levels = levels
        self.hybrid = hybrid
        self.headerLength = headerLength
    }
}

/// What validates one stream in flight, and nothing else (DESIGN.md invariant 6).
public struct OpenedStream: Sendable {
    /// The key of this stream's payload.
    public let fileKey: FileKey
    /// Who it was sealed to.
    public let opened: OpenedBy
}

/// The one row of a recording.
struct RecordingKeys: Codable {
    var recordingKey: Data
    var fileKey: Data
    var nonce: Data
    var length: Int
    var digest: Data
    /// SHA-256 of the file key that its sender had used, where what came of that was sealed again.
    var original: Data?
}

/// What opens the payload of a recording at any place.
public struct PayloadKeys: Sendable {
    /// The key.
    public let fileKey: FileKey
    /// The nonce that the payload begins with.
    public let nonce: PayloadNonce
    /// Bytes of the payload, nonce included.
    public let length: Int
    /// SHA-256 of the payload.
    public let digest: Data

    init(_ row: RecordingKeys) throws {
        fileKey = try FileKey(bytes: row.fileKey)
        nonce = try PayloadNonce(bytes: row.nonce)
        length = row.length
        digest = row.digest
    }

    /// What opens the payload of an attachment.
    ///
    /// - Parameters:
    ///   - length: bytes of the payload, nonce included.
    ///   - digest: SHA-256 of the payload.
    public init(_ facts: AttachmentFacts, length: Int, digest: Data) throws {
        fileKey = try FileKey(bytes: facts.fileKey)
        nonce = try PayloadNonce(bytes: facts.nonce)
        self.length = length
        self.digest = digest
    }
}

/// Seals and opens the describing fields of one recording, which live and die with its key.
public struct RecordingSeal: Sendable {
    private let key: SymmetricKey
    private let recording: RecordingID

    init(recordingKey: Data, recording: RecordingID) {
        key = Sealing.subkey(of: SecretBytes(recordingKey), for: "describing fields")
        self.recording = recording
    }

    /// Seals `plaintext` as the `field` of this recording.
    public func seal(_ plaintext: Data, field: String) throws -> Data {
        try Sealing.seal(plaintext, with: key, context: "\(recording) \(field)")
    }

    /// Opens what ``seal(_:field:)`` made, for the same recording and field.
    public func open(_ sealed: Data, field: String) throws(ArchiveError) -> Data {
        try Sealing.open(sealed, with: key, context: "\(recording) \(field)")
    }
}

/// Seals, opens and tags under one of the archive's own keys.
public struct SecretSeal: Sendable {
    private let sealing: SymmetricKey
    private let tagging: SymmetricKey
    private let name: String

    init(secret: SecretBytes, name: String) {
        sealing = Sealing.subkey(of: secret, for: "\(name) seal")
        tagging = Sealing.subkey(of: secret, for: "\(name) tag")
        self.name = name
    }

    /// Seals `plaintext`, bound to `context`.
    public func seal(_ plaintext: Data, context: String) throws -> Data {
        try Sealing.seal(plaintext, with: sealing, context: "\(name) \(context)")
    }

    /// Opens what ``seal(_:context:)`` made for the same context.
    public func open(_ sealed: Data, context: String) throws(ArchiveError) -> Data {
        try Sealing.open(sealed, with: sealing, context: "\(name) \(context)")
    }

    /// HMAC-SHA-256 of `value` under a key of its own: equal values have equal tags, and nothing else shows.
    public func tag(_ value: Data) -> Data {
        Data(HMAC<SHA256>.authenticationCode(for: value, using: tagging))
    }
}
