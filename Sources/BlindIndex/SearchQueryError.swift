public import ArchiveCore

/// A mistake in a search query, and where it is.
public struct SearchQueryError: ArchiveErrorConvertible, Sendable, CustomStringConvertible {
    /// What somebody typed.
    public let query: String
    /// UTF-8 offset of the place.
    public let offset: Int
    /// What is wrong there; one line, lower case.
    public let message: String
    /// What to do about it.
    public let hint: String

    /// Two lines: the query, and a caret under the place.
    public var caret: String { Caret.under(query, at: offset) }

    /// The caret, what is wrong, and what to do.
    public var description: String { "\(caret)\n\(message); \(hint)" }

    /// `badRequest`, with the offset. It has no word of the query: those go to who typed them only.
    public var error: ArchiveError { ArchiveError(.badRequest, message, hint: hint, offset: Int64(offset)) }
}
