public import Foundation
public import OggOpus

/// Looks into one stream as it arrives: whatever a hostile stream could do, it does here and nowhere else. Used by one
/// caller at a time.
public protocol StreamInspection: AnyObject {
    /// Takes the next bytes; appends to `output` what has to be kept in their place, where the order asks for that.
    ///
    /// - Throws: `ArchiveError`: `bad-encryption` or `bad-recording`, with the offset in the age file or in the Ogg
    ///   stream; `unreachable` where who looks into it has gone.
    func consume(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) throws
    /// Ends the stream.
    ///
    /// - Throws: as ``consume(_:into:)``, and `truncated` where the end is missing.
    func finish(into output: inout [UInt8]) throws -> InspectionResult
    /// What was seen so far.
    func progress() throws -> InspectionProgress
}

/// Where streams are looked into: in this process, or in one without keys (DESIGN.md invariant 6).
public protocol InspectionPlace: Sendable {
    /// Begins to look into one stream.
    func begin(_ order: InspectionOrder) throws -> any StreamInspection
}

/// What a whole stream turned out to be.
public struct InspectionResult: Codable, Sendable {
    /// What is in it; nil where nothing of it authenticates, which only an order to reseal lets pass.
    public let validated: ValidatedStream?
    /// The nonce of the payload that came; nil in clear.
    public let nonce: Data?
    /// The nonce of the payload that was made of it.
    public let newNonce: Data?
    /// Whether the end of what came is there.
    public let isWhole: Bool
    /// Bytes of plaintext that authenticate.
    public let authenticated: Int
}

/// What was seen of a stream so far.
public struct InspectionProgress: Codable, Sendable {
    /// Seconds of audio.
    public let seconds: Double
    /// The comments of the first link, once they have come.
    public let tags: Tags?
    /// Bytes of plaintext that authenticate.
    public let authenticated: Int
}
