/// The identities of a key file as `age-keygen` writes it: one a line, between comments (`#`) and empty lines.
public struct IdentityFile: Sendable {
    /// The identities, in the order of the file; at least one.
    public let identities: [Identity]

    /// Reads the text of a file; lines end with LF or CRLF.
    ///
    /// - Throws: ``AgeError`` `malformed-identity` with its line, or `no-identities`.
    public init(parsing text: String) throws(AgeError) {
        var identities: [Identity] = []
        var offset = 0
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, bytes) in lines.enumerated() {
            defer { offset += bytes.count + 1 }
            let content = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
            guard let first = content.first, first != UInt8(ascii: "#") else { continue }
            do {
                identities.append(try Identity(parsing: String(decoding: content, as: UTF8.self)))
            } catch {
                throw AgeError(code: error.code, message: error.message, offset: offset, line: index + 1)
            }
        }
        guard !identities.isEmpty else {
            throw AgeError(code: .noIdentities, message: "the identity file holds no identity")
        }
        self.identities = identities
    }
}
