/// Why bytes were refused: they are not an Ogg Opus recording, or one that cannot be taken as it is.
///
/// What is merely odd in a stream that can be kept is a ``Finding``, not an error.
public struct OggOpusError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What went wrong; stable, for programs.
    public enum Code: String, Sendable, Codable, CaseIterable {
        /// No bytes at all.
        case empty
        /// The bytes do not begin with an Ogg page (RFC 3533 section 6).
        case notOgg = "not-ogg"
        /// The first page does not begin a logical stream.
        case missingBOS = "missing-bos"
        /// An Ogg stream of another codec.
        case notOpus = "not-opus"
        /// The identification header cannot be parsed (RFC 7845 section 5.1).
        case malformedHead = "malformed-head"
        /// The identification header has an incompatible version (RFC 7845 section 5.1).
        case headVersion = "head-version"
        /// A channel mapping family other than 0, 1 and 255.
        case mappingFamily = "mapping-family"
        /// The comment header is missing or cannot be parsed (RFC 7845 section 5.2).
        case malformedTags = "malformed-tags"
        /// The comment headers together are larger than the limit.
        case tagsTooLarge = "tags-too-large"
        /// Headers, and not one audio packet.
        case noAudio = "no-audio"
        /// Several logical streams at once; a recording is one stream.
        case multiplexed
        /// More chained links than the limit.
        case tooManyLinks = "too-many-links"
        /// So many false page headers that looking for pages would cost more than the bytes are worth.
        case tooDamaged = "too-damaged"
        /// Bytes came after the end was declared.
        case finished
        /// Not a RIFF WAVE file, or one whose chunks contradict themselves.
        case malformedWave = "malformed-wave"
        /// A WAVE file of a format that is not PCM.
        case unsupportedWave = "unsupported-wave"
        /// A sample rate, number of channels or bitrate that cannot be had.
        case unsupportedConfiguration = "unsupported-configuration"
        /// A range of time in which a stream has nothing.
        case emptyRange = "empty-range"
        /// A time index that is another stream's.
        case indexMismatch = "index-mismatch"
        /// libogg or libopus reported a failure of its own, such as no memory.
        case library
    }

    /// What went wrong.
    public let code: Code
    /// What and where, in English.
    public let message: String
    /// The byte at which it went wrong, counted from the start of the stream, where one can be named.
    public let offset: Int64?

    /// `message`, with the offset where there is one.
    public var description: String {
        guard let offset else { return "\(code.rawValue): \(message)" }
        return "\(code.rawValue): \(message) (byte \(offset))"
    }

    init(_ code: Code, _ message: String, at offset: Int64? = nil) {
        self.code = code
        self.message = message
        self.offset = offset
    }
}
