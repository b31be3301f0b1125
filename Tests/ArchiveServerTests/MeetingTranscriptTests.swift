import ArchiveCore
import Foundation
import TestSupport
import Testing

/// Everybody at the meeting had a microphone, and each is a recording.
@Suite("The transcripts of a meeting are one document") struct MeetingTranscriptTests {
    private let archive: LiveArchive

    init() throws {
        archive = try LiveArchive { config in
            let file = config.appending(path: "policy.yaml")
            let text = try String(contentsOf: file, encoding: .utf8)
            // From the second level on somebody else has to agree.
            var levels = text.components(separatedBy: "approvals: {count: 0}\n")
            try #require(levels.count == 5)
            levels[0] += "approvals: {count: 0}\n" + levels.remove(at: 1)
            try levels.joined(separator: "approvals: {count: 1, role: records-manager}\n")
                .write(to: file, atomically: true, encoding: .utf8)
        }
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        try archive.enrol("dewi", "records-manager", clearance: "terbatas")
    }

    /// Keeps a track, which began so many seconds after two o'clock, with what its speaker said.
    private func track(_ speaker: String, at second: Double, level: String = "biasa", _ said: String?...) throws
        -> String
    {
        let started = Timestamp.text(Date(timeIntervalSince1970: 1_793_584_800 + second))
        let query =
            "&unit=umum&series=rapat&title=Rapat+\(speaker)&meeting=R-7&started=\(started)&participant=\(speaker)"
        let id = try archive.store(MadeStream.fresh(), level: level, as: "perekam", more: query)
        let segments = said.compactMap(\.self).enumerated().map { number, text in
            #"{"start":\#(Double(number) * 4),"end":\#(Double(number) * 4 + 3),"speaker":"\#(speaker)","text":"\#(text)"}"#
        }
        guard !segments.isEmpty else { return id }
        let document =
            #"{"format":"risalah-transcript 1","language":"id","segments":[\#(segments.joined(separator: ","))]}"#
        let put = try archive.risalah(as: "sari", "transcript", "put", id, "-", input: Data(document.utf8))
        try #require(put.status == 0, "\(put.errorText)")
        return id
    }

    private func get(_ format: String, _ more: String...) throws -> Program.Outcome {
        try archive.risalah(
            as: "sari",
            arguments: ["transcript", "get", "--meeting", "R-7", "--purpose", "Notulen", "--format", format] + more
        )
    }

    private func cues(_ said: Program.Outcome) -> [String] {
        said.text.components(separatedBy: "\n\n").dropFirst().map { $0.replacing("\n", with: " ") }
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { $0.contains("-->") }
    }

    @Test func `tracks are put together by time, and what cannot be opened is named`() throws {
        _ = try track("Menteri", at: 0, "selamat pagi", "silakan")
        _ = try track("Panglima", at: 2.5, "pagi", "terima kasih")
        let both = [
            "00:00:00.000 --> 00:00:03.000 <v Menteri>selamat pagi", "00:00:02.500 --> 00:00:05.500 <v Panglima>pagi",
            "00:00:04.000 --> 00:00:07.000 <v Menteri>silakan",
            "00:00:06.500 --> 00:00:09.500 <v Panglima>terima kasih",
        ]
        let whole = try get("vtt")
        #expect(whole.status == 0 && whole.errorText.isEmpty, "\(whole.errorText)")
        #expect(cues(whole) == both)

        let silent = try track("Juru", at: 1, nil)
        let hidden = try archive.store(
            MadeStream.fresh(),
            level: "sangat-rahasia",
            as: "perekam",
            more: "&unit=umum&series=rapat&title=Rapat&meeting=R-7"
        )
        let partial = try get("vtt")
        #expect(partial.status == 66 && cues(partial) == both, "\(partial.status) \(partial.errorText)")
        #expect(partial.errorText.contains("\(silent): it has no transcript") && !partial.errorText.contains(hidden))

        let other = try track("Kepala", at: -60, level: "terbatas", "saya dahulu")
        let waiting = try get("txt")
        #expect(waiting.status == 75 && waiting.errorText.contains(other), "\(waiting.status) \(waiting.errorText)")
        #expect(waiting.text.hasPrefix("biasa\n") && !waiting.text.contains("saya dahulu"), "\(waiting.text)")
        let request = try #require(waiting.errorText.firstMatch(of: /request ([a-z2-7]{26})/)).output.1
        let approved = try archive.risalah(as: "dewi", "approve", String(request))
        try #require(approved.status == 0, "\(approved.errorText)")
        let file = archive.folder.appending(path: "rapat.html").path
        let minutes = try get("html", "-o", file)
        #expect(minutes.status == 66 && minutes.text == "\(file)\n", "\(minutes.status) \(minutes.errorText)")
        let page = try String(contentsOfFile: file, encoding: .utf8)
        // The label of the highest, and the time of the earliest.
        #expect(page.contains("<div class=\"label\">terbatas</div>") && page.contains("<h1>R-7</h1>"))
        #expect(page.contains("Kepala; Menteri; Panglima") && page.contains("\(other) revision 0; "), "\(page)")
        let told = ["saya dahulu", "00:01:00", "selamat pagi", "00:01:02", "pagi", "silakan", "terima kasih"]
        var rest = page[...]
        for text in told { rest = rest[try #require(rest.range(of: text), "\(text)").upperBound...] }
        // What is no meeting, or not one of theirs.
        let absent = try archive.risalah(as: "sari", "transcript", "get", "--meeting", "R-8")
        #expect(absent.status == 66 && absent.text.isEmpty, "\(absent.errorText)")
        let wrong = try archive.risalah(as: "sari", "transcript", "get", "--meeting", "R-7", "--format", "edit")
        #expect(wrong.status == 64, "\(wrong.errorText)")
    }
}
