/// Where in the stream a moment lies: pages about one second apart, over the whole recording.
///
/// Decoding from an entry's page gives audio from the entry's position on. An Opus decoder needs 80 ms to settle
/// (RFC 7845 section 4.6): ask for a moment that much earlier, and drop it. The headers of the link that the page
/// belongs to are at ``LinkFacts/startOffset``.
public struct TimeIndex: Sendable, Equatable {
    /// A page.
    public struct Entry: Sendable, Equatable {
        /// Samples at 48 kHz from the start of the recording, over all links, without their pre-skips.
        public let position: Int64
        /// The page's first byte, counted from the start of the stream.
        public let offset: Int64
    }

    /// The pages, by rising position and offset. Their first packet begins on them and, but for the first of a link,
    /// their granule position is that of their last sample: one can begin to read there.
    public private(set) var entries: [Entry] = []
    /// The chained links, by rising position and offset: the page with the identification header, and the position of
    /// their first sample.
    public private(set) var links: [Entry] = []
    /// The distance of two entries that is aimed at, in samples at 48 kHz. It doubles when there would be too many.
    public private(set) var step: Int64 = 48_000

    /// Pages rarely last exactly a second, and one that is almost due is as good.
    private var leastDistance: Int64 { step - step / 8 }

    let capacity: Int

    init(capacity: Int) {
        self.capacity = max(capacity, 2)
    }

    init(links: [Entry], entries: [Entry], step: Int64) {
        self.links = links
        self.entries = entries
        self.step = step
        capacity = max(entries.count, 2)
    }

    /// The byte offset of the last indexed page whose audio begins at or before `seconds`; of the first one where
    /// none does, and nil where there are none.
    public func offset(atOrBefore seconds: Double) -> Int64? {
        entry(atOrBefore: seconds)?.offset
    }

    /// The last entry at or before `seconds`; the first where none is, and nil where there are none.
    public func entry(atOrBefore seconds: Double) -> Entry? {
        // NaN compares false: the first.
        guard seconds >= 0 else { return entries.first }
        let wanted = Int64(exactly: (seconds * 48_000).rounded(.down)) ?? .max
        let after = Self.count(of: entries) { $0.position <= wanted }
        return after > 0 ? entries[after - 1] : entries.first
    }

    /// How many of `entries`, from the first on, `isBefore` holds for: they rise.
    static func count(of entries: [Entry], where isBefore: (Entry) -> Bool) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(entries[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Notes that a link whose samples begin at `position` begins with the page at `offset`.
    mutating func noteLink(position: Int64, offset: Int64) {
        links.append(Entry(position: position, offset: offset))
    }

    /// Notes that the page at `offset` begins at `position`, where it is far enough from the last.
    mutating func note(position: Int64, offset: Int64) {
        if let last = entries.last {
            guard position.saturatingAdd(-leastDistance) >= last.position else { return }
        }
        entries.append(Entry(position: position, offset: offset))
        while entries.count > capacity { thin() }
    }

    private mutating func thin() {
        let (doubled, overflow) = step.multipliedReportingOverflow(by: 2)
        step = overflow ? .max : doubled
        var kept: [Entry] = []
        kept.reserveCapacity(entries.count / 2 + 1)
        for entry in entries {
            if let last = kept.last, entry.position.saturatingAdd(-leastDistance) < last.position { continue }
            kept.append(entry)
        }
        // Gaps longer than the step stay; the loop around this doubles again.
        entries = kept
    }
}
