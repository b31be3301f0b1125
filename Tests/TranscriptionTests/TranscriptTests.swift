import ArchiveCore
import Foundation
import Testing
import Transcription

@Suite struct TranscriptTests {
    private func parse(_ json: String) throws(TranscriptError) -> Transcript {
        try TranscriptFormat.json.parse(Data(json.utf8))
    }

    private func written(_ transcript: Transcript) throws -> String {
        String(decoding: try TranscriptFormat.json.write(transcript), as: UTF8.self)
    }

    /// One segment with `fields`.
    private func segment(_ fields: String) -> String {
        #"{"format":"risalah-transcript 1","segments":[{"start":0,"end":1,"text":"satu"},{\#(fields)}]}"#
    }

    @Test func theCanonicalFormIsThis() throws {
        let transcript = try Transcript(
            language: "id",
            engine: "whisper.cpp",
            model: "small",
            revision: 2,
            author: "Sari",
            segments: [
                TranscriptSegment(
                    start: at(1_001),
                    end: at(3_000),
                    speaker: "S1",
                    text: " Selamat pagi.\r\n\r\n Mari / \"mulai\" ",
                    confidence: 0.98765,
                    words: [TranscriptWord(start: at(1_001), end: at(1_500), text: " Selamat", confidence: 1)],
                    flags: [.repeated, .noVoice]
                ),
                TranscriptSegment(start: at(3_000), end: at(3_000), text: "Ya"),
            ]
        )
        let json = #"""
            {"author":"Sari","engine":"whisper.cpp","format":"risalah-transcript 1","language":"id","model":"small",\#
            "revision":2,"segments":[{"confidence":0.988,"end":3,"flags":["no-voice","repeated"],"speaker":"S1",\#
            "start":1.001,"text":"Selamat pagi.\nMari / \"mulai\"","words":[{"confidence":1,"end":1.5,"start":1.001,\#
            "text":"Selamat"}]},{"end":3,"start":3,"text":"Ya"}]}
            """#
        #expect(try written(transcript) == json.replacing("\\#\n", with: ""))
        #expect(try parse(written(transcript)) == transcript)
    }

    @Test func everyMillisecondIsReadAsItIsWritten() throws {
        for milliseconds in Array(0...20_000) + Array((TranscriptTime.limit - 20_000)...TranscriptTime.limit) {
            let time = try #require(TranscriptTime(milliseconds: milliseconds))
            let json = try JSONEncoder().encode([time])
            #expect(try JSONDecoder().decode([TranscriptTime].self, from: json) == [time])
        }
        #expect(at(3_723_004).text == "01:02:03.004")
        #expect(at(360_000_000).text == "100:00:00.000")
        #expect(TranscriptTime(milliseconds: -1) == nil)
        #expect(TranscriptTime(milliseconds: TranscriptTime.limit + 1) == nil)
        #expect(TranscriptTime(seconds: .nan) == nil)
        #expect(TranscriptTime(seconds: .infinity) == nil)
        #expect(TranscriptTime(seconds: 4.5600000000000005)?.milliseconds == 4_560)
    }

    @Test(
        "what a segment cannot be is refused with its place",
        arguments: [
            (#""start":2,"end":1,"text":"a""#, TranscriptError.Code.time, TranscriptError.Place.segment(2)),
            (#""start":-1,"end":1,"text":"a""#, .time, .segment(2)),
            (#""start":0,"end":1e300,"text":"a""#, .time, .segment(2)),
            (#""start":0,"end":"1","text":"a""#, .syntax, .segment(2)),
            (#""start":0,"text":"a""#, .syntax, .segment(2)),
            (#""start":0,"end":1,"text":" \n ""#, .value, .segment(2)),
            (#""start":0,"end":1,"text":"a\u0000b""#, .value, .segment(2)),
            (#""start":0,"end":1,"text":"a\u001b[2Jb""#, .value, .segment(2)),
            (#""start":0,"end":1,"text":"a","speaker":"S\u0007""#, .value, .segment(2)),
            (#""start":0,"end":1,"text":"a","spaeker":"S1""#, .syntax, .segment(2)),
            (#""start":0,"end":1,"text":"a","confidence":1.5"#, .value, .segment(2)),
            (#""start":0,"end":1,"text":"a","flags":["invented"]"#, .value, .segment(2)),
            (
                #""start":0,"end":1,"text":"a","words":[{"start":0,"end":1,"text":"a"},{"start":0,"end":1}]"#, .syntax,
                .word(2, segment: 2)
            ),
            (
                #""start":0,"end":2,"text":"a","words":[{"start":1,"end":1,"text":"a"},{"start":0,"end":1,"text":"b"}]"#,
                .order, .segment(2)
            ),
            (#""start":0,"end":1,"text":"a",}"#, .syntax, .line(1)),
        ]
    )
    func refused(_ fields: String, _ code: TranscriptError.Code, _ place: TranscriptError.Place) throws {
        let error = try #require(refusal { () throws(TranscriptError) in try parse(segment(fields)) })
        #expect(error.code == code, "\(error)")
        #expect(error.place == place, "\(error)")
        #expect(!error.hint.isEmpty)
        #expect(error.error.code == .badMetadata)
    }

    @Test func segmentsAreInOrderAndOfOneVersion() throws {
        func code(_ json: String) -> TranscriptError.Code? {
            refusal { () throws(TranscriptError) in try parse(json) }?.code
        }
        let backwards =
            #"{"format":"risalah-transcript 1","segments":[{"start":1,"end":1,"text":"a"},{"start":0,"end":2,"text":"b"}]}"#
        #expect(refusal { () throws(TranscriptError) in try parse(backwards) }?.place == .segment(2))
        #expect(code(backwards) == .order)
        #expect(code(#"{"format":"risalah-transcript 2","segments":[]}"#) == .format)
        #expect(code(#"{"segments":[]}"#) == .syntax)
        #expect(code(#"{"format":"risalah-transcript 1","segments":[],"language":"Bahasa Indonesia"}"#) == .value)
        #expect(code(#"{"format":"risalah-transcript 1","segments":[],"revision":-1}"#) == .value)
        #expect(code(#"{"format":"risalah-transcript 1","segments":[],"revision":1.5}"#) == .syntax)
        #expect(code(#"{"format":"risalah-transcript 1","segments":[]}"#) == nil)
    }

    @Test func mistakesOfJSONHaveALine() throws {
        for (json, line) in [
            ("", 1), ("{\n\n\"a\" 1}", 3), ("[1,]", 1), ("{\"a\": 1,\n}", 2), ("{} {}", 1), ("{\"a\":\n01}", 2),
            ("{\"a\": \"x\ny\"}", 1), ("{\"a\":\"", 1), (String(repeating: "[", count: 100_000), 1),
            ("{\"a\":\nNaN}", 2),
            ("nul", 1), ("-", 1), ("1.", 1), ("[1e]", 1),
        ] {
            let error = try #require(refusal { () throws(TranscriptError) in try parse(json) }, "\(json.prefix(20))")
            #expect(error.code == .syntax)
            #expect(error.place == .line(line), "\(json.prefix(20)): \(error)")
        }
    }

    @Test func moreThanTheLimitsIsRefused() throws {
        let long = String(repeating: "a", count: Transcript.Limits.text + 1)
        let text = refusal { () throws(TranscriptError) in
            try TranscriptSegment(start: at(0), end: at(0), text: long)
        }
        #expect(text?.code == .tooLarge)
        let word = try TranscriptWord(start: at(0), end: at(0), text: "a")
        let words = refusal { () throws(TranscriptError) in
            try TranscriptSegment(
                start: at(0),
                end: at(0),
                text: "a",
                words: Array(repeating: word, count: Transcript.Limits.words + 1)
            )
        }
        #expect(words?.code == .tooLarge)
        let segment = try TranscriptSegment(start: at(0), end: at(0), text: "a")
        let segments = refusal { () throws(TranscriptError) in
            try Transcript(segments: Array(repeating: segment, count: Transcript.Limits.segments + 1))
        }
        #expect(segments?.code == .tooLarge)
        let spaces = Data(repeating: UInt8(ascii: " "), count: Transcript.Limits.document + 1)
        for format in TranscriptFormat.allCases {
            let error = refusal { () throws(TranscriptError) in try format.parse(spaces) }
            #expect(error?.code == .tooLarge, "\(format)")
            #expect(error?.error.code == .tooLarge)
        }
    }

    // MARK: Compressed

    @Test func whatIsCompressedComesBack() throws {
        let segments = try (0..<2_000).map { number in
            try TranscriptSegment(
                start: at(number * 1000),
                end: at(number * 1000 + 900),
                text: "Rapat nomor \(number)."
            )
        }
        let transcript = try Transcript(language: "id", segments: segments)
        let compressed = try transcript.compressed()
        #expect(compressed.count * 5 < (try TranscriptFormat.json.write(transcript)).count)
        #expect(try Transcript(compressed: compressed) == transcript)
        for damaged in [
            Data(), compressed.dropLast(), compressed.dropFirst(), compressed + [0], Data("x".utf8),
            Data(compressed.prefix(100)),
        ] {
            let error = refusal { () throws(TranscriptError) in try Transcript(compressed: damaged) }
            #expect(error?.code == .compression)
        }
    }

    @Test func aBombIsRefused() throws {
        // 40 MiB of spaces in 40 KB.
        let space = String(repeating: " ", count: 60 << 10)
        let segments = try (0..<10).map { _ in try TranscriptSegment(start: at(0), end: at(0), text: "a\(space)b") }
        let small = try Transcript(segments: segments)
        #expect(try Transcript(compressed: small.compressed()) == small)
        let many = try Transcript(segments: Array(repeating: segments[0], count: 700))
        let error = refusal { () throws(TranscriptError) in try many.compressed() }
        #expect(error?.code == .tooLarge)
        #expect(refusal { () throws(TranscriptError) in try Transcript(compressed: Bomb.zeros) }?.code == .tooLarge)
    }
}
