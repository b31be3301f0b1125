/// The grammar of the header, one line at a time (C2SP age.md, "ABNF definition of file header").
struct HeaderParser: Sendable {
    private enum Stage { case version, stanzaOrEnd, body, complete }

    private var stage = Stage.version
    private let maximumStanzas: Int
    private var stanzas: [Stanza] = []
    private var arguments: [String] = []
    private var body: [UInt8] = []

    /// The bytes of all lines so far, their line feeds included.
    private(set) var length = 0
    /// The header, once its last line was read.
    private(set) var header: Header?

    init(maximumStanzas: Int) {
        self.maximumStanzas = maximumStanzas
    }

    /// Whether the next line is the first.
    var expectsVersion: Bool { stage == .version }

    /// Takes the next line, without its line feed.
    mutating func accept(_ line: UnsafeRawBufferPointer) throws(AgeError) {
        switch stage {
        case .version: try acceptVersion(line)
        case .body: try acceptBody(line)
        case .stanzaOrEnd where line.starts(with: "->".utf8): try acceptArguments(line)
        case .stanzaOrEnd where line.starts(with: Header.macMark.utf8): try acceptMAC(line)
        case .stanzaOrEnd, .complete:
            throw AgeError(code: .malformedHeader, message: "neither a stanza nor the MAC", offset: length)
        }
        length += line.count + 1
    }

    private mutating func acceptVersion(_ line: UnsafeRawBufferPointer) throws(AgeError) {
        guard line.starts(with: Header.versionPrefix.utf8) else {
            if line.starts(with: "-----BEGIN AGE".utf8) {
                throw AgeError(code: .armored, message: "the file is ASCII armored", offset: 0)
            }
            throw AgeError(code: .malformedHeader, message: "this is not an age file", offset: 0)
        }
        let version = line.dropFirst(Header.versionPrefix.utf8.count)
        guard !version.isEmpty, version.allSatisfy(Stanza.isVisible) else {
            throw AgeError(code: .malformedHeader, message: "the version line is malformed", offset: 0)
        }
        guard version.elementsEqual(Header.version.utf8) else {
            throw AgeError(code: .unsupportedVersion, message: "an age file of another version than v1", offset: 0)
        }
        stage = .stanzaOrEnd
    }

    private mutating func acceptArguments(_ line: UnsafeRawBufferPointer) throws(AgeError) {
        guard stanzas.count < maximumStanzas else {
            throw AgeError(
                code: .tooManyStanzas,
                message: "the header has more than \(maximumStanzas) stanzas",
                offset: length
            )
        }
        guard line.starts(with: "-> ".utf8) else {
            throw AgeError(code: .malformedStanza, message: "no space after the arrow", offset: length)
        }
        let fields = line.dropFirst(3).split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard fields.allSatisfy({ !$0.isEmpty && $0.allSatisfy(Stanza.isVisible) }) else {
            throw AgeError(
                code: .malformedStanza,
                message: "an argument is empty or not visible ASCII",
                offset: length
            )
        }
        arguments = fields.map { String(decoding: $0, as: UTF8.self) }
        body = []
        stage = .body
    }

    private mutating func acceptBody(_ line: UnsafeRawBufferPointer) throws(AgeError) {
        guard line.count <= Stanza.fullLine.characters else {
            throw AgeError(
                code: .malformedStanza,
                message: "a body line is longer than 64 characters",
                offset: length
            )
        }
        guard Base64.decode(line, into: &body) else {
            throw AgeError(code: .malformedStanza, message: "a body line is not canonical base64", offset: length)
        }
        // Only a line shorter than 64 characters ends the body.
        if line.count < Stanza.fullLine.characters {
            stanzas.append(Stanza(checkedType: arguments[0], arguments: Array(arguments.dropFirst()), body: body))
            stage = .stanzaOrEnd
        }
    }

    private mutating func acceptMAC(_ line: UnsafeRawBufferPointer) throws(AgeError) {
        guard !stanzas.isEmpty else {
            throw AgeError(code: .malformedHeader, message: "the header has no stanza", offset: length)
        }
        var mac: [UInt8] = []
        // 43 characters are exactly 32 bytes.
        guard line.count == 47, line.starts(with: "--- ".utf8),
            Base64.decode(UnsafeRawBufferPointer(rebasing: line[4...]), into: &mac)
        else {
            throw AgeError(code: .malformedHeader, message: "the MAC is not base64 of 32 bytes", offset: length)
        }
        header = Header(checkedStanzas: stanzas, mac: mac)
        stage = .complete
    }
}
