internal import Foundation

/// JSON of Vosk: one result, a list of results, or results one after the other, as a stream gives them.
enum Vosk {
    private struct Result: Decodable {
        struct Alternative: Decodable {
            let text: String?
            let result: [Word]?
        }
        let text: String?
        let result: [Word]?
        let alternatives: [Alternative]?
    }

    private struct Word: Decodable {
        let start: Double
        let end: Double
        let word: String
        let conf: Double?
    }

    /// Reads results; partial ones are left out, of alternatives the first is taken.
    static func parse(_ data: Data) throws(TranscriptError) -> Transcript {
        var results: [Result] = []
        for document in try JSONDocument.stream(data) {
            results += document.isList ? try document.decode([Result].self) : [try document.decode(Result.self)]
        }
        return try Transcript(engine: "vosk", segments: EngineTimes.segments(results, segment))
    }

    private static func segment(_ result: Result) throws(TranscriptError) -> TranscriptSegment? {
        let words = result.result ?? result.alternatives?.first?.result
        let text = result.text ?? result.alternatives?.first?.text ?? ""
        guard !SpokenText.trimmed(text).isEmpty else { return nil }
        guard let words, let first = words.first else {
            throw TranscriptError(
                .format,
                "the result has no times",
                hint: "have the engine give words with times; of Vosk: SetWords(true)"
            )
        }
        var read: [TranscriptWord] = []
        for word in words {
            let next = try EngineTimes.word(
                word.word,
                from: EngineTimes.time(word.start),
                to: EngineTimes.time(word.end),
                confidence: word.conf,
                after: read.last
            )
            if let next { read.append(next) }
        }
        let start = try EngineTimes.time(first.start)
        return try TranscriptSegment(
            start: start,
            end: max(read.last?.end ?? start, start),
            text: text,
            confidence: EngineTimes.mean(read.map(\.confidence)),
            words: read
        )
    }
}
