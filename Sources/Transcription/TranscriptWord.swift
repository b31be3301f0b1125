/// One word of a segment, as an engine heard it.
public struct TranscriptWord: Sendable, Hashable {
    /// When it begins.
    public let start: TranscriptTime
    /// When it ends; not before ``start``.
    public let end: TranscriptTime
    /// The word, on one line, with the punctuation at it.
    public let text: String
    /// How sure the engine was, from 0 to 1, to a thousandth.
    public let confidence: Double?

    /// A word.
    ///
    /// - Throws: where ``end`` is before ``start``, `text` is empty or has control characters, or `confidence` is not from
    ///   0 to 1.
    public init(
        start: TranscriptTime,
        end: TranscriptTime,
        text: String,
        confidence: Double? = nil
    ) throws(TranscriptError) {
        try Transcript.checkSpan(start, end)
        guard let text = try SpokenText.line(text, "word") else {
            throw TranscriptError(.value, "the word is empty", hint: "leave it out")
        }
        self.start = start
        self.end = end
        self.text = text
        self.confidence = try Transcript.rounded(confidence)
    }
}

extension TranscriptWord: Codable {
    enum CodingKeys: String, CodingKey, CaseIterable { case start, end, text, confidence }

    /// Reads the fields that DESIGN.md section 5 names, and no others.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        let (start, end) = (
            try container.decode(TranscriptTime.self, forKey: .start),
            try container.decode(TranscriptTime.self, forKey: .end)
        )
        let text = try container.decode(String.self, forKey: .text)
        let confidence = try container.decodeIfPresent(Double.self, forKey: .confidence)
        do throws(TranscriptError) {
            try self.init(start: start, end: end, text: text, confidence: confidence)
        } catch {
            throw error.decoding(at: decoder.codingPath)
        }
    }
}
