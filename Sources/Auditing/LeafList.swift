import TransparencyLog

/// The leaves of an entry bundle (C2SP tlog-tiles, Log Entries: each with its length before it, 16 bits, big-endian),
/// where they lie: a scan over a million entries copies none that it does not show.
struct LeafList: Sendable {
    /// The bundle.
    let bytes: [UInt8]
    /// The place of each leaf in ``bytes``.
    let ranges: [Range<Int>]

    /// Nil where the bytes end within a length or a leaf.
    init?(_ bytes: [UInt8]) {
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(Tile.fullWidth)
        var place = 0
        while place < bytes.count {
            guard place + 2 <= bytes.count else { return nil }
            let start = place + 2
            let end = start + Int(bytes[place]) << 8 + Int(bytes[place + 1])
            guard end <= bytes.count else { return nil }
            ranges.append(start..<end)
            place = end
        }
        self.bytes = bytes
        self.ranges = ranges
    }

    /// The number of leaves.
    var count: Int { ranges.count }

    /// A leaf.
    subscript(_ index: Int) -> ArraySlice<UInt8> { bytes[ranges[index]] }
}
