internal import ArchiveCore
internal import Foundation
package import OggOpus

extension RecordingMetadata {
    /// The value of tus's `Upload-Metadata`: names, and values in base64 (tus 1.0, Creation).
    ///
    /// - Throws: `bad-metadata` for a line break in a compartment or participant, which separates them on the wire.
    func uploadMetadata() throws(ArchiveError) -> String {
        for name in compartments + people where name.contains(where: \.isNewline) {
            throw ArchiveError(.badMetadata, "there is a line break in \(name.debugDescription)")
        }
        let fields: [(name: String, value: String?)] = [
            ("level", level?.name),
            ("unit", unit),
            ("series", series),
            ("title", title),
            ("meeting", meeting),
            ("started", started.map(Timestamp.text)),
            ("description", description),
            ("source", source?.text),
            ("compartment", compartments.isEmpty ? nil : compartments.joined(separator: "\n")),
            ("participant", people.isEmpty ? nil : people.joined(separator: "\n")),
        ]
        return fields.compactMap { field in
            field.value.map { "\(field.name) \(Data($0.utf8).base64EncodedString())" }
        }.joined(separator: ",")
    }

    /// Everyone who is on it; to the archive the one who speaks is a participant.
    private var people: [String] {
        performer.map { name in [name] + participants.filter { $0 != name } } ?? participants
    }

    /// What may lie in clear on a disk (DESIGN.md invariant 5): where it belongs, and no name of anything or anyone.
    /// The rest travels inside the recording, as ``tags``.
    var filing: RecordingMetadata {
        RecordingMetadata(level: level, compartments: compartments, unit: unit, series: series, started: started)
    }

    /// The query of `PUT /v1/recordings`.
    var query: [(name: String, value: String)] {
        let single: [(name: String, value: String?)] = [
            ("level", level?.name),
            ("unit", unit),
            ("series", series),
            ("title", title),
            ("meeting", meeting),
            ("started", started.map(Timestamp.text)),
            ("description", description),
            ("source", source?.text),
        ]
        return single.compactMap { field in field.value.map { (field.name, $0) } }
            + compartments.map { ("compartment", $0) }
            + people.map { ("participant", $0) }
    }

    /// The OpusTags that carry this inside the recording (DESIGN.md section 5, Recording). Its source is not among them: an
    /// Ogg Opus original goes as it is, bit for bit, so that the source is said beside every recording.
    package var tags: Tags {
        let single: [(name: String, value: String?)] = [
            ("TITLE", title),
            ("DATE", started.map(Timestamp.text)),
            ("MEETING", meeting),
            ("PERFORMER", performer),
            ("CLASSIFICATION", level?.name),
            ("UNIT", unit),
            ("SERIES", series),
            ("DESCRIPTION", description),
        ]
        let comments =
            single.compactMap { field in field.value.map { Tags.Comment(name: field.name, value: $0) } }
            + compartments.map { Tags.Comment(name: "COMPARTMENT", value: $0) }
            + participants.map { Tags.Comment(name: "PARTICIPANT", value: $0) }
        return Tags(comments: comments)
    }
}
