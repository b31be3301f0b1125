public import Age
import Foundation

/// What is to be done with one stream, with all that it takes: nobody who looks into it needs another key.
public struct InspectionOrder: Sendable, Codable {
    /// How the stream comes, and what is to become of it.
    public enum Kind: String, Sendable, Codable {
        /// Sealed: authenticate and validate it.
        case sealed
        /// In clear: validate it.
        case clear
        /// Sealed: count the chunks that authenticate, whatever is in them.
        case chunks
        /// Sealed and perhaps without an end: validate what authenticates, and seal that once more under another key.
        case reseal
    }

    /// How the stream comes, and what is to become of it.
    public let kind: Kind
    /// Bytes before the payload, in the file as its sender has it: offsets in errors count from there.
    public let headerLength: Int
    private let key: Data?
    private let newKey: Data?

    private init(_ kind: Kind, key: FileKey?, newKey: FileKey? = nil, headerLength: Int = 0) {
        self.kind = kind
        self.headerLength = headerLength
        self.key = key.map { $0.withUnsafeBytes { Data($0) } }
        self.newKey = newKey.map { $0.withUnsafeBytes { Data($0) } }
    }

    /// To validate a payload that is sealed under `fileKey`, behind a header of `headerLength` bytes.
    public static func sealed(under fileKey: FileKey, headerLength: Int) -> InspectionOrder {
        InspectionOrder(.sealed, key: fileKey, headerLength: headerLength)
    }

    /// To validate a stream in clear.
    public static let clear = InspectionOrder(.clear, key: nil)

    /// To count the chunks of a payload that authenticate under `fileKey`.
    public static func chunks(under fileKey: FileKey) -> InspectionOrder { InspectionOrder(.chunks, key: fileKey) }

    /// To seal what authenticates under `fileKey` once more, under `newKey`, which nothing else may use.
    public static func reseal(_ fileKey: FileKey, under newKey: FileKey) -> InspectionOrder {
        InspectionOrder(.reseal, key: fileKey, newKey: newKey)
    }

    func fileKey() throws(AgeError) -> FileKey { try FileKey(bytes: key ?? Data()) }
    func resealingKey() throws(AgeError) -> FileKey { try FileKey(bytes: newKey ?? Data()) }
}
