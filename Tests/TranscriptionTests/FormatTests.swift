import Foundation
import Testing
import Transcription

@Suite struct FormatTests {
    private func parse(_ format: TranscriptFormat, _ text: String) throws(TranscriptError) -> Transcript {
        try format.parse(Data(text.utf8))
    }

    private func written(_ format: TranscriptFormat, _ segments: [TranscriptSegment]) throws -> String {
        String(decoding: try format.write(Transcript(segments: segments)), as: UTF8.self)
    }

    /// `start end speaker|text` of each segment.
    private func lines(_ transcript: Transcript) -> [String] {
        transcript.segments.map {
            "\($0.start.milliseconds) \($0.end.milliseconds) \($0.speaker ?? "-")|\($0.text)"
        }
    }

    // MARK: Whatever it is

    /// The same seeds always; a failure says which one it was.
    @Test(arguments: TranscriptFormat.writable)
    func whatIsWrittenIsReadAsTheSame(_ format: TranscriptFormat) throws {
        for seed in 0..<400 as Range<UInt64> {
            var maker = TranscriptMaker(seed: seed)
            let transcript = try maker.transcript(isWhole: format == .json)
            let document = try format.write(transcript)
            let again = try format.parse(document)
            try #require(again == transcript, "seed \(seed):\n\(String(decoding: document, as: UTF8.self))")
            #expect(try format.write(again) == document)
            // Where there is no segment, only the name of the file says that it is SubRip.
            #expect(try TranscriptFormat.detect(document, name: "a.\(format.rawValue)") == format, "seed \(seed)")
            #expect(try Transcript(compressed: transcript.compressed()) == transcript)
        }
    }

    @Test func languageIsKeptInWebVTT() throws {
        let transcript = try Transcript(
            language: "id",
            segments: [TranscriptSegment(start: at(0), end: at(1), text: "a")]
        )
        #expect(try TranscriptFormat.vtt.parse(TranscriptFormat.vtt.write(transcript)) == transcript)
    }

    @Test func formatsThatAreOnlyReadAreNotWritten() throws {
        let transcript = try Transcript(segments: [])
        for format in Set(TranscriptFormat.allCases).subtracting(TranscriptFormat.writable) {
            #expect(refusal { () throws(TranscriptError) in try format.write(transcript) }?.code == .format)
            #expect(format.mediaType == nil)
        }
        #expect(TranscriptFormat.writable.allSatisfy { $0.mediaType != nil })
    }

    @Test func bytesThatAreNoTextAreRefused() throws {
        for (bytes, line) in [
            ([0xFF, 0xFE, 0x41, 0x00], 1), ([0xFE, 0xFF, 0x00, 0x41], 1), (Array("WEBVTT\r\n\r\n".utf8) + [0xE9], 3),
            (Array("1\r2\r".utf8) + [0xC0, 0x80], 3),
        ] as [([UInt8], Int)] {
            let error = refusal { () throws(TranscriptError) in try TranscriptFormat.detect(Data(bytes)) }
            #expect(error?.code == .encoding)
            #expect(error?.place == .line(line))
        }
    }

    // MARK: WebVTT

