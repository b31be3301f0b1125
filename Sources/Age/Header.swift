/// The header of an age file: the file key, wrapped for each recipient, under a MAC (C2SP age.md, "Header").
///
/// The grammar leaves one spelling only, so ``serialized`` gives back the very bytes that were parsed.
public struct Header: Sendable, Equatable {
    /// How much of a stranger's header is looked at.
    public struct Limits: Sendable, Hashable {
        /// The longest header, in bytes, its last line feed included.
        public var maximumLength: Int
        /// The most stanzas; each may cost one key agreement per identity.
        public var maximumStanzas: Int

        /// Limits of one's own choice.
        public init(maximumLength: Int, maximumStanzas: Int) {
            self.maximumLength = maximumLength
            self.maximumStanzas = maximumStanzas
        }
    }

    /// 64 KiB and 20 stanzas.
    public static let defaultLimits = Limits(maximumLength: 65_536, maximumStanzas: 20)

    /// The wrapped file keys, in the order of the header; at least one.
    public let stanzas: [Stanza]
    /// HMAC-SHA-256 over all before it, 32 bytes.
    public let mac: [UInt8]

    init(checkedStanzas stanzas: [Stanza], mac: [UInt8]) {
        self.stanzas = stanzas
        self.mac = mac
    }

    /// Reads `bytes`, which must be one header from first to last byte.
    ///
    /// - Throws: ``AgeError`` with the place where the grammar or a limit is broken.
    public init(parsing bytes: [UInt8], limits: Limits = Header.defaultLimits) throws(AgeError) {
        var cutter = HeaderCutter(limits: limits)
        let consumed = try cutter.consume(bytes)
        try cutter.finish()
        guard consumed == bytes.count, let header = cutter.header else {
            throw AgeError(code: .malformedHeader, message: "bytes follow the header", offset: consumed)
        }
        self = header
    }

    /// The header as it stands in a file, its last line feed included.
    public var serialized: [UInt8] {
        var output = Self.serializedWithoutMAC(stanzas)
        output.append(UInt8(ascii: " "))
        Base64.encode(mac, into: &output)
        output.append(UInt8(ascii: "\n"))
        return output
    }

    static let versionPrefix = "age-encryption.org/"
    static let version = "v1"
    static let macMark = "---"

    /// What the MAC covers: everything up to and including its mark, without the space that follows.
    static func serializedWithoutMAC(_ stanzas: [Stanza]) -> [UInt8] {
        var output = Array("\(versionPrefix)\(version)\n".utf8)
        for stanza in stanzas { stanza.serialize(into: &output) }
        output.append(contentsOf: macMark.utf8)
        return output
    }
}
