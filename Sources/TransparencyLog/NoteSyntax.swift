import Foundation

/// The pieces of C2SP signed-note's grammar.
enum NoteSyntax {
    static let newline = UInt8(ascii: "\n")
    /// Em dash (U+2014) and space.
    private static let prefix: [UInt8] = [0xE2, 0x80, 0x94, UInt8(ascii: " ")]
    private static let keyIDByteCount = 4

    /// The offset of the last newline that ends an empty line after another newline, or nil.
    static func lastEmptyLine(in bytes: [UInt8]) -> Int? {
        guard bytes.count >= 2 else { return nil }
        return (1..<bytes.count).last { bytes[$0] == newline && bytes[$0 - 1] == newline }
    }

    /// Reads one signature line, given without its newline as a slice of the note.
    static func signature(_ line: ArraySlice<UInt8>) throws(LogError) -> SignedNote.Signature {
        guard line.starts(with: prefix) else {
            throw LogError(
                .malformedNote,
                "a signature line must begin with an em dash and a space",
                offset: line.startIndex
            )
        }
        let rest = line.dropFirst(prefix.count)
        guard let space = rest.firstIndex(of: UInt8(ascii: " ")) else {
            throw LogError(.malformedNote, "a signature line lacks its signature", offset: line.endIndex)
        }
        guard let decoded = Base64.decode(rest[(space + 1)...]) else {
            throw LogError(.malformedNote, "a signature is not plain base64", offset: space + 1)
        }
        guard decoded.count > keyIDByteCount else {
            throw LogError(.malformedNote, "a signature is too short", offset: space + 1)
        }
        return try SignedNote.Signature(
            name: String(decoding: rest[..<space], as: UTF8.self),
            keyID: decoded.prefix(keyIDByteCount).reduce(0) { $0 << 8 | UInt32($1) },
            bytes: Data(decoded.dropFirst(keyIDByteCount))
        )
    }
}
