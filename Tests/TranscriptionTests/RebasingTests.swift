import ArchiveTesting
import Testing
import Transcription

/// Two people correct the same revision.
@Suite struct RebasingTests {
    private static func said(_ texts: (Int, String)...) throws -> Transcript {
        try Transcript(
            language: "id",
            segments: texts.map { second, text in
                try TranscriptSegment(start: at(second * 1000), end: at(second * 1000 + 900), text: text)
            }
        )
    }

    private static func texts(_ transcript: Transcript) -> [String] { transcript.segments.map(\.text) }

    @Test func `what both have changed in different places is all there`() throws {
        let base = try Self.said((0, "nol"), (1, "satu"), (2, "dua"), (3, "tiga"))
        let mine = try Self.said((0, "Nol."), (1, "satu"), (3, "tiga"), (4, "empat"))
        let theirs = try Self.said((0, "nol"), (1, "Satu."), (2, "dua"), (3, "tiga"), (5, "lima"))
        let (merged, conflicts) = try mine.rebased(from: base, onto: theirs)
        #expect(Self.texts(merged) == ["Nol.", "Satu.", "tiga", "empat", "lima"])
        #expect(conflicts.isEmpty)
    }

    @Test func `what both have changed in one place is there twice`() throws {
        let base = try Self.said((0, "nol"), (1, "satu"), (2, "dua"))
        let mine = try Self.said((0, "Nol."), (1, "satu"))
        let theirs = try Self.said((0, "Kosong."), (1, "satu"), (2, "Dua."))
        let (merged, conflicts) = try mine.rebased(from: base, onto: theirs)
        // One was taken out by the one and changed by the other: it stays.
        #expect(Self.texts(merged) == ["Nol.", "Kosong.", "satu", "Dua."])
        #expect(conflicts == [at(0), at(2000)])
    }

    @Test func `segments of the same times are told apart`() throws {
        let base = try Self.said((0, "a"), (0, "b"), (0, "c"))
        let mine = try Self.said((0, "a"), (0, "B"), (0, "c"))
        let theirs = try Self.said((0, "a"), (0, "b"), (0, "C"))
        let (merged, conflicts) = try mine.rebased(from: base, onto: theirs)
        #expect(Self.texts(merged) == ["a", "B", "C"] && conflicts.isEmpty)
    }

    /// Nothing that somebody has written is lost, whatever they have made of it.
    @Test(arguments: 0..<200) func `nothing new is lost`(seed: UInt64) throws {
        var maker = TranscriptMaker(seed: seed)
        let base = try maker.transcript(isWhole: true)
        func corrected() throws -> Transcript {
            var segments = base.segments.filter { _ in Int.random(in: 0..<5, using: &maker.random) > 0 }
            segments = try segments.map { segment in
                guard Bool.random(using: &maker.random) else { return segment }
                return try TranscriptSegment(start: segment.start, end: segment.end, text: maker.text(3))
            }
            segments += try maker.transcript(isWhole: false).segments
            return try Transcript(segments: segments.sorted { $0.start < $1.start })
        }
        let (mine, theirs) = try (corrected(), corrected())
        let (merged, _) = try mine.rebased(from: base, onto: theirs)
        let (known, all) = (Set(base.segments), Set(merged.segments))
        #expect(Set(mine.segments).subtracting(known).isSubset(of: all))
        #expect(Set(theirs.segments).subtracting(known).isSubset(of: all))
        #expect(try Set(base.rebased(from: base, onto: theirs).transcript.segments) == Set(theirs.segments))
        #expect(try Set(mine.rebased(from: base, onto: base).transcript.segments) == Set(mine.segments))
    }
}
