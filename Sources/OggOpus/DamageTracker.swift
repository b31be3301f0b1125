/// Turns the bytes that belong to no page into findings: damaged pages, and stretches of junk.
struct DamageTracker {
    /// Bytes whose checksum was computed in vain.
    private(set) var rescanned: Int64 = 0
    /// The end of what the last damaged page announced: what is skipped up to there is that page.
    private var damagedUntil: Int64 = 0
    private var junk: Range<Int64>?

    mutating func note(_ skip: PageReader.Skip, isCutOff: Bool, findings: inout Findings) {
        let end = skip.offset + Int64(skip.count)
        if let announced = skip.announced {
            rescanned = rescanned.saturatingAdd(Int64(announced))
            if isCutOff {
                findings.add(.truncatedPage, at: skip.offset, "the stream ends in a page of \(announced) bytes")
            } else {
                findings.add(.crcFailure, at: skip.offset, "a page of \(announced) bytes has a wrong checksum")
            }
            damagedUntil = max(damagedUntil, skip.offset + Int64(announced))
        }
        // libogg may skip beyond what was announced, as far as it has bytes.
        let start = max(skip.offset, damagedUntil)
        guard start < end else { return }
        if let junk, junk.upperBound == start {
            self.junk = junk.lowerBound..<end
        } else {
            endJunk(into: &findings, code: .junkBytes)
            junk = start..<end
        }
    }

    /// Reports the stretch of junk that ends here.
    mutating func endJunk(into findings: inout Findings, code: Finding.Code) {
        guard let junk else { return }
        findings.add(code, at: junk.lowerBound, "\(junk.count) bytes belong to no page")
        self.junk = nil
    }
}
