import ArchiveTesting
import Testing
import Transcription

/// Everybody at a meeting has a recording of their own.
@Suite struct TrackTests {
    private static func track(
        _ speaker: String,
        offset: Int,
        language: String? = "id",
        _ texts: (Int, Int, String)...
    ) throws -> Transcript.Track {
        let segments = try texts.map { start, end, text in
            try TranscriptSegment(
                start: at(start),
                end: at(end),
                speaker: speaker,
                text: text,
                words: [TranscriptWord(start: at(start), end: at(end), text: text)]
            )
        }
        return try Transcript.Track(
            Transcript(language: language, revision: 3, author: "x", segments: segments),
            offset: offset
        )
    }

    @Test func `what was said is in the order of the meeting, and who spoke over whom stays`() throws {
        let merged = try Transcript(tracks: [
            Self.track("Menteri", offset: 0, (0, 4000, "selamat pagi"), (9000, 9500, "silakan")),
            Self.track("Panglima", offset: 2500, (0, 1000, "pagi"), (6500, 8000, "terima kasih")),
        ])
        #expect(merged.segments.map(\.text) == ["selamat pagi", "pagi", "silakan", "terima kasih"])
        #expect(merged.segments.map(\.start) == [at(0), at(2500), at(9000), at(9000)])
        #expect(merged.segments[1].end == at(3500) && merged.segments[1].words?.first?.start == at(2500))
        #expect(merged.speakers == ["Menteri", "Panglima"])
        #expect((merged.language, merged.revision, merged.author) == ("id", 0, nil))
        let mixed = try Transcript(tracks: [
            Self.track("A", offset: 0, (0, 1, "a")), Self.track("B", offset: 0, language: "en", (0, 1, "b")),
        ])
        #expect(mixed.language == nil && mixed.segments.map(\.text) == ["a", "b"])
        #expect(try Transcript(tracks: []).segments.isEmpty)
    }

    @Test(arguments: [-1, TranscriptTime.limit, Int.max]) func `a time that no transcript has is refused`(_ offset: Int)
        throws
    {
        let track = try Self.track("A", offset: offset, (0, 1, "a"))
        let error = refusal { () throws(TranscriptError) in try Transcript(tracks: [track]) }
        #expect(error?.code == .time, "\(String(describing: error))")
    }

    @Test(arguments: 0..<100) func `every segment is there once, and in order`(seed: UInt64) throws {
        var maker = TranscriptMaker(seed: seed)
        let tracks = try (0..<Int.random(in: 1...5, using: &maker.random)).map { _ in
            try Transcript.Track(
                maker.transcript(isWhole: true),
                offset: Int.random(in: 0...100_000, using: &maker.random)
            )
        }
        let merged = try Transcript(tracks: tracks)
        #expect(zip(merged.segments, merged.segments.dropFirst()).allSatisfy { $0.start <= $1.start })
        var expected: [String: Int] = [:]
        for track in tracks {
            for segment in track.transcript.segments {
                let times = [segment.start, segment.end].map { $0.milliseconds + track.offset }
                expected["\(times) \(segment.speaker ?? "") \(segment.text)", default: 0] += 1
            }
            let own = try Transcript(tracks: [track]).segments
            #expect(own.map(\.confidence) == track.transcript.segments.map(\.confidence))
            #expect(own.map { $0.words?.count } == track.transcript.segments.map { $0.words?.count })
        }
        var found: [String: Int] = [:]
        for segment in merged.segments {
            let times = [segment.start, segment.end].map(\.milliseconds)
            found["\(times) \(segment.speaker ?? "") \(segment.text)", default: 0] += 1
        }
        #expect(found == expected)
    }
}
