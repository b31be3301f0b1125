import ArchiveTesting
import Foundation
import Transcription

/// A time in milliseconds.
func at(_ milliseconds: Int) -> TranscriptTime { TranscriptTime(milliseconds: milliseconds) ?? .zero }

/// What a parser said of a text that it refused; nil where it did not.
func refusal<Value>(_ body: () throws(TranscriptError) -> Value) -> TranscriptError? {
    do throws(TranscriptError) {
        _ = try body()
        return nil
    } catch {
        return error
    }
}

/// Transcripts with texts that formats stumble over.
struct TranscriptMaker {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// What is put together, in any order and number.
    private static let pieces = [
        "rapat", "anggaran", " ", "  ", "\n", "\n\n", "\r\n", "\t", "-->", "--&gt;", "00:00:01.000 --> 00:00:02.000",
        "00:00:01,000 --> 00:00:02,000", "<v Menteri>", "</v>", "<b>", "</i>", "<font color=\"red\">", "{\\an8}", "<",
        ">", "&", "&amp;", "&lt", "&#38;", "&#x3C;", ";", "[S1]: ", "[", "]", "(speaker 0) ", "Menteri: ", "# ", "\\",
        "\\]", "NOTE", "WEBVTT", "STYLE", "1", "2\n", "\"", "'", "”", "،السلام عليكم", "\u{202E}kanan\u{202C}", "שלום",
        "👩🏽‍⚖️", "🇮🇩", "e\u{301}", "\u{301}", "<\u{301}", "&\u{200D}", ">\u{FE0F}", ":\u{301}", "日本語", "\u{FEFF}", "\u{A0}",
        "\u{2028}", "\u{AD}", "{\"a\":[1]}", "|", "*", "_", "`", "~~", "http://a.b/c", "00:00:01.000", " - ",
    ]

    /// A text of up to `count` pieces with a word in it, so that it is none that is left out.
    mutating func text(_ count: Int) -> String {
        var pieces = (0..<Int.random(in: 0...count, using: &random))
            .map { _ in Self.pieces.randomElement(using: &random) ?? "" }
        pieces.insert("kata", at: Int.random(in: 0...pieces.count, using: &random))
        return pieces.joined()
    }

    /// A transcript; with `isWhole` everything that there can be, else times, speakers and texts.
    mutating func transcript(isWhole: Bool) throws -> Transcript {
        var (segments, start) = ([TranscriptSegment](), 0)
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            start += [0, 1, 999, 60_000, 3_599_999].randomElement(using: &random) ?? 0
            let end = start + Int.random(in: 0...70_000, using: &random)
            segments.append(
                try TranscriptSegment(
                    start: at(start),
                    end: at(end),
                    speaker: Bool.random(using: &random) ? text(4) : nil,
                    text: text(9),
                    confidence: isWhole ? .random(in: 0...1, using: &random) : nil,
                    words: isWhole ? words(start, end) : nil,
                    flags: isWhole && Bool.random(using: &random) ? [.noVoice, .repeated] : []
                )
            )
        }
        return try Transcript(
            language: isWhole ? "id-ID" : nil,
            engine: isWhole ? text(3) : nil,
            model: isWhole ? text(3) : nil,
            revision: isWhole ? Int.random(in: 0...9, using: &random) : 0,
            author: isWhole ? text(3) : nil,
            segments: segments
        )
    }

    private mutating func words(_ start: Int, _ end: Int) throws -> [TranscriptWord] {
        try (0..<Int.random(in: 0...4, using: &random)).map { number in
            try TranscriptWord(
                start: at(start + number),
                end: at(end + number),
                text: text(2),
                confidence: Bool.random(using: &random) ? .random(in: 0...1, using: &random) : nil
            )
        }
    }
}
