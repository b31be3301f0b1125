/// An error that has more to say to programs than an ``ArchiveError``, and is one to people.
public protocol ArchiveErrorConvertible: Error {
    /// The same as commands and answers have it.
    var error: ArchiveError { get }
}
