import ArchiveCore
import Foundation
import TestSupport
import Testing
import Transcription

@Suite struct MinutesTests {
    private func heading(_ title: String? = "Rapat <b>anggaran</b> & *alat*") throws -> Minutes.Heading {
        Minutes.Heading(
            title: title,
            began: Timestamp.date("2026-11-21T02:00:00.000Z"),
            timeZone: try #require(TimeZone(identifier: "Asia/Makassar")),
            unit: "Biro Umum",
            participants: ["Sari, M.Si.", "Budi <script>alert(1)</script>"],
            label: "RAHASIA · ALUTSISTA"
        )
    }

    private func transcript() throws -> Transcript {
        try Transcript(
            engine: "whisper.cpp",
            model: "small",
            segments: [
                TranscriptSegment(
                    start: at(1_001),
                    end: at(3_000),
                    speaker: "Bu <Menteri>",
                    text: "Selamat \"pagi\"\n& siang."
                ),
                TranscriptSegment(start: at(3_000), end: at(9_000), speaker: "Bu <Menteri>", text: "Kita mulai."),
                TranscriptSegment(
                    start: at(61_001),
                    end: at(62_000),
                    speaker: "Bu <Menteri>",
                    text: "Semenit kemudian."
                ),
                TranscriptSegment(start: at(62_000), end: at(63_000), text: "_terima_ kasih", flags: [.noVoice]),
            ]
        )
    }

    @Test func theMarkdownIsThis() throws {
        let text = Minutes(try transcript(), heading: try heading(), language: .indonesian).document(.md)
        #expect(
            text == #"""
                **RAHASIA · ALUTSISTA**

                # Rapat \<b\>anggaran\</b\> \& \*alat\*

                Risalah rapat

                - **Klasifikasi:** RAHASIA · ALUTSISTA
                - **Tanggal:** Sabtu, 21 November 2026, 10.00 WITA
                - **Unit:** Biro Umum
                - **Peserta:** Sari, M.Si.; Budi \<script\>alert(1)\</script\>
                - **Transkrip:** revisi 0, ditulis mesin, belum dikoreksi (whisper.cpp small)

                ---

                **00:00:01 Bu \<Menteri\>** Selamat "pagi" \& siang. Kita mulai.

                **00:01:01 Bu \<Menteri\>** Semenit kemudian.

                **00:01:02** \_terima\_ kasih *(perlu diperiksa)*

                **RAHASIA · ALUTSISTA**

                """#
        )
    }

    @Test func thePageIsWellFormedAndEscaped() throws {
        let page = Minutes(try transcript(), heading: try heading(), language: .english).document(.html)
        #expect(page.contains("<html lang=\"en\">"))
        #expect(
            page.contains(
                "<thead><tr><td colspan=\"3\"><div class=\"label\">RAHASIA · ALUTSISTA</div></td></tr></thead>"
            )
        )
        #expect(page.contains("thead { display: table-header-group }"))
        #expect(page.contains("<h1>Rapat &lt;b&gt;anggaran&lt;/b&gt; &amp; *alat*</h1><p>Minutes of meeting</p>"))
        #expect(page.contains("Saturday, 21 November 2026, 10:00 WITA"))
        #expect(
            page.contains(
                "<td class=\"time\">00:00:01</td><td class=\"who\"><b>Bu &lt;Menteri&gt;</b></td><td>Selamat &quot;pagi&quot;\n&amp; siang. Kita mulai.</td>"
            )
        )
        #expect(page.contains("_terima_ kasih <i>(to be checked)</i></td>"))
        #expect(!page.contains("<script"))
        #expect(!page.contains("://"))
        try checkXML(page)
    }

    /// Reads the page as XML with the parser of Python, which knows entities and nesting.
    private func checkXML(_ page: String) throws {
        let check = """
            import sys, xml.dom.minidom
            text = sys.stdin.buffer.read().decode()
            rows = xml.dom.minidom.parseString(text.replace("<!DOCTYPE html>", "")).getElementsByTagName("tr")
            for row in rows:
                cells = [cell for cell in row.childNodes if cell.nodeType == cell.ELEMENT_NODE]
                assert sum(int(cell.getAttribute("colspan") or 1) for cell in cells) == 3, row.toxml()
            """
        let result = try Program.run("/usr/bin/python3", ["-c", check], input: Data(page.utf8))
        #expect(result.status == 0, "\(String(decoding: result.errors, as: UTF8.self))")
    }

    @Test func plainPagesHaveTheirClassification() throws {
        let segments = try (0..<200).map { number in
            try TranscriptSegment(
                start: at(number * 61_000),
                end: at(number * 61_000 + 1),
                speaker: "S\(number)",
                text: String(repeating: "kata panjang ", count: number % 17 + 1)
            )
        }
        let text = Minutes(
            try Transcript(revision: 2, author: "Sari", segments: segments),
            heading: try heading(nil),
            language: .indonesian
        )
        .document(.txt)
        let pages = text.split(separator: "\u{C}")
        #expect(pages.count > 5)
        for page in pages {
            let lines = page.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            #expect(lines.first == "RAHASIA · ALUTSISTA")
            #expect(lines.count <= 60)
            #expect(lines.allSatisfy { $0.count <= 78 })
        }
        #expect(text.contains("Transkrip: revisi 2, Sari\n"))
        #expect(text.contains("\n03:22:19 S199\n    kata panjang"))
        let words = text.split { $0 == " " || $0 == "\n" || $0 == "\u{C}" }.count { $0 == "kata" }
        #expect(words == segments.reduce(0) { $0 + $1.text.split(separator: " ").count / 2 })
    }

    @Test func hostileTextBreaksNoForm() throws {
        for seed in 0..<60 as Range<UInt64> {
            var maker = TranscriptMaker(seed: seed)
            let transcript = try maker.transcript(isWhole: true)
            var heading = try heading(maker.text(9) + "\u{0}\u{1B}[31m\u{202E}")
            heading.participants = [maker.text(9)]
            heading.label = maker.text(3)
            let minutes = Minutes(transcript, heading: heading, language: .indonesian)
            if seed < 6 { try checkXML(minutes.document(.html)) }
            for form in Minutes.Form.allCases {
                let text = minutes.document(form)
                #expect(
                    !text.unicodeScalars.contains { $0 == "\u{0}" || $0 == "\u{1B}" || $0 == "\u{202E}" },
                    "seed \(seed) \(form)"
                )
            }
        }
    }

    @Test func withoutWordsItSaysSo() throws {
        for form in Minutes.Form.allCases {
            let empty = Minutes(try Transcript(segments: []), heading: try heading(), language: .indonesian)
            #expect(empty.document(form).contains("Tidak ada yang terucap"), "\(form)")
        }
    }
}
