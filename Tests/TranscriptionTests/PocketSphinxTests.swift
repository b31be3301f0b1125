import ArchiveCore
import Foundation
import TestSupport
import Testing

@testable import Transcription

@Suite("PocketSphinx hears synthesized speech")
struct PocketSphinxTests {
    /// Measured: slt 0.08, rms 0.13, awb 0.25.
    @Test("nearly word for word, with times that lie in the piece and in its voice", arguments: ["slt", "rms", "awb"])
    func hears(voice: String) async throws {
        let engine = try PocketSphinx(confinement: try await EngineScene().confinement)
        let speech = try Speech.synthesize(SegmentationTests.text, voice: #require(Speech.Voice(rawValue: voice)))
        let silence = [Int16](repeating: 0, count: 48_000)
        var heard: [String] = []
        for piece in segment(silence + speech + silence) {
            let answer = try await engine.transcribe(piece, language: nil)
            #expect(answer.language == "en")
            for segment in HearingGuard().flagged(answer.segments, in: piece) {
                #expect(segment.flags.isEmpty, "\(segment)")
                #expect(segment.start >= 0 && segment.end <= piece.duration)
                #expect(segment.words.map(\.text) == segment.text.split(separator: " ").map(String.init))
                #expect(zip(segment.words, segment.words.dropFirst()).allSatisfy { $0.end <= $1.start + 0.02 })
                #expect(segment.words.allSatisfy { (0...1).contains($0.confidence ?? -1) })
                heard += segment.words.map(\.text)
            }
        }
        let rate = WordErrorRate.rate(of: heard, said: WordErrorRate.words(SegmentationTests.text))
        #expect(rate <= 0.3, "\(heard.joined(separator: " "))")
    }

    @Test("it hears English only; what of it is missing is named")
    func missing() async throws {
        let confinement = try await EngineScene().confinement
        let engine = try PocketSphinx(confinement: confinement)
        #expect((engine.name, engine.model) == ("pocketsphinx", "en-us"))
        let piece = SpeechPiece(start: 0, samples: [0], voiced: [])
        let failure = await #expect(throws: EngineFailure.self) { try await engine.transcribe(piece, language: "id") }
        #expect(failure?.error.message.hasSuffix("does not hear the language id") == true)
        let absent = #expect(throws: EngineFailure.self) {
            try PocketSphinx(folder: "/nowhere/id", confinement: confinement)
        }
        #expect(absent == .missing(program: "/nowhere/id/id", hint: "install Debian's package pocketsphinx-en-us"))
    }

    /// PocketSphinx logs what it heard; that is no part of an error.
    @Test("a model that it refuses is an error in its own words, without what it heard")
    func damaged() async throws {
        let scene = try await EngineScene()
        let folder = scene.folder.appending(path: "bad")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in ["bad", "bad.lm.bin", "cmudict-bad.dict"] { try Data().write(to: folder.appending(path: name)) }
        let engine = try PocketSphinx(folder: folder.path, confinement: scene.confinement)
        let piece = SpeechPiece(start: 0, samples: [0], voiced: [])
        let failure = await #expect(throws: EngineFailure.self) { try await engine.transcribe(piece, language: "en") }
        guard case .failed(_, 1, let complaint) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(complaint.hasPrefix("ERROR: "))
        #expect(!complaint.contains("INFO"))
    }

    @Test("what it prints, with a pause, silence and noise, and second pronunciations")
    func format() {
        let segments = PocketSphinx.segments(
            """
            3 1 0.15 0.10 we 0.693
            3 1 0.26 0.24 have(2) 1.001
            3 1 0.51 0.29 <sil> 0.900
            3 1 0.81 0.09 to 0.500
            3 1 0.91 0.04 [NOISE] 0.200
            3 1 0.96 0.24 wait 0.800
            3 1 2.00 0.20 thank 0.250
            3 1 2.21 0.19 you 0.750

            """
        )
        #expect(segments.map(\.text) == ["we have to wait", "thank you"])
        #expect(segments.map(\.start) == [0.15, 2])
        #expect(segments.map { ($0.end * 100).rounded() } == [120, 240])
        #expect(segments[0].words[1] == HeardWord(start: 0.26, end: 0.5, text: "have", confidence: 1))
        #expect(segments[1].confidence == 0.5)
        #expect(PocketSphinx.segments("").isEmpty)
    }
}
