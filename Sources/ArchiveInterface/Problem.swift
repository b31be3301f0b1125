public import ArchiveCore

/// An error as the HTTP interface answers it: an RFC 9457 problem document with a stable `code`.
public struct Problem: Codable, Sendable, Equatable {
    /// The media type of problem documents.
    public static let mediaType = "application/problem+json"

    /// `urn:risalah:problem:` and the code.
    public var type: String
    /// The code in words.
    public var title: String
    /// The HTTP status.
    public var status: Int
    /// What, and where.
    public var detail: String
    /// The stable name that clients match.
    public var code: ArchiveError.Code
    /// What to do, where that is known.
    public var hint: String?
    /// Byte offset in the input, where the error has one.
    public var offset: Int64?

    /// The document of `error` under `status`.
    public init(_ error: ArchiveError, status: Int) {
        type = "urn:risalah:problem:\(error.code.rawValue)"
        title = error.code.rawValue.replacing("-", with: " ")
        self.status = status
        detail = error.message
        code = error.code
        hint = error.hint
        offset = error.offset
    }

    /// The error that the document speaks of.
    public var error: ArchiveError { ArchiveError(code, detail, hint: hint, offset: offset) }
}
