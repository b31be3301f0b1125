import ArchiveCore
import Foundation
import TestSupport
import Testing

@testable import Transcription

@Suite("Any program as an engine")
struct CommandEngineTests {
    private struct Unreadable: Error {}

    /// One segment a line: start, end, text.
    @Sendable
    private static func parse(_ data: Data) throws -> [HeardSegment] {
        try String(decoding: data, as: UTF8.self).split(separator: "\n").map { line in
            let fields = line.split(separator: "\t")
            guard fields.count == 3, let start = Double(fields[0]), let end = Double(fields[1]) else {
                throw Unreadable()
            }
            return HeardSegment(start: start, end: end, text: String(fields[2]))
        }
    }

    /// A stock program counts the samples of its input, by the path that it is given or from stdin.
    @Test("reads WAV from stdin or from a path that it can seek in", arguments: ["pipe:0", "{audio}"])
    func reads(place: String) async throws {
        let scene = try await EngineScene()
        let piece = SpeechPiece(start: 3, samples: [Int16](repeating: 7, count: 24_000), voiced: [0..<1.5])
        let script = """
            #!/bin/sh
            samples=$(($(ffmpeg -v error -i "$1" -f s16le pipe:1 | wc -c) / 2))
            printf '0\\t%s\\t%s' "$samples" "$2"
            """
        let engine = try CommandEngine(
            [try scene.write("engine", script), place, "hears {language}"],
            model: "small",
            confinement: scene.confinement,
            parse: Self.parse
        )
        #expect((engine.name, engine.model) == ("command", "small"))
        let answer = try await engine.transcribe(piece, language: "id")
        #expect(answer.segments == [HeardSegment(start: 0, end: 24_000, text: "hears id")])
        #expect(answer.language == "id")
        let unknown = try await engine.transcribe(piece, language: nil)
        #expect(unknown.segments.map(\.text) == ["hears auto"])
    }

    @Test("what its parser refuses is an error that names the program")
    func refused() async throws {
        let scene = try await EngineScene()
        let engine = try CommandEngine(["echo", "halo"], confinement: scene.confinement, parse: Self.parse)
        let piece = SpeechPiece(start: 0, samples: [0], voiced: [])
        let failure = await #expect(throws: EngineFailure.self) { try await engine.transcribe(piece, language: nil) }
        #expect(failure?.error.message == "what /usr/bin/echo printed is not understood (no transcript): Unreadable()")
        #expect(failure?.discreet.message == "what /usr/bin/echo printed is not understood (no transcript)")
        #expect(throws: EngineFailure.self) {
            try CommandEngine([], confinement: scene.confinement, parse: Self.parse)
        }
    }
}
