/// Small age files, whole in memory.
public enum AgeFile {
    /// `plaintext` for `recipients`, under a file key of its own.
    ///
    /// - Throws: as ``Header/init(fileKey:recipients:)``.
    public static func seal(_ plaintext: some Sequence<UInt8>, to recipients: [Recipient]) throws(AgeError) -> [UInt8] {
        let fileKey = FileKey()
        return try join(Header(fileKey: fileKey, recipients: recipients), Array(plaintext), under: fileKey)
    }

    /// `header` and the payload of `plaintext`.
    static func join(_ header: Header, _ plaintext: [UInt8], under fileKey: FileKey) throws(AgeError) -> [UInt8] {
        var output = header.serialized
        var encryptor = PayloadEncryptor(fileKey: fileKey)
        try encryptor.update(plaintext, into: &output)
        try encryptor.finish(into: &output)
        return output
    }
}
