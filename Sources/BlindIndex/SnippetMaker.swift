/// Cuts out of a transcript what is said around a hit.
struct SnippetMaker {
    /// Words before and behind what was found, where there is more than fits.
    private static let (before, behind) = (8, 16)
    /// A passage of so many words is shown whole.
    private static let whole = 30
    /// Bytes of a snippet, about: a word without end is cut at a scalar.
    private static let mostBytes = 600
    /// Stands where something was left out.
    private static let ellipsis = Array("…".utf8)

    let segments: [TextSegment]
    let found: FoundWords

    /// The hit in `segment` and those into which the first of `matches` goes on; `matches` ascend.
    func hit(in segment: Int, marking matches: [Range<Int>]) -> SearchHit {
        let last = matches.first.map { found.segment(of: $0.upperBound - 1) } ?? segment
        let passage = found.words(of: segment).lowerBound..<found.words(of: last).upperBound
        let window = window(in: passage, around: matches.first)
        var text: [UInt8] = []
        var marks: [Range<Int>] = []
        if window.lowerBound > passage.lowerBound { text.append(contentsOf: Self.ellipsis) }
        for number in segment...last {
            let words = found.words(of: number).clamped(to: window)
            guard !words.isEmpty || passage.isEmpty else { continue }
            append(words, of: number, matches, to: &text, &marks)
        }
        if window.upperBound < passage.upperBound, !text.ends(with: Self.ellipsis) {
            text.append(contentsOf: Self.ellipsis)
        }
        return SearchHit(
            start: segments[segment].start,
            end: segments[last].end,
            speaker: segments[segment].speaker,
            snippet: String(decoding: text, as: UTF8.self),
            marks: Self.joined(marks),
            segments: segment..<last + 1
        )
    }

    private func window(in passage: Range<Int>, around match: Range<Int>?) -> Range<Int> {
        guard passage.count > Self.whole else { return passage }
        let match = match ?? passage.lowerBound..<passage.lowerBound
        let start = max(passage.lowerBound, match.lowerBound - Self.before)
        return start..<min(passage.upperBound, match.upperBound + Self.behind)
    }

    /// Appends the words of a segment, with whatever signs stand between them, and around them where the segment begins or ends there.
    private func append(
        _ words: Range<Int>,
        of number: Int,
        _ matches: [Range<Int>],
        to text: inout [UInt8],
        _ marks: inout [Range<Int>]
    ) {
        let own = found.words(of: number)
        let bytes = Array(segments[number].text.utf8)
        var start = words.lowerBound == own.lowerBound ? 0 : Int(found.words[words.lowerBound].start)
        var end = words.upperBound == own.upperBound ? bytes.count : Int(found.words[words.upperBound - 1].end)
        while start < end, bytes[start] == 0x20 { start += 1 }
        while end > start, bytes[end - 1] == 0x20 { end -= 1 }
        let cut = end - start > Self.mostBytes
        if cut { end = Self.scalarBoundary(in: bytes, atOrBefore: start + Self.mostBytes) }
        if !text.isEmpty, !text.ends(with: Self.ellipsis) { text.append(0x20) }
        let shift = text.count - start
        text.append(contentsOf: bytes[start..<end])
        if cut { text.append(contentsOf: Self.ellipsis) }
        for word in matches.flatMap({ $0.clamped(to: words) }) {
            let (from, to) = (Int(found.words[word].start), Int(found.words[word].end))
            if from >= start, to <= end { marks.append(from + shift..<to + shift) }
        }
    }

    private static func scalarBoundary(in bytes: [UInt8], atOrBefore place: Int) -> Int {
        var place = place
        while place > 0, bytes[place] & 0xC0 == 0x80 { place -= 1 }
        return place
    }

    /// Each once, ascending.
    private static func joined(_ marks: [Range<Int>]) -> [Range<Int>] {
        var joined: [Range<Int>] = []
        for mark in marks.sorted(by: { $0.lowerBound < $1.lowerBound }) where joined.last != mark {
            joined.append(mark)
        }
        return joined
    }
}

extension [UInt8] {
    fileprivate func ends(with bytes: [UInt8]) -> Bool { suffix(bytes.count).elementsEqual(bytes) }
}
