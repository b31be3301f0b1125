import ArchiveCore
import Catalogue
import Foundation
import Search
import Transcription
import Transcripts

/// Fills an archive that a benchmark has made with recordings of which there is much to search: a second of silence each, and a long transcript
/// with the times of its words.
public struct SearchFilling: Sendable {
    /// A vocabulary of so many words.
    private static let vocabulary = 60_000.0
    private static let wordsOfSegment = 20

    private let recordings: Int
    private let words: Int

    /// So many recordings, of so many words.
    public init(recordings: Int, words: Int) {
        self.recordings = recordings
        self.words = words
    }

    /// Fills `archive`, and has all of it indexed.
    public func fill(_ archive: Archive) async throws {
        let author = try await archive.addMember(.archivist)
        _ = try await HoldingsBenchmark(recordings: recordings, destroyed: 0).fill(archive)
        let ids = try await archive.catalogue.read { try $0.indexing(limit: recordings) }.map(\.recording)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let processors = ProcessInfo.processInfo.activeProcessorCount
            for first in 0..<processors {
                group.addTask {
                    for number in stride(from: first, to: ids.count, by: processors) {
                        let transcript = try transcript(number)
                        _ = try await archive.transcripts.put(ids[number], after: nil, author: nil, by: author) {
                            transcript
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        while try await archive.index.step().changes > 0 {}
    }

    /// Words as they come in meetings, a few very often and most seldom (Zipf's law); the same for the same number.
    private func transcript(_ number: Int) throws -> Transcript {
        var random = Numbers(state: UInt64(number))
        var segments: [TranscriptSegment] = []
        for start in stride(from: 0, to: words, by: Self.wordsOfSegment) {
            let spoken = try (start..<min(start + Self.wordsOfSegment, words)).map { place in
                try TranscriptWord(
                    start: Self.time(Double(place) * 0.4),
                    end: Self.time(Double(place) * 0.4 + 0.31),
                    text: Self.word(&random),
                    confidence: 0.9
                )
            }
            guard let first = spoken.first, let last = spoken.last else { continue }
            segments.append(
                try TranscriptSegment(
                    start: first.start,
                    end: last.end,
                    speaker: "Pembicara \(start % 3)",
                    text: spoken.map(\.text).joined(separator: " "),
                    words: spoken
                )
            )
        }
        return try Transcript(language: "id", engine: "benchmark", segments: segments)
    }

    private static func time(_ seconds: Double) throws -> TranscriptTime {
        guard let time = TranscriptTime(seconds: seconds) else {
            throw ArchiveError(.unexpected, "no time is \(seconds)")
        }
        return time
    }

    private static func word(_ random: inout Numbers) -> String { word(rank: rank(random.unit())) }

    /// A rank by its share of all words: each is as frequent as its inverse says.
    private static func rank(_ share: Double) -> Int { Int(exp(share * log(vocabulary))) }

    private static func word(rank: Int) -> String {
        let (onsets, vowels) = (Array("bcdghjklmnprstwy"), Array("aiueo"))
        var (rest, word) = (rank, "")
        repeat {
            word += "\(onsets[rest % 16])\(vowels[rest / 16 % 5])"
            rest /= 80
        } while rest > 0
        return word + ["", "kan", "nya", "an"][rank % 4]
    }

    /// A query of two words, neither of them among the most frequent.
    public static func query(_ number: Int) -> String {
        var random = Numbers(state: ~UInt64(number))
        return (0..<2).map { _ in word(rank: rank(0.35 + 0.4 * random.unit())) }.joined(separator: " ")
    }

    /// Numbers that are the same for the same state (a linear congruence, of which the high bits are taken).
    private struct Numbers {
        var state: UInt64

        mutating func unit() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53)
        }
    }
}
