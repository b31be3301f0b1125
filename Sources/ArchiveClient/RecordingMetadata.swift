public import ArchiveCore
public import Foundation

/// What a sender says of a recording (Docs/http.md, Sending); as JSON it is what `--metadata` takes.
///
/// The label is joined by the archive with what the recording itself says.
public struct RecordingMetadata: Codable, Sendable, Equatable {
    /// What it is called.
    public var title: String?
    /// Its level.
    public var level: Level?
    /// Its compartments.
    public var compartments: [String]
    /// The unit it belongs to.
    public var unit: String?
    /// The code of its series.
    public var series: String?
    /// The event it belongs to.
    public var meeting: String?
    /// Who spoke or was there.
    public var participants: [String]
    /// The one who speaks on it, where it is a track of one person.
    public var performer: String?
    /// When it began.
    public var started: Date?
    /// What else is known of it.
    public var description: String?
    /// What it was made of, where another service left that.
    public var source: OriginalSource?

    /// Metadata with these fields.
    public init(
        title: String? = nil,
        level: Level? = nil,
        compartments: [String] = [],
        unit: String? = nil,
        series: String? = nil,
        meeting: String? = nil,
        participants: [String] = [],
        performer: String? = nil,
        started: Date? = nil,
        description: String? = nil,
        source: OriginalSource? = nil
    ) {
        self.title = title
        self.level = level
        self.compartments = compartments
        self.unit = unit
        self.series = series
        self.meeting = meeting
        self.participants = participants
        self.performer = performer
        self.started = started
        self.description = description
        self.source = source
    }

    /// Reads a JSON object of these fields, each of which may be absent.
    ///
    /// - Throws: `bad-metadata` for anything else, a field of another name included: it would be lost silently.
    public init(json data: Data) throws(ArchiveError) {
        do {
            let names = try CanonicalJSON.decode([String: Ignored].self, from: data).keys
            let unknown = names.filter { CodingKeys(stringValue: $0) == nil }.sorted()
            guard unknown.isEmpty else {
                throw ArchiveError(
                    .badMetadata,
                    "the metadata has the field \(unknown[0].debugDescription)",
                    hint: "fields are \(CodingKeys.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            self = try CanonicalJSON.decode(Self.self, from: data)
        } catch let error as ArchiveError {
            throw error
        } catch let DecodingError.typeMismatch(_, context) {
            throw Self.malformed(context)
        } catch let DecodingError.valueNotFound(_, context) {
            throw Self.malformed(context)
        } catch let DecodingError.dataCorrupted(context) {
            throw Self.malformed(context)
        } catch {
            throw ArchiveError(.badMetadata, "the metadata is no JSON object")
        }
    }

    /// Reads the fields that are there.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        title = try fields.decodeIfPresent(String.self, forKey: .title)
        level = try fields.decodeIfPresent(Level.self, forKey: .level)
        compartments = try fields.decodeIfPresent([String].self, forKey: .compartments) ?? []
        unit = try fields.decodeIfPresent(String.self, forKey: .unit)
        series = try fields.decodeIfPresent(String.self, forKey: .series)
        meeting = try fields.decodeIfPresent(String.self, forKey: .meeting)
        participants = try fields.decodeIfPresent([String].self, forKey: .participants) ?? []
        performer = try fields.decodeIfPresent(String.self, forKey: .performer)
        started = try fields.decodeIfPresent(Date.self, forKey: .started)
        description = try fields.decodeIfPresent(String.self, forKey: .description)
        source = try fields.decodeIfPresent(OriginalSource.self, forKey: .source)
    }

    /// These, with what is absent here filled in from `other`.
    public func filled(from other: Self) -> Self {
        Self(
            title: title ?? other.title,
            level: level ?? other.level,
            compartments: compartments.isEmpty ? other.compartments : compartments,
            unit: unit ?? other.unit,
            series: series ?? other.series,
            meeting: meeting ?? other.meeting,
            participants: participants.isEmpty ? other.participants : participants,
            performer: performer ?? other.performer,
            started: started ?? other.started,
            description: description ?? other.description,
            source: source ?? other.source
        )
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case title, level, compartments, unit, series, meeting, participants, performer, started, description, source
    }

    /// Any JSON value: only the names of the fields are looked at.
    private struct Ignored: Decodable {
        init(from decoder: any Decoder) {}
    }

    private static func malformed(_ context: DecodingError.Context) -> ArchiveError {
        let place = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        guard !place.isEmpty else { return ArchiveError(.badMetadata, "the metadata is no JSON object") }
        return ArchiveError(.badMetadata, "metadata field \(place): \(context.debugDescription)")
    }
}
