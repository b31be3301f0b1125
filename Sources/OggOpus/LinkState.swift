/// The link that a ``StreamValidator`` is in.
struct LinkState {
    let serial: UInt32
    let head: OpusHead
    let startOffset: Int64
    /// The sequence number that the next page should have.
    var nextSequence: UInt32
    /// The checksum of the last page that was taken.
    var lastChecksum: UInt32
    /// nil until the comment header is complete.
    var tags: Tags?
    var hasEnded = false
    var packets = 0
    /// Whether any page of the link but its first has come.
    var hasFollowers = false
    var timeline: LinkTimeline

    /// The duration so far in samples at 48 kHz, without the pre-skip.
    var samples: Int64 { max(0, timeline.position.saturatingAdd(-Int64(head.preSkip))) }
}

/// The order of pages (RFC 3533 section 6, page sequence numbers).
extension LinkState {
    /// How a page follows the one before.
    enum Order: Equatable {
        case next
        /// So many pages are missing between.
        case afterHole(missing: UInt32)
        /// The numbers begin anew, without a new link.
        case renumbered
        /// The page before, once more.
        case duplicate
        /// A page from before that one.
        case late
    }

    /// A page this many or fewer behind is a late one; further behind, the numbering has begun anew.
    private static let latePages: UInt32 = 32

    /// How `page` follows the last page taken.
    func order(of page: Page) -> Order {
        if page.sequence == nextSequence { return .next }
        let behind = nextSequence &- page.sequence
        if behind == 1, page.checksum == lastChecksum { return .duplicate }
        if behind <= Self.latePages { return .late }
        let missing = page.sequence &- nextSequence
        return missing < UInt32.max / 2 ? .afterHole(missing: missing) : .renumbered
    }

    /// Takes note that `page` is the last page taken.
    mutating func follow(_ page: Page) {
        nextSequence = page.sequence &+ 1
        lastChecksum = page.checksum
        hasFollowers = true
    }
}
