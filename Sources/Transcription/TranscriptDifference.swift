/// What one revision of a transcript changes in another: segments by their times, speakers, and words.
public struct TranscriptDifference: Sendable, Hashable, CustomStringConvertible {
    /// One change.
    public enum Change: Sendable, Hashable {
        /// A segment that the newer revision has more.
        case added(TranscriptSegment)
        /// A segment that it has no more.
        case removed(TranscriptSegment)
        /// A segment of which times, speaker or text are others; its words, where the text is.
        case changed(TranscriptSegment, to: TranscriptSegment, words: [Words])
    }

    /// Words next to each other, with single spaces between them.
    public enum Words: Sendable, Hashable {
        /// In both.
        case kept(String)
        /// In the older one.
        case removed(String)
        /// In the newer one.
        case added(String)
    }

    /// Changes in the order of the times.
    public let changes: [Change]
    /// The languages, where they differ.
    public let languages: [String?]

    /// What `new` changes in `old`. Confidence, words with times and flags are an engine's and no change.
    public init(from old: Transcript, to new: Transcript) {
        languages = old.language == new.language ? [] : [old.language, new.language]
        changes = Self.pairs(old.segments, new.segments).compactMap { old, new in
            switch (old, new) {
            case (let old?, let new?):
                let isSame = old.start == new.start && old.end == new.end && old.speaker == new.speaker
                guard !isSame || old.text != new.text else { return nil }
                return .changed(old, to: new, words: old.text == new.text ? [] : WordDifference.of(old.text, new.text))
            case (let old?, nil): return .removed(old)
            case (nil, let new?): return .added(new)
            case (nil, nil): return nil
            }
        }
    }

    /// Whether nothing is changed.
    public var isEmpty: Bool { changes.isEmpty && languages.isEmpty }

    /// A line for each change: `+`, `-` or `~`, times, speaker, and the text with `[-removed-]` and `{+added+}` words.
    public var description: String {
        let language = languages.isEmpty ? [] : ["~ language: \(languages.map { $0 ?? "-" }.joined(separator: " → "))"]
        return (language + changes.map(\.line)).map { $0 + "\n" }.joined()
    }

    private typealias Pair = (old: TranscriptSegment?, new: TranscriptSegment?)

    /// Segments with the same times belong together, then those with the same beginning, whatever their number.
    private static func pairs(_ old: [TranscriptSegment], _ new: [TranscriptSegment]) -> [Pair] {
        var (pairs, newer) = ([Pair](), new[...])
        var older = old[...]
        while let start = [older.first?.start, newer.first?.start].compactMap(\.self).min() {
            let left = older.prefix { $0.start == start }
            let right = newer.prefix { $0.start == start }
            (older, newer) = (older[left.endIndex...], newer[right.endIndex...])
            pairs += together(Array(left), Array(right))
        }
        return pairs
    }

    /// Segments that begin at the same time.
    private static func together(_ old: [TranscriptSegment], _ new: [TranscriptSegment]) -> [Pair] {
        var waiting = Dictionary(grouping: new.indices, by: { new[$0].end })
        for end in waiting.keys { waiting[end]?.reverse() }
        var partner = old.map { waiting[$0.end]?.popLast() }
        var rest = waiting.values.joined().sorted()[...]
        for index in partner.indices where partner[index] == nil { partner[index] = rest.popFirst() }
        return zip(old, partner).map { old, index in (old, index.map { new[$0] }) } + rest.map { (nil, new[$0]) }
    }
}

extension TranscriptDifference.Change {
    /// As a line.
    fileprivate var line: String {
        switch self {
        case .added(let segment): "+ [\(segment.span)\(segment.name)] \(segment.flat)"
        case .removed(let segment): "- [\(segment.span)\(segment.name)] \(segment.flat)"
        case .changed(let old, let new, let words):
            "~ [\(Self.both(old.span, new.span))\(Self.speakers(old, new))] "
                + (words.isEmpty ? new.flat : words.map(\.marked).joined(separator: " "))
        }
    }

    private static func both(_ old: String, _ new: String) -> String { old == new ? old : "\(old) → \(new)" }

    private static func speakers(_ old: TranscriptSegment, _ new: TranscriptSegment) -> String {
        old.speaker == new.speaker ? old.name : " \(old.speaker ?? "-") → \(new.speaker ?? "-")"
    }
}

extension TranscriptDifference.Words {
    fileprivate var marked: String {
        switch self {
        case .kept(let words): words
        case .removed(let words): "[-\(words)-]"
        case .added(let words): "{+\(words)+}"
        }
    }
}

extension TranscriptSegment {
    fileprivate var span: String { "\(start) - \(end)" }
    fileprivate var name: String { speaker.map { " \($0)" } ?? "" }
    fileprivate var flat: String {
        text.unicodeScalars.split(separator: "\n").map { String($0) }.joined(separator: " ")
    }
}
