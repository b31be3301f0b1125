/// Walks over JSON (RFC 8259) without making anything of it: Foundation's decoder does that, but does not say on which
/// line it stumbled, takes commas too many, and reads one value only.
struct JSONScanner {
    /// More than any format nests.
    private static let depth = 32

    private let bytes: [UInt8]
    private let allowsNonFinite: Bool
    private(set) var index = 0
    /// Names of the fields of the outermost object, or of the first object of the outermost list.
    private(set) var fields: Set<String> = []
    /// Whether there is a NaN or Infinity.
    private(set) var hasNonFinite = false
    private var objects = 0

    init(_ bytes: [UInt8], allowsNonFinite: Bool) {
        self.bytes = bytes
        self.allowsNonFinite = allowsNonFinite
    }

    /// Whether nothing but white space follows.
    mutating func isAtEnd() -> Bool { peek() == nil }

    /// Goes past one value.
    mutating func value() throws(TranscriptError) { try value(depth: 0) }

    /// - Throws: where anything follows.
    mutating func end() throws(TranscriptError) {
        guard isAtEnd() else { throw expected("nothing after the value") }
    }

    private mutating func value(depth: Int) throws(TranscriptError) {
        guard depth < Self.depth else { throw expected("no more than \(Self.depth) values inside of each other") }
        switch peek() {
        case UInt8(ascii: "{"): try object(depth)
        case UInt8(ascii: "["): try list(depth)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        case UInt8(ascii: "N") where allowsNonFinite: try nonFinite("NaN")
        case UInt8(ascii: "I") where allowsNonFinite: try nonFinite("Infinity")
        default: try number()
        }
    }

    private mutating func object(_ depth: Int) throws(TranscriptError) {
        index += 1
        objects += 1
        let isFirst = objects == 1
        if take("}") { return }
        repeat {
            guard peek() == UInt8(ascii: "\"") else { throw expected("the name of a field in quotation marks") }
            let start = index + 1
            try string()
            if isFirst { fields.insert(String(decoding: bytes[start..<index - 1], as: UTF8.self)) }
            guard take(":") else { throw expected("a colon") }
            try value(depth: depth + 1)
        } while take(",")
        guard take("}") else { throw expected("a comma or }") }
    }

    private mutating func list(_ depth: Int) throws(TranscriptError) {
        index += 1
        if take("]") { return }
        repeat { try value(depth: depth + 1) } while take(",")
        guard take("]") else { throw expected("a comma or ]") }
    }

    private mutating func string() throws(TranscriptError) {
        index += 1
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index += 1
                return
            case UInt8(ascii: "\\"): index += 2
            case 0..<0x20: throw expected("an escaped control character")
            default: index += 1
            }
        }
        index = bytes.count
        throw expected("the end of a text")
    }

    private mutating func number() throws(TranscriptError) {
        let start = index
        if index < bytes.count, bytes[index] == UInt8(ascii: "-") { index += 1 }
        if allowsNonFinite, index < bytes.count, bytes[index] == UInt8(ascii: "I") { return try nonFinite("Infinity") }
        let whole = digits()
        let isShort = whole > 0 && (whole == 1 || bytes[index - whole] != UInt8(ascii: "0"))
        var isWhole = isShort
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            isWhole = isWhole && digits() > 0
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[index]) { index += 1 }
            isWhole = isWhole && digits() > 0
        }
        guard isWhole else {
            index = start
            throw expected("a value")
        }
    }

    private mutating func digits() -> Int {
        let start = index
        while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) { index += 1 }
        return index - start
    }

    private mutating func word(_ word: StaticString) throws(TranscriptError) {
        let letters = word.withUTF8Buffer { Array($0) }
        guard bytes[index...].starts(with: letters) else { throw expected("a value") }
        index += letters.count
    }

    private mutating func nonFinite(_ name: StaticString) throws(TranscriptError) {
        try word(name)
        hasNonFinite = true
    }

    /// The next byte that is no white space; stays before it.
    private mutating func peek() -> UInt8? {
        while index < bytes.count, Self.isSpace(bytes[index]) { index += 1 }
        return index < bytes.count ? bytes[index] : nil
    }

    /// Whether it is white space (RFC 8259 section 2).
    static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
            || byte == UInt8(ascii: "\t")
    }

    private mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: mark) else { return false }
        index += 1
        return true
    }

    private func expected(_ what: String) -> TranscriptError {
        let place = min(index, bytes.count)
        let before = bytes[..<place]
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let column = place - (before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0) + 1
        let found = place < bytes.count ? "" : ", and the document ends"
        return TranscriptError(
            .syntax,
            "\(what) was expected at column \(column)\(found)",
            hint: "write JSON (RFC 8259)",
            at: .line(line)
        )
    }
}
