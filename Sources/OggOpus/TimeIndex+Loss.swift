extension TimeIndex {
    /// The seconds of audio that the bytes `damaged` of the stream carry, at most: from the last page that the index knows
    /// before each stretch to the first one after it.
    ///
    /// - Parameters:
    ///   - damaged: stretches of the stream, by rising offset.
    ///   - duration: seconds of the whole recording.
    public func seconds(lostWith damaged: [Range<Int64>], of duration: Double) -> Double {
        let end = Int64((duration * 48_000).rounded())
        var lost: Int64 = 0
        var counted: Int64 = 0
        for bytes in damaged where !bytes.isEmpty {
            let before = Self.count(of: entries) { $0.offset <= bytes.lowerBound }
            let after = Self.count(of: entries) { $0.offset < bytes.upperBound }
            let from = max(before > 0 ? entries[before - 1].position : 0, counted)
            let to = after < entries.count ? entries[after].position : end
            lost += max(0, to - from)
            counted = max(counted, to)
        }
        return Double(lost) / 48_000
    }
}
