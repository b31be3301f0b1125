/// Takes texts apart into words that can be compared: lower-cased, without diacritics, and their stems.
///
/// It remembers every word that it has seen, by a number, so that a word that comes again costs a look into a table. Its stemmers make
/// it a thing of one thread.
package final class TextAnalyzer {
    /// A word and where it stands.
    struct Word {
        /// Equal for words that are equal once folded; until ``forget()``.
        var number: Int32
        /// UTF-8 offset of its beginning in the text.
        var start: Int32
        /// UTF-8 offset behind it.
        var end: Int32
    }

    /// What is remembered: about 16 MB. A hundred thousand words are a large vocabulary; ten times that are noise.
    private static let mostWords = 400_000
    private static let mostBytes = 8_000_000

    private var memory = WordMemory()
    /// Made when a stem is asked for: who reads a query needs none.
    private lazy var stemmers = StemmedLanguage.allCases.map(Stemmer.init)
    /// The stem of each word, by language; it has a number of the same kind. -1 where it was not asked for.
    private var stems = StemmedLanguage.allCases.map { _ in [Int32]() }
    /// Rises whenever numbers lose their meaning.
    private(set) var generation = 0

    /// An analyzer that remembers nothing yet.
    package init() {}

    /// How many numbers there are; all are smaller.
    var count: Int { memory.words.count }

    /// Appends the words of `text` in their order.
    func append(wordsOf text: String, to found: inout [Word]) {
        var text = text
        text.withUTF8 { memory.append(wordsOf: $0, to: &found) }
    }

    /// The number of a word that is folded.
    func number(ofFolded word: String) -> Int32 {
        var word = word
        return word.withUTF8 { memory.words.number(of: $0) }
    }

    /// A word, folded.
    func folded(_ number: Int32) -> String {
        memory.words.withBytes(of: number) { String(decoding: $0, as: UTF8.self) }
    }

    /// The UTF-8 of a word, folded.
    func withFolded<Value>(_ number: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        memory.words.withBytes(of: number, body)
    }

    /// The words of `text`, folded.
    func foldedWords(of text: String) -> [String] {
        var found: [Word] = []
        append(wordsOf: text, to: &found)
        return found.map { folded($0.number) }
    }

    /// The stem of a word, by its number.
    func stem(_ number: Int32, _ language: StemmedLanguage) -> Int32 {
        let place = language.rawValue
        if stems[place].count <= Int(number) {
            let missing = memory.words.count - stems[place].count
            stems[place].append(contentsOf: repeatElement(-1, count: missing))
        }
        let known = stems[place][Int(number)]
        if known >= 0 { return known }
        let bytes = memory.words.withBytes(of: number) { stemmers[place].withStem(of: $0) { Array($0) } }
        let stem = bytes.withUnsafeBufferPointer { memory.words.number(of: $0) }
        stems[place][Int(number)] = stem
        return stem
    }

    /// Forgets all words where they have become too many; to be asked between texts.
    func forgetIfFull() {
        if memory.words.count > Self.mostWords || memory.byteCount > Self.mostBytes { forget() }
    }

    /// Forgets all words: their numbers have no meaning afterwards.
    func forget() {
        memory = WordMemory()
        stems = StemmedLanguage.allCases.map { _ in [] }
        generation += 1
    }

    /// The stems of `text` with blanks between, for who compares an index in clear with this one.
    package func stemmed(_ text: String, language: String) -> String {
        forgetIfFull()
        var found: [Word] = []
        append(wordsOf: text, to: &found)
        var stemmed: [UInt8] = []
        for word in found {
            var number = word.number
            for language in Analysis(language: language).languages { number = stem(number, language) }
            withFolded(number) { stemmed.append(contentsOf: $0) }
            stemmed.append(UInt8(ascii: " "))
        }
        return String(decoding: stemmed, as: UTF8.self)
    }
}
