/// Finds words in UTF-8: where each begins and ends, and whether folding it takes more than ASCII.
///
/// A word is a run of letters, digits and the marks on them. An apostrophe between letters belongs to it (`Jum'at`), and so does a
/// point or comma between digits (`2,5`). Whatever else stands between, hyphens included, parts words: `rapat-rapat` is two. Scripts
/// that write no spaces between words (Han, Hiragana, Katakana) give one word for each character.
struct WordScanner {
    /// A word, by its UTF-8 offsets.
    struct Found {
        var start: Int
        var end: Int
        var isASCII: Bool
    }

    private enum Kind: UInt8 {
        case other, letter, digit, apostrophe, numeric, mark, ideograph
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// The next word; nil at the end.
    mutating func next() -> Found? {
        while position < bytes.count {
            let start = position
            let (kind, length) = kind(at: start)
            position += length
            switch kind {
            case .letter, .digit: return word(from: start, kind)
            case .ideograph: return Found(start: start, end: position, isASCII: false)
            case .other, .apostrophe, .numeric, .mark: continue
            }
        }
        return nil
    }

    private mutating func word(from start: Int, _ first: Kind) -> Found {
        var isASCII = bytes[start] < 0x80
        var last = first
        while position < bytes.count {
            let (kind, length) = kind(at: position)
            switch kind {
            case .letter, .digit: last = kind
            case .mark: break
            case .apostrophe where last == .letter && follows(.letter, at: position + length): break
            case .numeric where last == .digit && follows(.digit, at: position + length): break
            case .other, .apostrophe, .numeric, .ideograph: return Found(start: start, end: position, isASCII: isASCII)
            }
            if bytes[position] >= 0x80 { isASCII = false }
            position += length
        }
        return Found(start: start, end: position, isASCII: isASCII)
    }

    private func follows(_ wanted: Kind, at place: Int) -> Bool {
        place < bytes.count && kind(at: place).kind == wanted
    }

    private func kind(at place: Int) -> (kind: Kind, length: Int) {
        let byte = bytes[place]
        if byte < 0x80 { return (Self.ascii[Int(byte)], 1) }
        return scalarKind(at: place)
    }

    /// What the scalar that begins at `place` is; bytes that are no UTF-8 part words.
    private func scalarKind(at place: Int) -> (kind: Kind, length: Int) {
        var decoder = UTF8()
        var rest = bytes[place..<min(place + 4, bytes.count)].makeIterator()
        guard case .scalarValue(let scalar) = decoder.decode(&rest) else { return (.other, 1) }
        return (Self.kind(of: scalar), UTF8.width(scalar))
    }

    private static func kind(of scalar: Unicode.Scalar) -> Kind {
        if isApostrophe(scalar) { return .apostrophe }
        let properties = scalar.properties
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return .mark
        // Soft hyphens and joiners are within words and mean nothing to a search.
        case .format: return .mark
        case .decimalNumber, .letterNumber, .otherNumber: return .digit
        default: break
        }
        guard properties.isAlphabetic else { return .other }
        if properties.isIdeographic { return .ideograph }
        // Hiragana and Katakana, with their phonetic extensions and half-width forms.
        switch scalar.value {
        case 0x3041...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9F: return .ideograph
        default: return .letter
        }
    }

    /// Whether it is one of the signs that people write for an apostrophe.
    static func isApostrophe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x27, 0x2018, 0x2019, 0x02BB, 0x02BC: true
        default: false
        }
    }

    private static let ascii: [Kind] = (0..<128).map { (byte: UInt8) in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): .letter
        case UInt8(ascii: "0")...UInt8(ascii: "9"): .digit
        case UInt8(ascii: "'"): .apostrophe
        case UInt8(ascii: "."), UInt8(ascii: ","): .numeric
        default: .other
        }
    }
}
