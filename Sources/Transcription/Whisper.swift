internal import Foundation

/// JSON of openai-whisper, faster-whisper, whisper-ctranslate2 and WhisperX, which have the same segments.
enum Whisper {
    private struct Document: Decodable {
        let language: String?
        let segments: [Segment]
    }

    private struct Segment: Decodable {
        let start: Double
        let end: Double
        let text: String
        let speaker: String?
        let logProbability: Double?
        let compressionRatio: Double?
        let words: [Word]?

        enum CodingKeys: String, CodingKey {
            case start, end, text, speaker, words
            case logProbability = "avg_logprob"
            case compressionRatio = "compression_ratio"
        }
    }

    private struct Word: Decodable {
        let start: Double?
        let end: Double?
        let word: String
        let probability: Double?
        /// What WhisperX calls the probability.
        let score: Double?
    }

    /// Reads a document, or a list of segments.
    static func parse(_ data: Data) throws(TranscriptError) -> Transcript {
        // Python writes NaN for the probability of nothing.
        let json = try JSONDocument(data, allowsNonFinite: true)
        let document =
            json.isList
            ? Document(language: nil, segments: try json.decode([Segment].self)) : try json.decode(Document.self)
        return try Transcript(
            language: EngineTimes.language(document.language),
            engine: "whisper",
            segments: EngineTimes.segments(document.segments, segment)
        )
    }

    private static func segment(_ segment: Segment) throws(TranscriptError) -> TranscriptSegment? {
        guard !SpokenText.trimmed(segment.text).isEmpty else { return nil }
        // whisper's own threshold for text that repeats itself (`compression_ratio_threshold`).
        let isRepeated = segment.compressionRatio.map { $0 > 2.4 } ?? false
        return try TranscriptSegment(
            start: EngineTimes.time(segment.start),
            end: EngineTimes.time(segment.end),
            speaker: segment.speaker,
            text: segment.text,
            confidence: EngineTimes.confidence(segment.logProbability.map { exp($0) }),
            words: words(segment.words ?? []),
            flags: isRepeated ? [.repeated] : []
        )
    }

    /// Nil where one has no times: WhisperX finds none for numbers.
    private static func words(_ words: [Word]) throws(TranscriptError) -> [TranscriptWord]? {
        var read: [TranscriptWord] = []
        for word in words {
            guard let start = word.start, let end = word.end else { return nil }
            let next = try EngineTimes.word(
                word.word,
                from: EngineTimes.time(start),
                to: EngineTimes.time(end),
                confidence: word.probability ?? word.score,
                after: read.last
            )
            if let next { read.append(next) }
        }
        return read
    }
}