    @Test func voicesAreSpeakers() throws {
        let transcript = try parse(
            .vtt,
            """
            \u{FEFF}WEBVTT - rapat\r\nKind: captions\rLanguage: id

            NOTE
            bukan isyarat

            STYLE
            ::cue { color: red }

            REGION
            id:kiri

            pertama
            00:01.000 --> 00:02.500 align:start position:10% line:-1
            <v.keras.jauh Ibu &quot;Menteri&quot;  Pertahanan>Selamat <i>pagi</i> <00:01.500>semua</v>
            <v Budi>Siap &amp; sedia <c.kuning>1 &lt; 2
            tanpa suara
            00:00:02.000-->01:00:03.000
            di luar <v A>di dalam <v B>lebih dalam</v> lagi</v> di luar

            00:00:00.500 --> 00:00:00.500
            <v Ibu>

            """
        )
        #expect(transcript.language == "id")
        #expect(
            lines(transcript) == [
                "1000 2500 Ibu \"Menteri\" Pertahanan|Selamat pagi semua",
                "1000 2500 Budi|Siap & sedia 1 < 2\ntanpa suara",
                "2000 3603000 -|di luar", "2000 3603000 A|di dalam", "2000 3603000 B|lebih dalam",
                "2000 3603000 A|lagi", "2000 3603000 -|di luar",
            ]
        )
    }

    @Test func webVTTIsWrittenLikeThis() throws {
        let text = try written(
            .vtt,
            [
                TranscriptSegment(start: at(1_000), end: at(3_723_004), speaker: "A > B", text: "a --> b\n<c> & d"),
                TranscriptSegment(start: at(4_000), end: at(5_000), text: "[S1]: bukan nama"),
            ]
        )
        #expect(
            text == """
                WEBVTT

                00:00:01.000 --> 01:02:03.004
                <v A &gt; B>a --&gt; b
                &lt;c&gt; &amp; d

                00:00:04.000 --> 00:00:05.000
                &#91;S1]: bukan nama

                """
        )
    }

    @Test func mistakesInWebVTTHaveALine() throws {
        for (text, code, line) in [
            ("WEBVTT\n\n00:02.000 --> 00:01.000\na", TranscriptError.Code.time, 3),
            ("WEBVTT\n\n00:02,000 --> 00:03,000\na", .time, 3),
            ("WEBVTT\n\nsatu\ndua\n00:01.000 --> 00:02.000\na", .syntax, 3),
            ("WEBVTT\n\n1\n00:01.000 --> 00:02.000\na\n\nb", .syntax, 7), ("WEBVTT\n\n00:01.000 -->\na", .time, 3),
            ("WEBVTT\n\n9999999:00:01.000 --> 9999999:00:02.000\na", .time, 3), ("webvtt\n", .format, 1),
            ("WEBVTT\n\n00:01.000 --> 00:02.000\na&#7;b", .value, 3),
            ("WEBVTT\n\n00:01.000 --> 00:02.000\n<v \u{1}>a", .value, 3),
        ] {
            let error = try #require(refusal { () throws(TranscriptError) in try parse(.vtt, text) }, "\(text)")
            #expect(error.code == code, "\(error)")
            #expect(error.place == .line(line), "\(error)")
        }
    }

    // MARK: SubRip

    @Test func subRipIsReadAsItIsFound() throws {
        let transcript = try parse(
            .srt,
            """
            \u{FEFF}
            1
            00:00:01,000 --> 00:00:02,500  X1:100 X2:200
            {\\an8}<i>Selamat</i> <font color="red">pagi</font>
            2 < 3 & 4 > 1

            00:00:03.000 --> 00:00:04.000
            [S 1]: tanpa nomor
            \t
            3
            00:00:04,000 --> 00:00:05,000
            (speaker 1) <u>siap</u> &lt;b&gt;
            """
        )
        #expect(
            lines(transcript) == [
                "1000 2500 -|Selamat pagi\n2 < 3 & 4 > 1", "3000 4000 S 1|tanpa nomor", "4000 5000 Speaker1|siap <b>",
            ]
        )
    }

    @Test func subRipIsWrittenLikeThis() throws {
        let text = try written(
            .srt,
            [
                TranscriptSegment(start: at(1_000), end: at(2_000), speaker: "Menteri [1]", text: "a --> b & c < d"),
                TranscriptSegment(start: at(2_000), end: at(3_000), text: "(speaker 2) <b>\n&amp;"),
            ]
        )
        #expect(
            text == """
                1
                00:00:01,000 --> 00:00:02,000
                [Menteri &#91;1&#93;]: a --&#62; b & c < d

                2
                00:00:02,000 --> 00:00:03,000
                &#40;speaker 2) &#60;b>
                &#38;amp;


                """
        )
    }

    /// Tags that never end must not be looked for again and again: this would take minutes.
    @Test func tagsWithoutEndCostNothing() throws {
        for tag in ["<b ", "{\\", "&#9", "<v>", "[", "<"] {
            let text = String(repeating: tag, count: Transcript.Limits.text / tag.utf8.count)
            let cue = "00:00:01.000 --> 00:00:02.000\n\(text)"
            #expect(try parse(.srt, cue).segments.first?.text == text.trimmingCharacters(in: .whitespaces))
            _ = try parse(.vtt, "WEBVTT\n\n" + cue)
        }
    }

    @Test func mistakesInSubRipHaveALine() throws {
        let times = "00:00:01,000 --> 00:00:02,000"
        for (text, code, line) in [
            ("1\n\(times)\na\n\n2\nb\n", TranscriptError.Code.time, 6), ("1\n\(times)\na\n2\n\(times)\nb", .syntax, 5),
            ("1\n\(times)\na\n\n2", .syntax, 5), ("1\n00:00:01,00 --> 00:00:02,000\na", .time, 2),
            ("1\n00:00:03,000 --> 00:00:02,000\na", .time, 2), ("\n\n\(times)\na\u{0}b", .value, 3),
        ] {
            let error = try #require(refusal { () throws(TranscriptError) in try parse(.srt, text) }, "\(text)")
            #expect(error.code == code, "\(error)")
            #expect(error.place == .line(line), "\(error)")
        }
    }

    // MARK: What people edit

    @Test func theEditableFormIsThis() throws {
        let text = try written(
            .txt,
            [
                TranscriptSegment(
                    start: at(0),
                    end: at(3_960),
                    speaker: "Menteri [1] \\ dua",
                    text: "Selamat: pagi.\n# Mari."
                ),
                TranscriptSegment(start: at(4_000), end: at(5_000), text: "[Ya]", flags: [.noVoice]),
            ]
        )
        let body = text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("#") }
        #expect(
            body == [
                "[00:00:00.000 - 00:00:03.960 Menteri [1\\] \\\\ dua] Selamat: pagi.", "    # Mari.",
                "[00:00:04.000 - 00:00:05.000] [Ya]", "",
            ]
        )
        #expect(text.hasPrefix("# risalah transcript\n#\n# One segment"))
        #expect(text.contains("\n# to be checked: no-voice\n[00:00:04.000"))
    }

    @Test func whatPeopleWriteIsTaken() throws {
        let transcript = try parse(
            .txt,
            "# catatan\r\n[ 00:01.000 - 0:00:02,500   Bu  Sari ]   satu\r\n\r\n\tdua\r\n  tiga\r\n[00:00:03.000 - 00:00:04.000]\r\n    empat\r\n"
        )
        #expect(lines(transcript) == ["1000 2500 Bu Sari|satu\ndua\ntiga", "3000 4000 -|empat"])
    }

    @Test func mistakesInWhatPeopleWriteHaveALine() throws {
        let good = "# x\n[00:00:05.000 - 00:00:06.000 A] a\n"
        for (text, code) in [
            ("b", TranscriptError.Code.syntax), ("[00:00:07.000 - 00:00:08.000 A b", .syntax),
            ("[00:00:07.000 00:00:08.000 A] b", .syntax), ("[00:00:07.000 - 00:00:08.00 A] b", .syntax),
            ("[00:00:07.000 - 00:00:08.000 A\\", .syntax), ("[00:00:07.000 - 00:00:08.000", .syntax),
            ("[00:00:07.000 - 00:00:06.000 A] b", .time), ("[00:00:04.000 - 00:00:06.000 A] b", .order),
            ("[00:00:07.000 - 00:00:08.000 A]  ", .value), ("[00:00:07.000 - 00:00:08.000 A] b\u{7}", .value),
        ] {
            let error = try #require(refusal { () throws(TranscriptError) in try parse(.txt, good + text) }, "\(text)")
            #expect(error.code == code, "\(text): \(error)")
            #expect(error.place == .line(3), "\(text): \(error)")
        }
    }
}
