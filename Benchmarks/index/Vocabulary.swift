/// Words as they come in meetings: a few very often, most seldom (Zipf's law), made of syllables and of Indonesian affixes, so that about
/// three of them share a stem.
struct Vocabulary {
    let words: [String]
    /// The share of all words that come before, by rank.
    private let cumulative: [Double]

    init(count: Int, using generator: inout some RandomNumberGenerator) {
        let (onsets, vowels, codas) = (
            Array("bcdghjklmnprstwy"), Array("aiueo"), ["", "", "n", "r", "ng", "s", "k", "h"]
        )
        func syllable(_ generator: inout some RandomNumberGenerator) -> String {
            let coda = codas[Int.random(in: 0..<codas.count, using: &generator)]
            let onset = onsets[Int.random(in: 0..<onsets.count, using: &generator)]
            return "\(onset)\(vowels[Int.random(in: 0..<vowels.count, using: &generator)])\(coda)"
        }
        var made: Set<String> = []
        var words: [String] = []
        while words.count < count {
            let root = (0..<Int.random(in: 2...3, using: &generator)).map { _ in syllable(&generator) }.joined()
            for form in [root, "di\(root)kan", "\(root)nya", "ber\(root)", "\(root)an"].shuffled(using: &generator)
                .prefix(3)
            where words.count < count && made.insert(form).inserted {
                words.append(form)
            }
        }
        words.shuffle(using: &generator)
        self.words = words
        var sum = 0.0
        let sums = (1...count).map { rank in
            sum += 1 / Double(rank)
            return sum
        }
        cumulative = sums.map { $0 / sum }
    }

    /// A word, as often as its rank says.
    func word(using generator: inout some RandomNumberGenerator) -> String {
        let place = Double.random(in: 0..<1, using: &generator)
        var (low, high) = (0, cumulative.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] > place { high = middle } else { low = middle + 1 }
        }
        return words[low]
    }

    /// A transcript of `count` words, in segments of twenty.
    func segments(_ count: Int, using generator: inout some RandomNumberGenerator) -> [String] {
        stride(from: 0, to: count, by: 20).map { start in
            let words = (start..<min(start + 20, count)).map { _ in word(using: &generator) }
            return words.joined(separator: " ") + "."
        }
    }
}

/// The same numbers for the same seed (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
