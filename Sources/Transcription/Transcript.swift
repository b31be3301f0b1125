/// What was said in a recording, with times and speakers: one revision (DESIGN.md section 5).
///
/// A value holds what every format can carry: texts without control characters, lines without white space around
/// them, segments in the order of their beginnings.
public struct Transcript: Sendable, Hashable {
    /// What a transcript may have at most; bytes are of UTF-8.
    public enum Limits {
        /// Bytes of a document, compressed ones inflated.
        public static let document = 32 << 20
        /// Segments.
        public static let segments = 200_000
        /// Bytes of the text of a segment.
        public static let text = 64 << 10
        /// Words of a segment.
        public static let words = 10_000
        /// Bytes of a speaker, a word, an engine, a model, an author.
        public static let name = 1 << 10
    }

    /// The language of most of it, as a tag of BCP 47 (`id`, `en-US`).
    public let language: String?
    /// The program that heard it, where it was one.
    public let engine: String?
    /// What the engine heard it with.
    public let model: String?
    /// 0 is what a machine made; each correction is one more.
    public let revision: Int
    /// Who made this revision.
    public let author: String?
    /// What was said, in the order of the beginnings; overlapping where people did.
    public let segments: [TranscriptSegment]

    /// A transcript.
    ///
    /// - Throws: where segments are out of order or too many, `language` is no tag, `revision` is negative, or a name has
    ///   control characters or is too long.
    public init(
        language: String? = nil,
        engine: String? = nil,
        model: String? = nil,
        revision: Int = 0,
        author: String? = nil,
        segments: [TranscriptSegment]
    ) throws(TranscriptError) {
        guard segments.count <= Limits.segments else {
            throw TranscriptError(
                .tooLarge,
                "\(segments.count) segments; \(Limits.segments) are the limit",
                hint: "divide the transcript"
            )
        }
        let pairs = zip(segments, segments.dropFirst()).enumerated()
        if let (number, (before, segment)) = pairs.first(where: { $1.1.start < $1.0.start }) {
            throw TranscriptError(
                .order,
                "it begins at \(segment.start), before the one in front of it at \(before.start)",
                hint: "put segments in the order of their beginnings",
                at: .segment(number + 2)
            )
        }
        guard language.map(Self.isTag) ?? true else {
            throw TranscriptError(
                .value,
                "the language is no tag of BCP 47",
                hint: "like id, en, en-US"
            )
        }
        guard (0...Int(Int32.max)).contains(revision) else {
            throw TranscriptError(.value, "the revision is \(revision)", hint: "a number from 0 on")
        }
        self.language = language
        self.engine = try SpokenText.line(engine, "engine")
        self.model = try SpokenText.line(model, "model")
        self.revision = revision
        self.author = try SpokenText.line(author, "author")
        self.segments = segments
    }

    /// The same with other segments.
    func with(_ segments: [TranscriptSegment]) throws(TranscriptError) -> Self {
        try with(segments, revision, author)
    }

    /// The same as another revision, by its author: what the archive does when it takes a correction.
    public func revised(_ revision: Int, author: String?) throws(TranscriptError) -> Self {
        try with(segments, revision, author)
    }

    private func with(
        _ segments: [TranscriptSegment],
        _ revision: Int,
        _ author: String?
    ) throws(TranscriptError) -> Self {
        try Self(
            language: language,
            engine: engine,
            model: model,
            revision: revision,
            author: author,
            segments: segments
        )
    }

    /// Whether it has the form of a tag (RFC 5646 section 2.1): subtags of 1 to 8 letters and digits, the first of 2 or
    /// more letters.
    static func isTag(_ text: String) -> Bool {
        let subtags = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard text.utf8.count <= 35, let first = subtags.first, first.count >= 2 else { return false }
        func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }
        func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        return first.allSatisfy(isLetter)
            && subtags.allSatisfy { (1...8).contains($0.count) && $0.allSatisfy { isLetter($0) || isDigit($0) } }
    }

    static func checkSpan(_ start: TranscriptTime, _ end: TranscriptTime) throws(TranscriptError) {
        guard end >= start else {
            throw TranscriptError(.time, "it ends at \(end), before it begins at \(start)", hint: "correct the times")
        }
    }

    static func rounded(_ confidence: Double?) throws(TranscriptError) -> Double? {
        guard let confidence else { return nil }
        // NaN compares false.
        guard confidence >= 0, confidence <= 1 else {
            throw TranscriptError(.value, "the confidence is \(confidence)", hint: "a number from 0 to 1")
        }
        return (confidence * 1000).rounded() / 1000
    }
}
