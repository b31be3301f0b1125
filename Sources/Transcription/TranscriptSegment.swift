/// What one speaker said between two times.
public struct TranscriptSegment: Sendable, Hashable {
    /// What a guard against invented text has found; the text stays.
    public enum Flag: String, Sendable, Codable, CaseIterable, Comparable {
        /// The same words over and over.
        case repeated
        /// Text where there is no voice.
        case noVoice = "no-voice"
        /// More words than anybody can say in that time.
        case tooFast = "too-fast"

        /// By name.
        public static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
    }

    /// When it begins.
    public let start: TranscriptTime
    /// When it ends; not before ``start``.
    public let end: TranscriptTime
    /// Who speaks, on one line.
    public let speaker: String?
    /// What was said: lines without white space around them, none of them empty, at least one.
    public let text: String
    /// How sure the engine was, from 0 to 1, to a thousandth.
    public let confidence: Double?
    /// The words with their times, in the order of their beginnings, where the engine gave them.
    public let words: [TranscriptWord]?
    /// What looks invented.
    public let flags: Set<Flag>

    /// A segment; `speaker` and `text` are brought into the form that the fields have.
    ///
    /// - Throws: where `end` is before `start`, `text` is empty, a text has control characters or is too long, words are
    ///   out of order, or `confidence` is not from 0 to 1.
    public init(
        start: TranscriptTime,
        end: TranscriptTime,
        speaker: String? = nil,
        text: String,
        confidence: Double? = nil,
        words: [TranscriptWord]? = nil,
        flags: Set<Flag> = []
    ) throws(TranscriptError) {
        try Transcript.checkSpan(start, end)
        self.start = start
        self.end = end
        self.speaker = try SpokenText.line(speaker, "speaker")
        self.text = try SpokenText.lines(text)
        self.confidence = try Transcript.rounded(confidence)
        self.words = words.flatMap { $0.isEmpty ? nil : $0 }
        self.flags = flags
        guard !self.text.isEmpty else {
            throw TranscriptError(.value, "the segment has no text", hint: "leave it out")
        }
        guard let words else { return }
        guard words.count <= Transcript.Limits.words else {
            throw TranscriptError(
                .tooLarge,
                "\(words.count) words; \(Transcript.Limits.words) are the limit of a segment",
                hint: "divide the segment"
            )
        }
        guard zip(words, words.dropFirst()).allSatisfy({ $0.start <= $1.start }) else {
            throw TranscriptError(.order, "the words are not in the order of their beginnings", hint: "sort them")
        }
    }

    /// The same words by another speaker.
    func spoken(by speaker: String?) throws(TranscriptError) -> Self { try with(speaker, words) }

    /// The same with these times of its words.
    func with(words: [TranscriptWord]?) throws(TranscriptError) -> Self { try with(speaker, words) }

    private func with(_ speaker: String?, _ words: [TranscriptWord]?) throws(TranscriptError) -> Self {
        try Self(
            start: start,
            end: end,
            speaker: speaker,
            text: text,
            confidence: confidence,
            words: words,
            flags: flags
        )
    }
}

extension TranscriptSegment: Codable {
    enum CodingKeys: String, CodingKey, CaseIterable { case start, end, speaker, text, confidence, words, flags }

    /// Reads the fields that DESIGN.md section 5 names, and `flags`, and no others.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        let start = try container.decode(TranscriptTime.self, forKey: .start)
        let end = try container.decode(TranscriptTime.self, forKey: .end)
        let speaker = try container.decodeIfPresent(String.self, forKey: .speaker)
        let text = try container.decode(String.self, forKey: .text)
        let confidence = try container.decodeIfPresent(Double.self, forKey: .confidence)
        let words = try container.decodeIfPresent([TranscriptWord].self, forKey: .words)
        let flags = try container.decodeIfPresent([String].self, forKey: .flags) ?? []
        do throws(TranscriptError) {
            try self.init(
                start: start,
                end: end,
                speaker: speaker,
                text: text,
                confidence: confidence,
                words: words,
                flags: Self.flags(flags)
            )
        } catch {
            throw error.decoding(at: decoder.codingPath)
        }
    }

    /// Writes what is there; flags sorted by name.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(start, forKey: .start)
        try container.encode(end, forKey: .end)
        try container.encodeIfPresent(speaker, forKey: .speaker)
        try container.encode(text, forKey: .text)
        try container.encodeIfPresent(confidence, forKey: .confidence)
        try container.encodeIfPresent(words, forKey: .words)
        if !flags.isEmpty { try container.encode(flags.sorted(), forKey: .flags) }
    }

    private static func flags(_ names: [String]) throws(TranscriptError) -> Set<Flag> {
        var flags: Set<Flag> = []
        for name in names {
            guard let flag = Flag(rawValue: name) else {
                let known = Flag.allCases.map(\.rawValue).joined(separator: " or ")
                throw TranscriptError(.value, "there is no flag \(name.prefix(40).debugDescription)", hint: known)
            }
            flags.insert(flag)
        }
        return flags
    }
}
