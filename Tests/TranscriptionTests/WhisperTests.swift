import ArchiveCore
import Foundation
import TestSupport
import Testing

@testable import Transcription

@Suite("whisper-cli, as the current release of whisper.cpp is called and answers")
struct WhisperTests {
    private static let piece = SpeechPiece(
        start: 12,
        samples: (0..<64_000).map { Int16(truncatingIfNeeded: $0 &* 7) },
        voiced: [0..<4]
    )

    /// A program that says what it was called with and what it read, and prints what `answer` in the folder holds.
    private static func engine(_ scene: EngineScene, _ answer: [UInt8], body: String? = nil) throws -> WhisperCLI {
        let folder = scene.folder.path
        try Data(answer).write(to: scene.folder.appending(path: "answer"))
        try Data("model".utf8).write(to: scene.folder.appending(path: "ggml-small.bin"))
        let replay = """
            #!/bin/sh
            for argument in "$@"; do printf '%s\\n' "$argument"; done > \(folder)/argv
            cat > \(folder)/heard
            cat \(folder)/answer > /dev/stdout
            """
        return try WhisperCLI(
            program: try scene.write("whisper-cli", body ?? replay),
            modelFile: "\(folder)/ggml-small.bin",
            threads: 2,
            confinement: scene.confinement
        )
    }

    @Test("is told model, language and where to read and write, and reads the piece as a WAV file from stdin")
    func called() async throws {
        let scene = try await EngineScene()
        let engine = try Self.engine(scene, RecordedWhisper.answer)
        #expect(engine.name == "whisper-cli")
        #expect(engine.model == "ggml-small.bin")
        _ = try await engine.transcribe(Self.piece, language: nil)
        let arguments = try #require(scene.read("argv"))
        #expect(
            String(decoding: arguments, as: UTF8.self).split(separator: "\n").joined(separator: " ")
                == "-m \(scene.folder.path)/ggml-small.bin -l auto -t 2 -np -ojf -of - -f -"
        )
        let heard = try #require(scene.read("heard"))
        #expect(heard.prefix(44) == Data(wavHeader(sampleCount: 64_000)))
        #expect(heard.dropFirst(44) == Self.piece.samples.withUnsafeBytes { Data($0) })
        _ = try await engine.transcribe(Self.piece, language: "id")
        let again = try #require(scene.read("argv"))
        #expect(String(decoding: again, as: UTF8.self).contains("\n-l\nid\n"))
    }

    @Test("its JSON becomes segments and words with times and confidence, broken bytes and control characters included")
    func answer() async throws {
        let scene = try await EngineScene()
        let answer = try await Self.engine(scene, RecordedWhisper.answer).transcribe(Self.piece, language: nil)
        #expect(answer.language == "id")
        try #require(answer.segments.count == 2)
        let first = answer.segments[0]
        #expect(first.text == "Rapat dibuka, \"pukul\" sembilan.")
        #expect((first.start, first.end) == (0, 2.56))
        #expect(first.words.map(\.text) == ["Rapat", "dibuka,", "\"pukul\"", "sembilan."])
        #expect(first.words.map(\.start) == [0.04, 0.5, 1.01, 1.4])
        #expect(first.words.map(\.end) == [0.5, 1.01, 1.01, 2.2])
        #expect(first.words.map { (($0.confidence ?? 0) * 100).rounded() } == [75, 70, 70, 90])
        #expect(abs((first.confidence ?? 0) - 5.4 / 7) < 1e-9)
        let second = answer.segments[1]
        #expect(second.text == "Harga   €9.")
        #expect(second.words.map(\.text) == ["Harga", "€9."])
        #expect(second.words.last?.end == 3.9)
    }

    @Test("each byte of the answer that is lost is noticed, and none of them is a crash")
    func cut() {
        for count in 0..<RecordedWhisper.answer.count - 2 {
            #expect(throws: DecodingError.self) { try WhisperJSON.answer(Array(RecordedWhisper.answer.prefix(count))) }
        }
    }

    @Test("stray bytes become U+FFFD and nothing else changes")
    func strayBytes() throws {
        let text = Array("{\"result\":{},\"transcription\":[{\"offsets\":{\"from\":0,\"to\":10},\"text\":\" a\\\\".utf8)
        let answer = try WhisperJSON.answer(text + [0xFF, 0x62, 0xC3, 0x01, 0x63] + Array("\\\"d\"}]}".utf8))
        #expect(answer.segments.map(\.text) == ["a\\\u{FFFD}b\u{FFFD} c\"d"])
        #expect(answer.segments[0].confidence == nil)
        #expect(answer.language == nil)
    }

    /// whisper-cli exits with 0 when it cannot read its input.
    @Test("an answer that is none is an error with what it said on stderr")
    func nothing() async throws {
        let scene = try await EngineScene()
        let silent = try Self.engine(scene, [], body: "#!/bin/sh\necho 'error: failed to decode audio' >&2\n")
        await #expect(
            throws: EngineFailure.notUnderstood(
                program: "\(scene.folder.path)/whisper-cli",
                reason: "it printed nothing",
                complaint: "error: failed to decode audio"
            )
        ) { try await silent.transcribe(Self.piece, language: nil) }
        let chatty = try Self.engine(scene, Array("[00:00.000 --> 00:02.000] halo\n".utf8))
        let failure = await #expect(throws: EngineFailure.self) {
            try await chatty.transcribe(Self.piece, language: nil)
        }
        #expect(failure?.error.message.hasSuffix("is not understood (no JSON of whisper.cpp)") == true)
    }
}
