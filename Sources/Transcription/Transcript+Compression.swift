internal import ArchiveCore
internal import CZlib
public import Foundation

extension Transcript {
    /// What the archive seals: its JSON in a zlib stream (RFC 1950), without the words of the segments, and behind it their list in
    /// another, where there are any. Whoever wants to know what was said need not read when each word was.
    ///
    /// - Throws: `tooLarge` where that is larger than ``Limits``, so that what was written can be read.
    public func compressed() throws(TranscriptError) -> Data {
        var bare: [TranscriptSegment] = []
        for segment in segments { bare.append(try segment.with(words: nil)) }
        let json = try with(bare).json()
        let hasWords = segments.contains { $0.words != nil }
        let words = hasWords ? try Self.json(segments.map(\.words)) : Data()
        guard json.count + words.count <= Limits.document else { throw .tooLargeDocument(json.count + words.count) }
        return try Self.deflate(json) + (hasWords ? Self.deflate(words) : Data())
    }

    /// Reads ``compressed()``; what would inflate to more than ``Limits`` is refused before it has.
    public init(compressed data: Data) throws(TranscriptError) {
        let streams = try Self.inflate(data, limit: Limits.document)
        let bare = try Self(json: streams[0])
        guard streams.count > 1 else {
            self = bare
            return
        }
        let words = try JSONDocument(streams[1]).decode([[TranscriptWord]?].self)
        guard words.count == bare.segments.count else {
            throw TranscriptError(
                .value,
                "there are words for \(words.count) segments, and \(bare.segments.count) segments",
                hint: "restore it, or use another revision"
            )
        }
        var segments: [TranscriptSegment] = []
        for (segment, words) in zip(bare.segments, words) { segments.append(try segment.with(words: words)) }
        self = try bare.with(segments)
    }

    private static func json(_ words: [[TranscriptWord]?]) throws(TranscriptError) -> Data {
        do {
            return try CanonicalJSON.encode(words)
        } catch {
            throw TranscriptError(.value, "its words cannot be written as JSON", hint: "\(error)")
        }
    }

    private static func deflate(_ bytes: Data) throws(TranscriptError) -> Data {
        var length = compressBound(uLong(bytes.count))
        var data = Data(count: Int(length))
        let status = data.withUnsafeMutableBytes { output in
            bytes.withUnsafeBytes { input in
                compress2(
                    output.baseAddress?.assumingMemoryBound(to: Bytef.self),
                    &length,
                    input.baseAddress?.assumingMemoryBound(to: Bytef.self),
                    uLong(input.count),
                    Z_DEFAULT_COMPRESSION
                )
            }
        }
        guard status == Z_OK else { throw .zlib(status) }
        return data.prefix(Int(length))
    }

    /// The one or two streams of `data`, inflated.
    ///
    /// - Parameters:
    ///   - limit: bytes of both together.
    ///   - isWhole: whether the second is wanted.
    static func inflate(_ data: Data, limit: Int, isWhole: Bool = true) throws(TranscriptError) -> [Data] {
        var stream = z_stream()
        let opened = inflateInit_(&stream, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        guard opened == Z_OK else { throw .zlib(opened) }
        defer { inflateEnd(&stream) }
        var (outputs, count, status) = ([Data()], 0, Z_OK)
        data.withUnsafeBytes { (input: UnsafeRawBufferPointer) in
            // zlib reads through the pointer and never writes; C has no const there.
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: Bytef.self))
            stream.avail_in = uInt(clamping: input.count)
            withUnsafeTemporaryAllocation(of: Bytef.self, capacity: 64 << 10) { piece in
                while status == Z_OK, count <= limit {
                    stream.next_out = piece.baseAddress
                    stream.avail_out = uInt(piece.count)
                    status = CZlib.inflate(&stream, Z_NO_FLUSH)
                    let made = piece.count - Int(stream.avail_out)
                    outputs[outputs.count - 1].append(contentsOf: piece.prefix(made))
                    count += made
                    guard status == Z_STREAM_END, stream.avail_in > 0, outputs.count == 1, isWhole else { continue }
                    status = inflateReset(&stream)
                    outputs.append(Data())
                }
            }
        }
        guard count <= limit else { throw .tooLargeDocument(nil) }
        // At the end of the input without that of the stream there is Z_BUF_ERROR.
        guard status == Z_STREAM_END, stream.avail_in == 0 || !isWhole else { throw .zlib(status) }
        return outputs
    }
}

/// What was said, without when each word was: what finding something in a transcript needs, in a fraction of the time.
public struct TranscriptTexts: Decodable, Sendable {
    /// A segment of it.
    public struct Segment: Decodable, Sendable {
        /// Seconds from the beginning of the recording.
        public let start: Double
        /// Seconds from the beginning of the recording.
        public let end: Double
        /// Who speaks.
        public let speaker: String?
        /// What was said.
        public let text: String
    }

    /// The language of most of it, as a tag of BCP 47.
    public let language: String?
    /// What was said, in the order of the beginnings.
    public let segments: [Segment]

    /// Reads that much of ``Transcript/compressed()``, trusting that it is what was written.
    public init(compressed data: Data) throws(TranscriptError) {
        let streams = try Transcript.inflate(data, limit: Transcript.Limits.document, isWhole: false)
        do {
            self = try JSONDecoder().decode(Self.self, from: streams[0])
        } catch {
            throw TranscriptError(.syntax, "it is not the JSON of a transcript", hint: "\(error)")
        }
    }

    /// Names of those who speak, each once, in the order in which they begin to.
    public var speakers: [String] {
        var seen: Set<String> = []
        return segments.compactMap(\.speaker).filter { seen.insert($0).inserted }
    }
}

extension TranscriptError {
    static func tooLargeDocument(_ count: Int?) -> Self {
        Self(
            .tooLarge,
            "a transcript of \(count.map { "\($0) bytes" } ?? "too many bytes"); \(Transcript.Limits.document) are the limit",
            hint: "divide it"
        )
    }

    fileprivate static func zlib(_ status: CInt) -> Self {
        Self(
            .compression,
            "the compressed transcript is damaged (zlib \(status))",
            hint: "restore it, or use another revision"
        )
    }
}
