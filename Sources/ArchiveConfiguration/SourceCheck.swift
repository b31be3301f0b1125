import Foundation

/// What is checked of a file's text before a YAML parser sees it.
struct SourceCheck {
    let file: String

    /// The most that `*name` may occur in a file with an anchor, in comments and quoted text too.
    ///
    /// Anchors are refused once the file is parsed, but the parser compares keys before that, and comparing keys
    /// made of aliases of aliases takes time exponential in their number (“billion laughs”). With this few it
    /// compares the document 3^(16/3) times at worst.
    private static let maximumAliasCount = 16

    func check(_ text: String) throws(ConfigurationError) {
        guard text.utf8.count <= ConfigurationDocument.maximumByteCount else { throw tooLarge(text.utf8.count) }
        var (line, column) = (1, 1)
        var previous: Unicode.Scalar = "\n"
        var firstAnchor: (line: Int, column: Int)?
        var aliases = 0
        for scalar in text.unicodeScalars {
            if let name = Self.forbidden(scalar) {
                throw error(.encoding, line, column, "expected printable text, found \(name)")
            }
            guard previous != "\r" || scalar == "\n" else {
                throw error(.encoding, line, column - 1, "expected a line feed after a carriage return, found none")
            }
            if Self.isWord(scalar) {
                if previous == "&", firstAnchor == nil { firstAnchor = (line, column - 1) }
                if previous == "*" { aliases += 1 }
            }
            (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
            previous = scalar
        }
        if let firstAnchor, aliases > Self.maximumAliasCount {
            let (line, column) = firstAnchor
            throw error(.unsupported, line, column, "expected no anchors and aliases, found one and many")
        }
    }

    func tooLarge(_ count: Int) -> ConfigurationError {
        let limit = ByteSize.format(ConfigurationDocument.maximumByteCount)
        return error(.tooLarge, 1, 1, "expected a file of at most \(limit), found \(count) B")
    }

    /// The error for bytes that are not UTF-8, at the first that is not.
    func notUTF8(_ data: Data) -> ConfigurationError {
        var (line, column) = (1, 1)
        var decoder = UTF8()
        var bytes = data.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&bytes) {
            (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
        }
        return error(.encoding, line, column, "expected UTF-8, found bytes that are not")
    }

    private func error(
        _ code: ConfigurationError.Code,
        _ line: Int,
        _ column: Int,
        _ message: String
    ) -> ConfigurationError {
        ConfigurationError(code, file: file, line: line, column: column, message: message)
    }

    /// What a scalar is that must not be in a file: what moves, breaks or hides text without being seen.
    private static func forbidden(_ scalar: Unicode.Scalar) -> String? {
        switch scalar.value {
        case 0x0A, 0x0D: nil
        case 0x09: "a tab (write spaces)"
        // Controls; line separators that YAML 1.1 breaks lines at and editors do not; bidirectional controls.
        case ..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFFE, 0xFFFF:
            "the character U+" + String(scalar.value, radix: 16, uppercase: true)
        default: nil
        }
    }

    /// Whether an anchor's name may have it (as libyaml scans it).
    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9", "A"..."Z", "a"..."z", "_", "-": true
        default: false
        }
    }
}
