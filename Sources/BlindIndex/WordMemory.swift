import Foundation

/// Words that were read, folded, and how they were written where that took more than ASCII.
struct WordMemory {
    /// Words, folded.
    var words = WordTable()
    /// Words with other than ASCII, as they were written.
    private var spellings = WordTable()
    /// What they are once folded, by their number; -1 where nothing is left.
    private var folded: [Int32] = []

    init() {}

    /// Bytes of all words that are kept.
    var byteCount: Int { words.byteCount + spellings.byteCount }

    /// Appends the words of `text` in their order.
    mutating func append(wordsOf text: UnsafeBufferPointer<UInt8>, to found: inout [TextAnalyzer.Word]) {
        var scanner = WordScanner(text)
        while let place = scanner.next() {
            let written = UnsafeBufferPointer(rebasing: text[place.start..<place.end])
            guard let number = place.isASCII ? numberOfASCII(written) : number(of: written) else { continue }
            found.append(TextAnalyzer.Word(number: number, start: Int32(place.start), end: Int32(place.end)))
        }
    }

    private mutating func numberOfASCII(_ written: UnsafeBufferPointer<UInt8>) -> Int32 {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: written.count) { room in
            var count = 0
            for byte in written {
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): room[count] = byte | 0x20
                case UInt8(ascii: "'"): continue
                // `2,5` and `2.5` are one number in the two languages.
                case UInt8(ascii: ","): room[count] = UInt8(ascii: ".")
                default: room[count] = byte
                }
                count += 1
            }
            return words.number(of: UnsafeBufferPointer(rebasing: room[..<count]))
        }
    }

    /// nil where nothing is left of it once it is folded.
    private mutating func number(of written: UnsafeBufferPointer<UInt8>) -> Int32? {
        let spelling = Int(spellings.number(of: written))
        if spelling == folded.count {
            var word = Self.fold(String(decoding: written, as: UTF8.self))
            folded.append(word.isEmpty ? -1 : word.withUTF8 { words.number(of: $0) })
        }
        return folded[spelling] < 0 ? nil : folded[spelling]
    }

    private static func fold(_ word: String) -> String {
        let folded = word.folding(options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive], locale: nil)
        var kept = String.UnicodeScalarView()
        for scalar in folded.lowercased().decomposedStringWithCompatibilityMapping.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format: continue
            default: break
            }
            if WordScanner.isApostrophe(scalar) { continue }
            kept.append(scalar == "," ? "." : scalar)
        }
        return String(kept).precomposedStringWithCanonicalMapping
    }
}
