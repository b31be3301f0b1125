internal import CZlib
internal import Foundation

/// Marks what an engine may have made up. Nothing is taken away: people decide, and see why they should look.
public struct HearingGuard: Sendable {
    /// The same words so many times on end are no speech.
    public var leastRepetitions: Int = 4
    /// Repetitions of up to so many words are looked for.
    public var longestRepetition: Int = 8
    /// Text that zlib makes more than so many times smaller says little (openai-whisper's `compression_ratio_threshold`).
    public var mostCompression: Double = 2.4
    /// So much of a segment has to have a voice in it, 0 to 1.
    public var leastVoice: Double = 0.2
    /// Nobody says more words in a second.
    public var mostWordsPerSecond: Double = 10

    /// The defaults.
    public init() {}

    /// The segments that an engine heard in `piece`, with flags.
    public func flagged(_ segments: [HeardSegment], in piece: SpeechPiece) -> [HeardSegment] {
        let words = segments.map { Self.words($0.text) }
        let repeating = repeating(words)
        let isAllDense = segments.count > 1 && isDense(segments.map(\.text).joined(separator: " "))
        return segments.indices.map { index in
            var segment = segments[index]
            if repeating.contains(index) || isAllDense || isDense(segment.text) { segment.flags.insert(.repeated) }
            let end = max(segment.start, segment.end)
            if piece.voicedShare(of: segment.start..<end) < leastVoice { segment.flags.insert(.noVoice) }
            // Times are rounded: one word in no time is a word.
            let seconds = max(end - segment.start, 0.1)
            if Double(words[index].count) / seconds > mostWordsPerSecond { segment.flags.insert(.tooFast) }
            return segment
        }
    }

    /// Words without case, diacritics and punctuation.
    private static func words(_ text: String) -> [String] {
        text.folding(options: [.caseInsensitive, .diacriticInsensitive], locale: nil)
            .split { !$0.isLetter && !$0.isNumber }
            .map(String.init)
    }

    /// Which segments have a part in words that are repeated too often, also where each segment says them once.
    private func repeating(_ segments: [[String]]) -> Set<Int> {
        let words = segments.enumerated().flatMap { index, words in words.map { (index, $0) } }
        var found: Set<Int> = []
        for length in 1...max(longestRepetition, 1) {
            // How many words on end are those that stand `length` before them.
            var same = 0
            for place in stride(from: length, to: words.count, by: 1) {
                same = words[place].1 == words[place - length].1 ? same + 1 : 0
                guard same >= (leastRepetitions - 1) * length else { continue }
                for (index, _) in words[place - leastRepetitions * length + 1...place] { found.insert(index) }
            }
        }
        return found
    }

    private func isDense(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var size = compressBound(uLong(bytes.count))
        var packed = [UInt8](repeating: 0, count: Int(size))
        guard !bytes.isEmpty, compress(&packed, &size, bytes, uLong(bytes.count)) == Z_OK else { return false }
        return Double(bytes.count) / Double(size) > mostCompression
    }
}
