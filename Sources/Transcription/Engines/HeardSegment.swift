/// A word as an engine heard it; times in seconds from the beginning of the piece.
public struct HeardWord: Sendable, Equatable {
    /// When it begins.
    public var start: Double
    /// When it ends.
    public var end: Double
    /// Without blanks around it; punctuation belongs to the word that it stands at.
    public var text: String
    /// How sure the engine was, 0 to 1; nil where it does not say.
    public var confidence: Double?

    /// A word.
    public init(start: Double, end: Double, text: String, confidence: Double? = nil) {
        self.start = start
        self.end = end
        self.text = text
        self.confidence = confidence
    }
}

/// A sentence, or what an engine takes for one; times in seconds from the beginning of the piece.
public struct HeardSegment: Sendable, Equatable {
    /// When it begins.
    public var start: Double
    /// When it ends.
    public var end: Double
    /// Without blanks around it.
    public var text: String
    /// How sure the engine was, 0 to 1; nil where it does not say.
    public var confidence: Double?
    /// Its words, where the engine says when they were spoken.
    public var words: [HeardWord]
    /// Why it may never have been said; see ``HearingGuard``.
    public var flags: Set<TranscriptSegment.Flag>

    /// A segment without flags.
    public init(start: Double, end: Double, text: String, confidence: Double? = nil, words: [HeardWord] = []) {
        self.start = start
        self.end = end
        self.text = text
        self.confidence = confidence
        self.words = words
        flags = []
    }
}

/// What an engine heard in a piece.
public struct EngineAnswer: Sendable, Equatable {
    /// The language that it heard, or was told to hear, as ISO 639-1; nil where neither.
    public var language: String?
    /// In order of time.
    public var segments: [HeardSegment]

    /// An answer.
    public init(language: String?, segments: [HeardSegment]) {
        self.language = language
        self.segments = segments
    }
}

extension Collection<Double> {
    /// The arithmetic mean; nil of nothing.
    var mean: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }
}
