public import Foundation

/// A text and the signatures under it (C2SP signed-note).
///
/// A note that parses says nothing yet: its text is to be ignored until ``NoteVerifier/verify(_:)`` has accepted it.
public struct SignedNote: Sendable {
    /// One signature line.
    public struct Signature: Sendable, Hashable {
        /// The name of the key.
        public let name: String
        /// The first four bytes of the key's hash: a hint which key it is, not a proof.
        public let keyID: UInt32
        /// The signature without the key ID: 64 bytes for Ed25519.
        public let bytes: Data

        /// A signature made elsewhere, a witness's for instance.
        ///
        /// - Throws: ``LogError/Code/keyName``; ``LogError/Code/malformedNote`` where `bytes` is empty.
        public init(name: String, keyID: UInt32, bytes: Data) throws(LogError) {
            try KeyName.check(name)
            guard !bytes.isEmpty else { throw LogError(.malformedNote, "a signature is empty") }
            self.name = name
            self.keyID = keyID
            self.bytes = bytes
        }

        /// `— <key name> base64(key ID || signature)` with its newline, as witnesses answer it.
        public var line: String {
            let keyIDBytes = withUnsafeBytes(of: keyID.bigEndian) { Data($0) }
            return "\u{2014} \(name) \(Base64.encode(keyIDBytes + bytes))\n"
        }
    }

    /// The largest note, in bytes of UTF-8. C2SP signed-note asks for a limit above 16 signatures of nearly 5 kB.
    public static let maximumByteCount = 1 << 20
    /// The most signatures in a note.
    public static let maximumSignatureCount = 100

    /// What is signed, with its final newline.
    public let text: String
    /// The signatures in the order of their lines, known or not.
    public let signatures: [Signature]

    /// A note put together.
    ///
    /// - Throws: ``LogError/Code/malformedNote`` or ``LogError/Code/tooLarge`` where parsing
    ///   would refuse ``serialized``.
    public init(text: String, signatures: [Signature]) throws(LogError) {
        try Self.checkCharacters(Array(text.utf8))
        guard text.utf8.last == NoteSyntax.newline else {
            throw LogError(.malformedNote, "the text does not end with a newline")
        }
        guard !signatures.isEmpty else { throw LogError(.malformedNote, "the note has no signature") }
        try Self.checkCount(signatures.count)
        self.text = text
        self.signatures = signatures
        try Self.checkSize(serialized.utf8.count)
    }

    /// Reads a note.
    ///
    /// - Throws: ``LogError/Code/malformedNote``, ``LogError/Code/keyName`` or ``LogError/Code/tooLarge``.
    public init(parsing note: String) throws(LogError) {
        try Self.checkSize(note.utf8.count)
        try self.init(bytes: Array(note.utf8))
    }

    /// Reads a note from bytes that may not even be UTF-8.
    ///
    /// - Throws: ``LogError/Code/malformedNote``, ``LogError/Code/keyName`` or ``LogError/Code/tooLarge``.
    public init(parsing note: Data) throws(LogError) {
        try Self.checkSize(note.count)
        let bytes = Array(note)
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw LogError(.malformedNote, "the note is not UTF-8")
        }
        try self.init(bytes: bytes)
    }

    private init(bytes: [UInt8]) throws(LogError) {
        try Self.checkCharacters(bytes)
        // C2SP signed-note, Format: the last empty line separates the text from the signatures.
        guard let separator = NoteSyntax.lastEmptyLine(in: bytes) else {
            throw LogError(.malformedNote, "no empty line separates a text from signatures")
        }
        guard bytes.last == NoteSyntax.newline, separator + 1 < bytes.count else {
            throw LogError(.malformedNote, "the note does not end with a signature line", offset: bytes.count)
        }
        var signatures: [Signature] = []
        var start = separator + 1
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: NoteSyntax.newline) ?? bytes.count
            try Self.checkCount(signatures.count + 1)
            signatures.append(try NoteSyntax.signature(bytes[start..<end]))
            start = end + 1
        }
        self.text = String(decoding: bytes[..<separator], as: UTF8.self)
        self.signatures = signatures
    }

    /// The note as it is stored and sent.
    public var serialized: String {
        text + "\n" + signatures.map(\.line).joined()
    }

    private static func checkSize(_ count: Int) throws(LogError) {
        guard count <= maximumByteCount else {
            throw LogError(.tooLarge, "the note has \(count) bytes, at most \(maximumByteCount) are accepted")
        }
    }

    private static func checkCount(_ count: Int) throws(LogError) {
        guard count <= maximumSignatureCount else {
            throw LogError(.tooLarge, "the note has more than \(maximumSignatureCount) signatures")
        }
    }

    /// C2SP signed-note, Format: no ASCII control characters other than newline.
    private static func checkCharacters(_ bytes: [UInt8]) throws(LogError) {
        if let offset = bytes.firstIndex(where: { $0 < 0x20 && $0 != NoteSyntax.newline }) {
            throw LogError(.malformedNote, "control character \(bytes[offset]) in the note", offset: offset)
        }
    }
}
