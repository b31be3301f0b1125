import Transcription

/// What an engine heard, piece by piece, on its way to being a transcript.
struct HeardTranscript {
    /// The language that it is told to hear; nil where it is to find out.
    let wanted: String?
    /// The same as engines know it: without country or script.
    var spoken: String? { wanted?.split(separator: "-").first.map { $0.lowercased() } }
    private var languages: [String: Double] = [:]
    private var segments: [TranscriptSegment] = []

    init(language: String?) { wanted = language }

    /// Takes what was heard in `piece`.
    ///
    /// An engine's times are held to the piece: it says nothing about what it was not given. Text that no transcript can have
    /// (control characters, nothing but blanks) is left out.
    mutating func append(_ heard: [HeardSegment], of piece: SpeechPiece, language: String?) {
        if let language { languages[language, default: 0] += piece.duration }
        for segment in heard {
            func time(_ seconds: Double) -> TranscriptTime? {
                TranscriptTime(seconds: piece.start + min(max(0, seconds), piece.duration))
            }
            guard let start = time(segment.start), let end = time(max(segment.start, segment.end)) else { continue }
            var words: [TranscriptWord] = []
            for word in segment.words {
                guard let first = time(word.start), let last = time(max(word.start, word.end)),
                    let kept = try? TranscriptWord(
                        start: first,
                        end: last,
                        text: word.text,
                        confidence: word.confidence.map { min(max(0, $0), 1) }
                    )
                else { continue }
                words.append(kept)
            }
            words.sort { $0.start < $1.start }
            let made = try? TranscriptSegment(
                start: start,
                end: end,
                text: segment.text,
                confidence: segment.confidence.map { min(max(0, $0), 1) },
                words: words,
                flags: segment.flags
            )
            if let made { segments.append(made) }
        }
    }

    /// All of it, in the order of time; in the language that was spoken longest.
    func transcript(engine: String, model: String?) throws -> Transcript {
        let longest = languages.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
        return try Transcript(
            language: wanted ?? longest,
            engine: engine,
            model: model,
            segments: segments.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
        )
    }
}
