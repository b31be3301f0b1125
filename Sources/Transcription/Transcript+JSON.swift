internal import ArchiveCore
internal import Foundation

extension Transcript: Codable {
    /// What the field `format` says: what it is and in which version.
    static let format = "risalah-transcript 1"

    enum CodingKeys: String, CodingKey, CaseIterable {
        case format, language, engine, model, revision, author, segments
    }

    /// Reads the fields that DESIGN.md section 5 names, and `format`, and no others.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        let format = try container.decode(String.self, forKey: .format)
        let segments = try container.decode([TranscriptSegment].self, forKey: .segments)
        let language = try container.decodeIfPresent(String.self, forKey: .language)
        let engine = try container.decodeIfPresent(String.self, forKey: .engine)
        let model = try container.decodeIfPresent(String.self, forKey: .model)
        let revision = try container.decodeIfPresent(Int.self, forKey: .revision) ?? 0
        let author = try container.decodeIfPresent(String.self, forKey: .author)
        do throws(TranscriptError) {
            guard format == Self.format else {
                throw TranscriptError(
                    .format,
                    "the format is \(format.prefix(40).debugDescription)",
                    hint: "this program reads \(Self.format.debugDescription)"
                )
            }
            try self.init(
                language: language,
                engine: engine,
                model: model,
                revision: revision,
                author: author,
                segments: segments
            )
        } catch {
            throw error.decoding(at: decoder.codingPath)
        }
    }

    /// Writes what is there, the format first to say what it is.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.format, forKey: .format)
        try container.encodeIfPresent(language, forKey: .language)
        try container.encodeIfPresent(engine, forKey: .engine)
        try container.encodeIfPresent(model, forKey: .model)
        try container.encode(revision, forKey: .revision)
        try container.encodeIfPresent(author, forKey: .author)
        try container.encode(segments, forKey: .segments)
    }

    /// Reads its own JSON, strictly: unknown fields, other versions, and more than the ``Limits`` are refused.
    init(json data: Data) throws(TranscriptError) { self = try JSONDocument(data).decode(Transcript.self) }

    /// The one spelling of it (``CanonicalJSON``).
    func json() throws(TranscriptError) -> Data {
        do {
            return try CanonicalJSON.encode(self)
        } catch {
            // All numbers are finite and all texts are texts.
            throw TranscriptError(.value, "it cannot be written as JSON", hint: "\(error)")
        }
    }
}

extension Decoder {
    /// A container of the fields of `Key`; any other field is refused, so that one misspelt is not lost.
    func strictContainer<Key: CodingKey & CaseIterable>(_: Key.Type) throws -> KeyedDecodingContainer<Key> {
        for key in try container(keyedBy: AnyKey.self).allKeys where Key(stringValue: key.stringValue) == nil {
            let known = Key.allCases.map(\.stringValue).joined(separator: ", ")
            throw TranscriptError(
                .syntax,
                "there is no field \(key.stringValue.prefix(40).debugDescription)",
                hint: "the fields are \(known)"
            ).decoding(at: codingPath)
        }
        return try container(keyedBy: Key.self)
    }
}

private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
