/// The ASCII form of an age file (C2SP age.md, "ASCII armor"): PEM as RFC 7468 has it in its strict form.
enum Armor {
    static let begin = "-----BEGIN AGE ENCRYPTED FILE-----"
    static let end = "-----END AGE ENCRYPTED FILE-----"
    /// Characters of every line but the last.
    static let lineLength = 64
    /// Bytes that a full line spells.
    static let lineBytes = 48
    /// White space before and after, in bytes; more is no longer a slip of an editor.
    static let longestMargin = 1024
}

/// Takes the armor off a file that arrives in pieces of any size.
///
/// What it gives, and the error it throws, depend on the bytes alone and never on how they were cut.
public struct ArmorDecoder: Sendable {
    private enum Stage { case before, body, lastLine, after }

    private var stage = Stage.before
    private var line: [UInt8] = []
    private var margin = 0
    private var offset = 0
    private var failure: AgeError?

    /// A decoder at the first byte of a file.
    public init() {}

    /// Whether `head`, the first bytes of a file, are those of an armored one, white space before it passed over.
    public static func isArmored(_ head: some Sequence<UInt8>) -> Bool {
        head.lazy.drop(while: isSpace).prefix(Armor.begin.utf8.count).starts(with: "-----BEGIN".utf8)
    }

    /// Takes the next bytes and appends what they spell to `output`.
    ///
    /// - Throws: ``AgeError`` `malformed-armor` with the byte of the line; the same again on every later call.
    public mutating func update(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) throws(AgeError) {
        if let failure { throw failure }
        do throws(AgeError) {
            for byte in bytes { try take(byte, into: &output) }
        } catch {
            failure = error
            throw error
        }
    }

    /// Says that the file has ended.
    ///
    /// - Throws: ``AgeError`` `malformed-armor` where it is not complete.
    public mutating func finish(into output: inout [UInt8]) throws(AgeError) {
        if let failure { throw failure }
        do throws(AgeError) {
            // RFC 7468 §3: the last line needs no end.
            if !line.isEmpty { try takeLine(into: &output) }
            guard stage == .after else { throw error("the file ends within its armor") }
        } catch {
            failure = error
            throw error
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

    private func error(_ message: String) -> AgeError {
        AgeError(code: .malformedArmor, message: message, offset: offset - line.count)
    }

    private mutating func take(_ byte: UInt8, into output: inout [UInt8]) throws(AgeError) {
        offset += 1
        if (stage == .before && line.isEmpty) || stage == .after {
            if Self.isSpace(byte) {
                margin += 1
                guard margin <= Armor.longestMargin else { throw error("too much white space around the armor") }
                return
            }
            guard stage == .before else { throw error("something follows the armor") }
        }
        guard byte == UInt8(ascii: "\n") else {
            line.append(byte)
            guard line.count <= Armor.lineLength + 1 else { throw error("a line is longer than \(Armor.lineLength)") }
            return
        }
        try takeLine(into: &output)
    }

    private mutating func takeLine(into output: inout [UInt8]) throws(AgeError) {
        // CR LF ends a line as LF does.
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        switch stage {
        case .before:
            guard line.elementsEqual(Armor.begin.utf8) else { throw error("the file does not begin with its armor") }
            stage = .body
        case .body, .lastLine:
            if line.elementsEqual(Armor.end.utf8) {
                stage = .after
                margin = 0
            } else {
                guard stage == .body else { throw error("a short line is not the last") }
                try decodeLine(into: &output)
            }
        case .after: throw error("something follows the armor")
        }
        line.removeAll(keepingCapacity: true)
    }

    private mutating func decodeLine(into output: inout [UInt8]) throws(AgeError) {
        guard !line.isEmpty else { throw error("a line is empty") }
        guard line.count <= Armor.lineLength, line.count % 4 == 0 else {
            throw error("a line has \(line.count) characters")
        }
        // RFC 4648 §4: padding stands at the end of the last group only.
        let padding = line.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        let isDecoded = line.withUnsafeBytes { bytes in
            Base64.decode(UnsafeRawBufferPointer(rebasing: bytes.dropLast(padding)), into: &output)
        }
        guard isDecoded else { throw error("a line is not canonical base64") }
        if line.count < Armor.lineLength || padding > 0 { stage = .lastLine }
    }
}

/// Puts the armor on a file that arrives in pieces of any size.
public struct ArmorEncoder: Sendable {
    private var waiting: [UInt8] = []
    private var hasBegun = false

    /// An encoder at the first byte of a file.
    public init() {}

    /// Takes the next bytes and appends whole lines to `output`.
    public mutating func update(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        begin(into: &output)
        waiting.append(contentsOf: bytes)
        var start = 0
        while waiting.count - start >= Armor.lineBytes {
            appendLine(waiting[start..<start + Armor.lineBytes], into: &output)
            start += Armor.lineBytes
        }
        waiting.removeFirst(start)
    }

    /// Appends the last line and the end.
    public mutating func finish(into output: inout [UInt8]) {
        begin(into: &output)
        if !waiting.isEmpty { appendLine(waiting[...], into: &output) }
        waiting = []
        output.append(contentsOf: "\(Armor.end)\n".utf8)
    }

    private mutating func begin(into output: inout [UInt8]) {
        guard !hasBegun else { return }
        hasBegun = true
        output.append(contentsOf: "\(Armor.begin)\n".utf8)
    }

    private func appendLine(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) {
        Base64.encode(bytes, into: &output)
        output.append(contentsOf: repeatElement(UInt8(ascii: "="), count: (3 - bytes.count % 3) % 3))
        output.append(UInt8(ascii: "\n"))
    }
}
