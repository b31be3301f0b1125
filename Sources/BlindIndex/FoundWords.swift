/// The words of a transcript, one after the other, and where its segments end.
struct FoundWords {
    var words: [TextAnalyzer.Word] = []
    /// Behind the last word of each segment.
    var ends: [Int] = []

    /// Reads another transcript into the same room.
    mutating func read(_ segments: [TextSegment], with analyzer: TextAnalyzer) {
        words.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        for segment in segments {
            analyzer.append(wordsOf: segment.text, to: &words)
            ends.append(words.count)
        }
    }

    /// The segment in which a word stands.
    func segment(of word: Int) -> Int {
        var (low, high) = (0, ends.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] > word { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The words of a segment.
    func words(of segment: Int) -> Range<Int> { (segment == 0 ? 0 : ends[segment - 1])..<ends[segment] }
}

/// Which words of a query a word is a form of; remembered by the analyzer's numbers.
struct WordMatches {
    /// Bits of the query's words: of those that it is, and of those whose stem it has; the second hold the first.
    struct Forms {
        var exact: UInt64 = 0
        var stemmed: UInt64 = 0
    }

    let analysis: Analysis
    let generation: Int
    private let own: [Int32]
    private let stems: [[Int32]]
    private var known: [Forms] = []
    /// A query has too few words for all bits.
    private static let unknown = Forms(exact: .max, stemmed: .max)

    init(of words: [String], _ analysis: Analysis, _ analyzer: TextAnalyzer) {
        self.analysis = analysis
        generation = analyzer.generation
        let own = words.map(analyzer.number(ofFolded:))
        self.own = own
        stems = analysis.languages.map { language in own.map { analyzer.stem($0, language) } }
    }

    mutating func forms(of word: Int32, _ analyzer: TextAnalyzer) -> Forms {
        let index = Int(word)
        if index >= known.count {
            known.append(
                contentsOf: repeatElement(Self.unknown, count: max(analyzer.count - known.count, known.count / 2))
            )
        }
        if known[index].stemmed != .max { return known[index] }
        var forms = Forms()
        for (bit, number) in own.enumerated() where number == word { forms.exact |= 1 << UInt64(bit) }
        forms.stemmed = forms.exact
        for (language, stems) in zip(analysis.languages, stems) {
            let stem = analyzer.stem(word, language)
            for (bit, other) in stems.enumerated() where other == stem { forms.stemmed |= 1 << UInt64(bit) }
        }
        known[index] = forms
        return forms
    }
}
