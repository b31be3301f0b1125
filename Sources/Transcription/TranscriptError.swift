public import ArchiveCore

/// Why a document is no transcript: where, what was expected, and what to do.
public struct TranscriptError: Sendable, Hashable, ArchiveErrorConvertible, CustomStringConvertible {
    /// What went wrong; stable, for programs.
    public enum Code: String, Sendable, Codable, CaseIterable {
        /// Bytes that are not UTF-8.
        case encoding
        /// A document of no format that is read here, or one that holds no transcript.
        case format
        /// A document that is not what its format demands.
        case syntax
        /// A time that cannot be, or an end before its beginning.
        case time
        /// A segment that begins before the one in front of it.
        case order
        /// A text, name or number that a transcript does not have.
        case value
        /// More than the limits allow.
        case tooLarge = "too-large"
        /// A compressed form that is damaged.
        case compression
        /// A speaker whom the transcript does not have.
        case unknownSpeaker = "unknown-speaker"
    }

    /// Where it went wrong.
    public enum Place: Sendable, Hashable, CustomStringConvertible {
        /// A line, counted from 1.
        case line(Int)
        /// A segment, counted from 1.
        case segment(Int)
        /// A word of a segment, both counted from 1.
        case word(Int, segment: Int)

        /// `line 3`, `segment 3`, `segment 3, word 2`.
        public var description: String {
            switch self {
            case .line(let line): "line \(line)"
            case .segment(let segment): "segment \(segment)"
            case .word(let word, let segment): "segment \(segment), word \(word)"
            }
        }
    }

    /// What went wrong.
    public let code: Code
    /// Where, where it can be said.
    public let place: Place?
    /// What is there, and what was expected; one line, in English. Never what was said: it may come into a log.
    public let reason: String
    /// What to do about it; of an unknown speaker, who there is.
    public let hint: String

    init(_ code: Code, _ reason: String, hint: String, at place: Place? = nil) {
        self.code = code
        self.place = place
        self.reason = reason
        self.hint = hint
    }

    /// The same at `place`, unless it has one already.
    func at(_ place: Place?) -> Self { Self(code, reason, hint: hint, at: self.place ?? place) }

    /// Place and reason, then what to do.
    public var description: String { "\(placed); \(hint)" }

    /// What commands and answers say.
    public var error: ArchiveError {
        ArchiveError(code == .tooLarge ? .tooLarge : .badMetadata, placed, hint: hint)
    }

    private var placed: String { place.map { "\($0): \(reason)" } ?? reason }
}

extension TranscriptError {
    /// As decoders throw it; ``init(_:)`` finds it again.
    func decoding(at path: [any CodingKey]) -> DecodingError {
        .dataCorrupted(.init(codingPath: path, debugDescription: reason, underlyingError: self))
    }

    /// What a decoder of JSON says, with the segment and the word it was at.
    init(_ error: DecodingError) {
        let (context, reason) = Self.parts(of: error)
        let path = context?.codingPath ?? []
        let place = Self.place(path)
        if let own = context?.underlyingError as? Self {
            self = own.at(place)
            return
        }
        let field = path.last.flatMap { $0.intValue == nil ? "\($0.stringValue): " : nil } ?? ""
        self.init(.syntax, field + reason, hint: "Docs/transcripts.md lists the fields", at: place)
    }

    private static func parts(of error: DecodingError) -> (DecodingError.Context?, String) {
        switch error {
        case .typeMismatch(let type, let context): (context, "\(name(of: type)) was expected")
        case .valueNotFound(let type, let context): (context, "\(name(of: type)) was expected, and null is there")
        case .keyNotFound(let key, let context): (context, "\(key.stringValue) is missing")
        case .dataCorrupted(let context): (context, context.debugDescription)
        @unknown default: (nil, "it cannot be understood")
        }
    }

    private static func place(_ path: [any CodingKey]) -> Place? {
        guard let segment = path.lazy.compactMap(\.intValue).first else { return nil }
        let word = path.lastIndex { $0.stringValue == "words" }.flatMap { path.dropFirst($0 + 1).first?.intValue }
        return word.map { .word($0 + 1, segment: segment + 1) } ?? .segment(segment + 1)
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a text"
        case is Double.Type, is Int.Type: "a number"
        case is Bool.Type: "true or false"
        case is [String: Any].Type: "an object"
        case is [Any].Type: "a list"
        default: "something else"
        }
    }
}
