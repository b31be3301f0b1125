/// One wrapping of the file key (C2SP age.md, "Recipient stanza").
public struct Stanza: Sendable, Hashable {
    /// The first argument: which kind of recipient this is for.
    public let type: String
    /// The arguments after the type.
    public let arguments: [String]
    /// The bytes that the base64 lines spell.
    public let body: [UInt8]

    /// A stanza of any type.
    ///
    /// - Throws: ``AgeError/Code/malformedStanza`` where the type or an argument is empty or not visible ASCII.
    public init(type: String, arguments: [String] = [], body: [UInt8]) throws(AgeError) {
        for argument in [type] + arguments {
            guard !argument.isEmpty, argument.utf8.allSatisfy(Self.isVisible) else {
                throw AgeError(code: .malformedStanza, message: "an argument is empty or not visible ASCII")
            }
        }
        self.init(checkedType: type, arguments: arguments, body: body)
    }

    /// For callers that have checked the grammar, or wrote the arguments themselves.
    init(checkedType type: String, arguments: [String], body: [UInt8]) {
        self.type = type
        self.arguments = arguments
        self.body = body
    }

    /// VCHAR of RFC 5234.
    static func isVisible(_ character: UInt8) -> Bool {
        (0x21...0x7E).contains(character)
    }

    /// The most base64 characters of one body line, and the bytes that they spell.
    static let fullLine = (characters: 64, bytes: 48)

    /// Appends the stanza as it stands in a header.
    func serialize(into output: inout [UInt8]) {
        output.append(contentsOf: "->".utf8)
        for argument in [type] + arguments {
            output.append(UInt8(ascii: " "))
            output.append(contentsOf: argument.utf8)
        }
        output.append(UInt8(ascii: "\n"))
        // The body ends with a line shorter than 64 characters, even if that is an empty one.
        var start = 0
        while true {
            let end = min(start + Self.fullLine.bytes, body.count)
            Base64.encode(body[start..<end], into: &output)
            output.append(UInt8(ascii: "\n"))
            if end - start < Self.fullLine.bytes { break }
            start = end
        }
    }
}
