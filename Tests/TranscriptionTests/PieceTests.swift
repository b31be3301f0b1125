import Foundation
import TestSupport
import Testing

@testable import Transcription

@Suite("Pieces of speech")
struct PieceTests {
    private static let longest = 30 * SpeechPiece.sampleRate

    /// Somebody who speaks for two minutes and is never silent for long.
    private static func monologue() throws -> KnownSpeech {
        let text = [String](repeating: SegmentationTests.text, count: 9).joined(separator: " ")
        return try KnownSpeech(text, voice: .rms)
    }

    @Test("none is longer than 30 s; they are in order, apart, and the recording's own samples; together all speech")
    func longSpeech() throws {
        let speech = try Self.monologue()
        let samples = recorded(speech.samples)
        try #require(samples.count > 100 * SpeechPiece.sampleRate)
        let pieces = segment(samples)
        #expect(pieces.count >= 4)
        #expect(speech.covered(by: pieces) >= SegmentationTests.coverage)
        var end = 0
        for piece in pieces {
            let start = Int((piece.start * 16_000).rounded())
            #expect(piece.samples.count <= Self.longest)
            #expect(start >= end)
            end = start + piece.samples.count
            #expect(Array(samples[start..<end]) == piece.samples)
        }
    }

    /// Whoever is cut off where they are silent is not cut off in a word.
    @Test("a long piece is cut at a pause")
    func cutAtPause() throws {
        let speech = try Self.monologue()
        let pieces = segment(recorded(speech.samples))
        for (piece, next) in zip(pieces, pieces.dropFirst()) {
            let cut = Int(((piece.start + piece.duration) * 50).rounded())
            let after = Int((next.start * 50).rounded())
            #expect(!speech.isSpeech[cut] || !speech.isSpeech[cut - 1] || !speech.isSpeech[after])
        }
    }

    /// Noise that is quiet for 80 ms in each second and a half: enough to be no steady noise, too short for a pause.
    private static func withoutPause() -> [Int16] {
        let noise = Signal.white.samples(70 * SpeechPiece.sampleRate, level: -20)
        return recorded(noise.enumerated().map { $0 % 24_000 < 1_280 ? $1 * 0.001 : $1 })
    }

    @Test("what is kept does not grow with the recording")
    func memory() {
        var segmenter = SpeechSegmenter()
        let samples = Self.withoutPause() + [Int16](repeating: 0, count: 20 * SpeechPiece.sampleRate)
        var most = 0
        for start in stride(from: 0, to: samples.count, by: 4_000) {
            _ = segmenter.consume(samples[start..<min(start + 4_000, samples.count)])
            most = max(most, segmenter.samples.count)
        }
        // A piece, the two seconds that are looked ahead, and one that is not let go of yet.
        #expect(most <= Self.longest + 3 * SpeechPiece.sampleRate + 4_000)
        #expect(segmenter.samples.count <= 4 * SpeechPiece.sampleRate)
    }

    @Test("speech without any pause is cut all the same, and none of it is lost")
    func cutWithoutPause() {
        let pieces = segment(Self.withoutPause())
        #expect(pieces.count == 3)
        #expect(pieces.allSatisfy { $0.samples.count <= Self.longest })
        #expect(pieces.reduce(0) { $0 + $1.duration } > 69)
    }

    @Test("a pause of 2 s parts pieces, one of 0.5 s does not; both have the padding around them")
    func pauses() throws {
        let one = try KnownSpeech("Good morning.", voice: .slt).samples
        func silent(_ seconds: Double) -> [Double] { [Double](repeating: 0, count: Int(seconds * 16_000)) }
        let apart = segment(recorded(silent(3) + one + silent(2) + one + silent(3)))
        #expect(apart.count == 2)
        let together = segment(recorded(silent(3) + one + silent(0.2) + one + silent(3)))
        #expect(together.count == 1)
        for piece in apart + together {
            let first = try #require(piece.voiced.first)
            let last = try #require(piece.voiced.last)
            #expect(abs(first.lowerBound - 0.24) < 0.001)
            #expect(abs(piece.duration - last.upperBound - 0.24) < 0.001)
        }
    }

    @Test("what part of a stretch had a voice in it")
    func voicedShare() {
        let piece = SpeechPiece(start: 5, samples: [], voiced: [1..<2, 3..<4])
        #expect(piece.voicedShare(of: 1..<2) == 1)
        #expect(piece.voicedShare(of: 0..<4) == 0.5)
        #expect(piece.voicedShare(of: 2..<3) == 0)
        #expect(piece.voicedShare(of: 1.5..<1.5) == 1)
        #expect(piece.voicedShare(of: 2.5..<2.5) == 0)
    }
}
