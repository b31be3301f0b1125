/// Places the pages of one link on a line of samples at 48 kHz by their granule positions (RFC 7845 section 4).
///
/// Positions count from the link's first sample, pre-skip included, gaps included; they never go back, whatever the
/// granule positions do.
struct LinkTimeline {
    /// How a page lies.
    struct Placement {
        /// Where the samples of its packets begin, after the gap.
        var start: Int64
        /// Samples missing before them.
        var gap: Int64 = 0
        /// Samples to drop from the end of what the page decodes to (RFC 7845 section 4.4).
        var trim: Int64 = 0
        /// What is odd about its granule position; `gap` without an oddity is a gap that was to be expected.
        var oddity: Finding.Code?

        /// Whether the granule position is that of the page's last sample, so that one who begins to read here counts
        /// as one who came from the beginning.
        var isResumable: Bool {
            switch oddity {
            case .granuleBackwards, .granuleShort, .firstGranule: false
            default: trim == 0
            }
        }
    }

    /// A gap longer than this many samples is not believed.
    let longestGap: Int64
    /// The end of the last page.
    private(set) var position: Int64 = 0
    /// The granule position that the next page begins at; nil before the first page.
    private var granule: Int64?
    /// The granule position of the last page, where it contradicted the count of samples.
    private var contradiction: Int64?
    /// Samples of pages that had no granule position.
    private var unplaced: Int64 = 0
    /// Whether something is known to be missing since the last granule position.
    private var isGapExpected = false

    init(longestGap: Int64) {
        self.longestGap = longestGap
    }

    /// A timeline in the middle of its link: the next page begins at `position`, which its packets have as `granule`.
    init(longestGap: Int64, position: Int64, granule: Int64) {
        self.longestGap = longestGap
        self.position = position
        self.granule = granule
    }

    /// Takes note that something is missing here: before the next page that is placed, or on it.
    mutating func expectGap() { isGapExpected = true }

    /// Places a page.
    ///
    /// - Parameters:
    ///   - samples: of all packets that it completes.
    ///   - mark: its granule position.
    ///   - isEOS: whether it is the link's last.
    mutating func place(samples: Int64, mark: Int64?, isEOS: Bool) -> Placement {
        let start = position
        position = position.saturatingAdd(samples)
        guard let mark else {
            unplaced = unplaced.saturatingAdd(samples)
            return Placement(start: start)
        }
        let advance = samples.saturatingAdd(unplaced)
        defer {
            unplaced = 0
            isGapExpected = false
        }
        guard let before = granule else {
            return placeFirst(start: start, advance: advance, mark: mark, mayTrim: isEOS ? samples : 0)
        }
        let expected = before.saturatingAdd(advance)
        if mark == expected || contradiction?.saturatingAdd(advance) == mark {
            contradiction = nil
            granule = mark
            return Placement(start: start)
        }
        if mark > expected {
            contradiction = nil
            granule = mark
            return gap(start: start, from: expected, to: mark)
        }
        // RFC 7845 §4.4: the last page may hold more samples than are to be played. No more than its own: those of the
        // pages before have been given out.
        if isEOS, mark >= 0, expected - mark <= samples {
            granule = mark
            return trim(start: start, by: expected - mark)
        }
        // The count of samples is kept; where the pages to come follow the mark instead, they are followed.
        granule = expected
        contradiction = mark
        return Placement(start: start, oddity: mark < before ? .granuleBackwards : .granuleShort)
    }

    private mutating func placeFirst(
        start: Int64,
        advance: Int64,
        mark: Int64,
        mayTrim: Int64
    ) -> Placement {
        guard mark < advance else {
            granule = mark
            let offset = mark - advance
            if isGapExpected, offset > 0 { return gap(start: start, from: 0, to: offset) }
            // RFC 7845 §4.5: a stream that was joined while it ran begins where it was joined.
            return Placement(start: start, oddity: offset > 0 ? .liveOffset : nil)
        }
        // RFC 7845 §4.5: less than its samples only where the first page is also the last.
        guard mark >= 0, advance - mark <= mayTrim else {
            granule = advance
            contradiction = mark
            return Placement(start: start, oddity: .firstGranule)
        }
        granule = mark
        return trim(start: start, by: advance - mark)
    }

    private mutating func trim(start: Int64, by samples: Int64) -> Placement {
        let samples = min(samples, position)
        position -= samples
        return Placement(start: start, trim: samples)
    }

    private mutating func gap(start: Int64, from: Int64, to mark: Int64) -> Placement {
        let (length, overflow) = mark.subtractingReportingOverflow(from)
        guard !overflow, length <= longestGap else { return Placement(start: start, oddity: .granuleJump) }
        position = position.saturatingAdd(length)
        return Placement(
            start: start.saturatingAdd(length),
            gap: length,
            oddity: isGapExpected ? nil : .granuleJump
        )
    }
}
