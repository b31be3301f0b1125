extension Transcript {
    /// This correction of `base`, brought onto `newest`, which somebody else has made meanwhile: three ways, segment by
    /// segment. Segments are the same that have the same times.
    ///
    /// - Returns: `newest` with what is changed here, and where both have changed the same segment: there both stay, this one's
    ///   before the other's, for a person to choose.
    public func rebased(
        from base: Transcript,
        onto newest: Transcript
    ) throws(TranscriptError) -> (transcript: Transcript, conflicts: [TranscriptTime]) {
        let (before, mine, theirs) = (base.placed, placed, newest.placed)
        var segments: [TranscriptSegment] = []
        var conflicts: [TranscriptTime] = []
        for place in Set(before.keys).union(mine.keys).union(theirs.keys).sorted() {
            switch (before[place], mine[place], theirs[place]) {
            case (let old, let own, let other) where own == old || own == other:
                if let other { segments.append(other) }
            case (let old, let own, let other) where other == old:
                if let own { segments.append(own) }
            case (_, let own, let other):
                segments += [own, other].compactMap(\.self)
                conflicts.append(place.start)
            }
        }
        return (try newest.with(segments), conflicts)
    }

    /// Where a segment stands.
    private struct Place: Hashable, Comparable {
        let start: TranscriptTime
        let end: TranscriptTime
        /// Among those of the same times.
        var number = 0

        static func < (one: Self, other: Self) -> Bool {
            (one.start, one.end, one.number) < (other.start, other.end, other.number)
        }
    }

    private var placed: [Place: TranscriptSegment] {
        var placed: [Place: TranscriptSegment] = [:]
        var known: [Place: Int] = [:]
        for segment in segments {
            let first = Place(start: segment.start, end: segment.end)
            let number = known[first, default: 0]
            known[first] = number + 1
            placed[Place(start: segment.start, end: segment.end, number: number)] = segment
        }
        return placed
    }
}
