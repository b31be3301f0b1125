/// A piece of a transcript that was said in one go.
public struct TextSegment: Sendable, Hashable {
    /// Seconds from the beginning of the recording.
    public var start: Double
    /// Seconds from the beginning of the recording.
    public var end: Double
    /// Who says it.
    public var speaker: String?
    /// What is said.
    public var text: String

    /// A segment of these fields.
    public init(start: Double, end: Double, speaker: String? = nil, text: String) {
        self.start = start
        self.end = end
        self.speaker = speaker
        self.text = text
    }
}

/// A place of a transcript where something that was searched for occurs.
public struct SearchHit: Sendable, Hashable {
    /// Where its first segment begins, in seconds.
    public let start: Double
    /// Where its last segment ends, in seconds; a phrase can go over the end of one.
    public let end: Double
    /// Who says it.
    public let speaker: String?
    /// What is said around it; `…` stands where something was left out.
    public let snippet: String
    /// UTF-8 offsets of what was searched for in ``snippet``, ascending, none within another.
    public let marks: [Range<Int>]
    /// The numbers of its segments.
    public let segments: Range<Int>
}

/// Finds in a transcript where a query's words and phrases are said, by the same rules as the index: a word by its stem, a phrase across the
/// ends of segments. What the query excludes, and words of titles, it does not look for.
///
/// It remembers words from one transcript to the next, and is a thing of one thread.
public final class HitFinder {
    /// Which hits come first.
    public enum Order: Sendable {
        /// Where most of the query is said, and exactly; the speaker who was asked for before others.
        case best
        /// As they are said.
        case time
    }

    /// Something to look for.
    struct Target {
        /// Bits of its words, in order.
        var words: [Int]
    }

    /// Where a target stands, by the numbers of words.
    struct Match {
        var words: Range<Int>
        var target: Int
        var isExact: Bool
    }

    private let analyzer = TextAnalyzer()
    private var targets: [Target] = []
    private var speakers: [Target] = []
    /// The query's words, each once; its bit is its index.
    private var queryWords: [String] = []
    private var cache: WordMatches?
    private var found = FoundWords()

    /// A finder for `query`.
    public init(_ query: SearchQuery) {
        for term in query.required.joined() where term.field != .title {
            let target = Target(words: term.words.map(bit(of:)))
            if term.field == .speaker { speakers.append(target) } else { targets.append(target) }
        }
    }

    private func bit(of word: String) -> Int {
        if let known = queryWords.firstIndex(of: word) { return known }
        queryWords.append(word)
        return queryWords.count - 1
    }

    /// Where it is said in `segments`, `limit` places at most, one for each segment in which something begins.
    ///
    /// Where nothing of it is said but somebody's name answers the query, that is where they speak.
    ///
    /// - Parameter language: the language of the transcript, as ``IndexDocument/language``.
    public func hits(
        in segments: [TextSegment],
        language: String?,
        limit: Int,
        order: Order = .best
    ) -> [SearchHit] {
        analyzer.forgetIfFull()
        let analysis = Analysis(language: language)
        // Taken out while it changes, so that every look into it is not one into the object.
        var known = cache.take() ?? WordMatches(of: queryWords, analysis, analyzer)
        if known.analysis != analysis || known.generation != analyzer.generation {
            known = WordMatches(of: queryWords, analysis, analyzer)
        }
        found.read(segments, with: analyzer)
        var candidates = candidates(in: segments, &known)
        cache = known
        candidates.sort { ($1.score, $0.segment) < ($0.score, $1.segment) }
        candidates = Array(candidates.prefix(max(0, limit)))
        if order == .time { candidates.sort { $0.segment < $1.segment } }
        let maker = SnippetMaker(segments: segments, found: found)
        return candidates.map { maker.hit(in: $0.segment, marking: $0.matches) }
    }

    // MARK: Candidates

    private struct Candidate {
        var segment: Int
        var score: Double
        var matches: [Range<Int>]
    }

    private func candidates(in segments: [TextSegment], _ known: inout WordMatches) -> [Candidate] {
        let names = names(of: segments, like: speakers, &known)
        var candidates: [Candidate] = []
        var matches = matches(in: found.words, &known)[...]
        while let first = matches.first {
            let segment = found.segment(of: first.words.lowerBound)
            let end = matches.firstIndex { $0.words.lowerBound >= found.ends[segment] } ?? matches.endIndex
            let own = matches[..<end]
            matches = matches[end...]
            let isSpeaker = segments[segment].speaker.map { names[$0] == true } ?? false
            candidates.append(
                Candidate(segment: segment, score: score(own) + (isSpeaker ? 100 : 0), matches: own.map(\.words))
            )
        }
        if !candidates.isEmpty { return candidates }
        let named = self.names(of: segments, like: speakers + targets, &known)
        return segments.indices.filter { segments[$0].speaker.map { named[$0] == true } ?? false }.map {
            Candidate(segment: $0, score: 0, matches: [])
        }
    }

    /// More for each target that is there, and for its exact form; a little for each time that it is.
    private func score(_ matches: ArraySlice<Match>) -> Double {
        var best: [Int: Double] = [:]
        for match in matches {
            let worth = (match.isExact ? 2.5 : 1) * Double(match.words.count)
            best[match.target] = max(best[match.target] ?? 0, worth)
        }
        return best.values.reduce(0) { $0 + 10 + $1 } + Double(min(matches.count, 10)) / 10
    }

    /// Ascending by where they begin.
    private func matches(in words: [TextAnalyzer.Word], _ known: inout WordMatches) -> [Match] {
        let firsts = targets.reduce(UInt64(0)) { $0 | 1 << UInt64($1.words[0]) }
        guard firsts != 0 else { return [] }
        var matches: [Match] = []
        for index in words.indices {
            guard known.forms(of: words[index].number, analyzer).stemmed & firsts != 0 else { continue }
            for (number, target) in targets.enumerated() {
                if let isExact = isExact(target, from: index, in: words, &known) {
                    matches.append(Match(words: index..<index + target.words.count, target: number, isExact: isExact))
                }
            }
        }
        return matches
    }

    /// Whether `target`, which begins at `index`, is said exactly as it was asked for; nil where it is not said there.
    private func isExact(
        _ target: Target,
        from index: Int,
        in words: [TextAnalyzer.Word],
        _ known: inout WordMatches
    ) -> Bool? {
        guard index + target.words.count <= words.count else { return nil }
        var isExact = true
        for (offset, bit) in target.words.enumerated() {
            let forms = known.forms(of: words[index + offset].number, analyzer)
            guard forms.stemmed & (1 << UInt64(bit)) != 0 else { return nil }
            if forms.exact & (1 << UInt64(bit)) == 0 { isExact = false }
        }
        return isExact
    }

    /// Which names of speakers have one of `targets` in them.
    private func names(
        of segments: [TextSegment],
        like targets: [Target],
        _ known: inout WordMatches
    ) -> [String: Bool] {
        guard !targets.isEmpty else { return [:] }
        var names: [String: Bool] = [:]
        for case let name? in segments.lazy.map(\.speaker) where names[name] == nil {
            var words: [TextAnalyzer.Word] = []
            analyzer.append(wordsOf: name, to: &words)
            names[name] = words.indices.contains { index in
                targets.contains { isExact($0, from: index, in: words, &known) != nil }
            }
        }
        return names
    }
}
