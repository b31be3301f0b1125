import Testing
import Transcription

@Suite("What an engine may have made up is flagged, and stays")
struct HearingGuardTests {
    private static let piece = SpeechPiece(start: 0, samples: [], voiced: [0..<10, 20..<30])

    private func flags(_ segments: (Double, Double, String)...) -> [Set<TranscriptSegment.Flag>] {
        let heard = segments.map { HeardSegment(start: $0.0, end: $0.1, text: $0.2) }
        let flagged = HearingGuard().flagged(heard, in: Self.piece)
        #expect(flagged.map(\.text) == heard.map(\.text))
        return flagged.map(\.flags)
    }

    @Test("what people say is not flagged")
    func speech() {
        #expect(
            flags(
                (0, 6, "We have to decide on the budget for next year, and on the purchase of new radar equipment."),
                (6, 7, "Ya, ya, ya."),
                (20, 24, "Terima kasih, Bapak Menteri. Konvoi pertama tiba pada hari Selasa."),
                (24, 24, "Baik.")
            ) == [[], [], [], []]
        )
    }

    @Test("the same one to eight words four times on end, whatever their case and punctuation", arguments: 1...8)
    func repeated(length: Int) {
        let words = ["satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan"].prefix(length)
        let once = words.joined(separator: " ")
        let often = [once, once.uppercased() + "!", once + ",", once]
        #expect(flags((0, 10, "Lalu " + often.joined(separator: " ") + " selesai")) == [[.repeated]])
        #expect(flags((0, 10, "Lalu " + often.dropFirst().joined(separator: " ") + " selesai")) == [[]])
    }

    @Test("a sentence that comes four times on end is flagged each time, and its neighbours are not")
    func loops() {
        let thanks = "Terima kasih telah menonton."
        let all = flags(
            (0, 2, "Rapat dibuka."),
            (2, 4, thanks),
            (4, 6, thanks),
            (6, 8, thanks),
            (8, 10, thanks),
            (20, 22, "Rapat ditutup.")
        )
        #expect(all == [[], [.repeated], [.repeated], [.repeated], [.repeated], []])
    }

    @Test("text that says little for its length: longer phrases over and over")
    func compressed() {
        let phrase =
            "the committee of the ministry of defence of the republic will meet again on the first day of the month "
        #expect(flags((0, 30, phrase + phrase + "and so on " + phrase + "and on " + phrase)) == [[.repeated]])
    }

    @Test("text where nobody spoke")
    func withoutVoice() {
        #expect(
            flags((11, 19, "Subtitles by the community"), (8, 12, "half of it"), (9.9, 12, "nearly none")) == [
                [.noVoice], [], [.noVoice],
            ]
        )
    }

    @Test("more than ten words a second, and words in no time at all")
    func tooFast() {
        #expect(
            flags(
                (0, 1, "one two three four five six seven eight nine ten"),
                (2, 3, "one two three four five six seven eight nine ten eleven"),
                (5, 5, "two words"),
                (6, 5, "ends before it begins")
            ) == [[], [.tooFast], [.tooFast], [.tooFast]]
        )
    }
}
