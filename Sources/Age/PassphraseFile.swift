/// A small age file under a passphrase, whole in memory: what the stock `age -p` makes and `age -d` opens.
public struct PassphraseFile: Sendable {
    private let header: Header
    private let payload: [UInt8]

    /// The file with these bytes, not armored; no passphrase is needed for this yet.
    ///
    /// - Throws: ``AgeError`` where it is no age file, or not one under a passphrase (`no-match`).
    public init(_ bytes: [UInt8]) throws(AgeError) {
        var cutter = HeaderCutter()
        let length = try cutter.consume(bytes)
        try cutter.finish()
        guard let header = cutter.header, header.needsPassphrase else {
            throw AgeError(code: .noMatch, message: "the file is not sealed under a passphrase")
        }
        self.header = header
        payload = Array(bytes[length...])
    }

    /// Throws ``AgeError`` `malformed-stanza` or `work-factor-too-high` where no passphrase would open it; does no work.
    public func check(maximumWorkFactor: Int) throws(AgeError) {
        _ = try ScryptStanza(header, maximumWorkFactor: maximumWorkFactor)
    }

    /// What is inside.
    ///
    /// - Parameter maximumWorkFactor: the most work that is done for whoever wrote the file.
    /// - Throws: ``AgeError`` `no-match` where it is another passphrase; what reading a payload throws.
    public func open(with passphrase: Passphrase, maximumWorkFactor: Int) throws(AgeError) -> [UInt8] {
        var decryptor = PayloadDecryptor(
            fileKey: try header.open(with: passphrase, maximumWorkFactor: maximumWorkFactor)
        )
        var contents: [UInt8] = []
        try payload.withUnsafeBufferPointer { (buffer) throws(AgeError) in
            try decryptor.update(UnsafeRawBufferPointer(buffer), into: &contents)
        }
        try decryptor.finish(into: &contents)
        return contents
    }

    /// The bytes of a file with `contents` inside, under a fresh file key.
    ///
    /// - Parameter workFactor: the binary logarithm of scrypt's cost.
    public static func seal(
        _ contents: [UInt8],
        under passphrase: Passphrase,
        workFactor: Int = Header.defaultWorkFactor
    ) throws(AgeError) -> [UInt8] {
        let fileKey = FileKey()
        let header = try Header(fileKey: fileKey, passphrase: passphrase, workFactor: workFactor)
        return try AgeFile.join(header, contents, under: fileKey)
    }
}
