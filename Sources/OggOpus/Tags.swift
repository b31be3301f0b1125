/// The comment header of a link: who wrote it, and what is said of it (RFC 7845 section 5.2).
public struct Tags: Sendable, Equatable, Codable {
    /// One comment, `NAME=value`.
    public struct Comment: Sendable, Equatable, Codable {
        /// The field's name as it was written; names compare without regard to the case of ASCII letters.
        /// Empty where the comment had no `=`.
        public let name: String
        /// The field's value.
        public let value: String

        /// A comment; `name` must be printable ASCII without `=` to be written into a stream.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The program that made the stream.
    public let vendor: String
    /// The comments, in order.
    public let comments: [Comment]

    /// Tags of the given comments.
    ///
    /// - Parameter vendor: the program that made the stream; the ``Encoder`` puts libopus's name in place of an
    ///   empty one.
    public init(vendor: String = "", comments: [Comment] = []) {
        self.vendor = vendor
        self.comments = comments
    }

    /// All values of `name`, in order; the case of ASCII letters does not matter.
    public subscript(name: String) -> [String] {
        comments.filter { $0.name.utf8.elementsEqual(name.utf8, by: Self.sameLetter) }.map(\.value)
    }

    private static func sameLetter(_ one: UInt8, _ other: UInt8) -> Bool {
        func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
        return lower(one) == lower(other)
    }
}
