import Testing
import Transcription

@Suite struct DifferenceTests {
    private func segment(_ start: Int, _ end: Int, _ speaker: String?, _ text: String) throws -> TranscriptSegment {
        try TranscriptSegment(start: at(start), end: at(end), speaker: speaker, text: text)
    }

    @Test func everyKindOfChangeIsALine() throws {
        let old = try Transcript(
            language: "en",
            segments: [
                segment(0, 1_000, "S1", "selamat pagi semua yang hadir"), segment(1_000, 2_000, "S2", "siap"),
                segment(2_000, 3_000, nil, "hapus ini"), segment(4_000, 5_000, "S1", "tetap"),
                segment(6_000, 7_000, "S1", "sama"), segment(6_000, 7_500, "S2", "waktu lain"),
            ]
        )
        let new = try Transcript(
            language: "id",
            segments: [
                segment(0, 1_000, "S1", "selamat siang semua\nyang telah hadir"),
                segment(1_000, 2_000, "Menteri Pertahanan", "siap"), segment(3_500, 4_000, "S2", "baru"),
                segment(4_000, 5_000, "S1", "tetap"), segment(6_000, 6_900, "S2", "waktu lain"),
                segment(6_000, 7_000, "S1", "sama"),
            ]
        )
        let difference = TranscriptDifference(from: old, to: new)
        #expect(
            difference.description == """
                ~ language: en → id
                ~ [00:00:00.000 - 00:00:01.000 S1] selamat [-pagi-] {+siang+} semua yang {+telah+} hadir
                ~ [00:00:01.000 - 00:00:02.000 S2 → Menteri Pertahanan] siap
                - [00:00:02.000 - 00:00:03.000] hapus ini
                + [00:00:03.500 - 00:00:04.000 S2] baru
                ~ [00:00:06.000 - 00:00:07.500 → 00:00:06.000 - 00:00:06.900 S2] waktu lain

                """
        )
        #expect(TranscriptDifference(from: new, to: new).isEmpty)
        #expect(TranscriptDifference(from: new, to: new).description.isEmpty)
    }

    /// Whatever the texts: what is kept and removed is the old one, what is kept and added the new one.
    @Test func wordsAddUp() throws {
        for seed in 0..<500 as Range<UInt64> {
            var maker = TranscriptMaker(seed: seed)
            let count = seed % 50 == 0 ? 900 : 12
            let (one, other) = (try segment(0, 1, nil, maker.text(count)), try segment(0, 1, nil, maker.text(count)))
            let difference = TranscriptDifference(
                from: try Transcript(segments: [one]),
                to: try Transcript(segments: [other])
            )
            guard one.text != other.text else { continue }
            guard case .changed(one, to: other, let words) = try #require(difference.changes.first) else {
                Issue.record("seed \(seed)")
                continue
            }
            let (old, new) = words.reduce(into: ([String](), [String]())) { texts, words in
                switch words {
                case .kept(let text):
                    texts.0.append(text)
                    texts.1.append(text)
                case .removed(let text): texts.0.append(text)
                case .added(let text): texts.1.append(text)
                }
            }
            func flat(_ text: String) -> String {
                text.unicodeScalars.split { $0.properties.isWhitespace }.map { String($0) }.joined(separator: " ")
            }
            #expect(old.joined(separator: " ") == flat(one.text), "seed \(seed)")
            #expect(new.joined(separator: " ") == flat(other.text), "seed \(seed)")
        }
    }

    @Test func aSpeakerIsRenamed() throws {
        let words = [try TranscriptWord(start: at(0), end: at(1), text: "a", confidence: 0.5)]
        let transcript = try Transcript(
            language: "id",
            revision: 3,
            segments: [
                TranscriptSegment(
                    start: at(0),
                    end: at(1),
                    speaker: "S1",
                    text: "a",
                    confidence: 0.5,
                    words: words,
                    flags: [.repeated]
                ),
                segment(1, 2, "S2", "b"), segment(2, 3, nil, "c"),
            ]
        )
        let renamed = try transcript.renamingSpeaker("S1", to: " Menteri\nPertahanan ")
        #expect(renamed.speakers == ["Menteri Pertahanan", "S2"])
        #expect(renamed.segments[0].words == words)
        #expect(renamed.segments[0].flags == [.repeated])
        #expect(try renamed.renamingSpeaker("Menteri Pertahanan", to: "S1") == transcript)
        let error = try #require(
            refusal { () throws(TranscriptError) in try transcript.renamingSpeaker("S3", to: "a") }
        )
        #expect(error.code == .unknownSpeaker)
        #expect(error.hint.contains("\"S1\", \"S2\""))
        #expect(refusal { () throws(TranscriptError) in try transcript.renamingSpeaker("S1", to: " ") }?.code == .value)
    }

    @Test func whatAnEditorHasNoPlaceForIsKept() throws {
        let words = [try TranscriptWord(start: at(0), end: at(1), text: "a", confidence: 0.5)]
        let original = try Transcript(
            language: "id",
            engine: "whisper.cpp",
            model: "small",
            segments: [
                TranscriptSegment(start: at(0), end: at(1), speaker: "S1", text: "a", confidence: 0.5, words: words),
                TranscriptSegment(
                    start: at(1),
                    end: at(2),
                    speaker: "S2",
                    text: "b",
                    confidence: 0.4,
                    flags: [.noVoice]
                ),
            ]
        )
        let edited = try TranscriptFormat.txt.parse(TranscriptFormat.txt.write(original))
        #expect(edited.segments[0].words == nil)
        #expect(try edited.completed(from: original) == original)
        let corrected = try Transcript(segments: [segment(0, 1, "Sari", "a"), segment(1, 2, "S2", "c")])
        let completed = try corrected.completed(from: original).revised(1, author: "Sari")
        #expect(completed.segments[0].words == words)
        #expect(completed.segments[0].speaker == "Sari")
        #expect(completed.segments[1] == corrected.segments[1])
        #expect(completed.language == "id")
        #expect(completed.revision == 1)
        #expect(completed.author == "Sari")
    }
}
