import Foundation

/// RFC 4648 §4 as the C2SP formats use it: padded, without line breaks, and one spelling for one value.
enum Base64 {
    /// The bytes that `text` stands for, or nil where it is not the spelling that ``encode(_:)`` gives.
    ///
    /// A decoder that ignores the unused bits of the last character would accept several spellings of one
    /// signature or root, and two notes that differ would verify as one.
    static func decode(_ text: some Collection<UInt8>) -> Data? {
        let spelled = Data(text)
        guard let bytes = Data(base64Encoded: spelled), bytes.base64EncodedData() == spelled else { return nil }
        return bytes
    }

    /// The spelling of `bytes`.
    static func encode(_ bytes: some Collection<UInt8>) -> String {
        Data(bytes).base64EncodedString()
    }
}
