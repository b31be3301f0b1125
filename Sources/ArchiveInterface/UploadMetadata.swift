public import ArchiveCore
internal import Foundation

/// `Upload-Metadata` of tus: `key base64,key base64`.
public enum UploadMetadata {
    /// Fields that clients add by themselves and that say nothing the archive asks for.
    private static let ignored: Set = ["filename", "filetype"]
    private static let limit = 64 << 10

    /// The submission that `text` spells; an empty text is an empty one.
    public static func submission(_ text: String) throws(ArchiveError) -> Submission {
        guard text.utf8.count <= limit else {
            throw ArchiveError(.badMetadata, "Upload-Metadata has more than \(limit) bytes")
        }
        var submission = Submission()
        for pair in text.split(separator: ",") {
            let parts = pair.split(separator: " ")
            guard let name = parts.first.map(String.init), parts.count <= 2 else {
                throw ArchiveError(.badMetadata, "Upload-Metadata is not made of `key base64` pairs")
            }
            if ignored.contains(name) { continue }
            guard let data = Data(base64Encoded: parts.count == 2 ? String(parts[1]) : "") else {
                throw ArchiveError(.badMetadata, "\(name) in Upload-Metadata is not base64")
            }
            guard let value = String(validating: data, as: UTF8.self) else {
                throw ArchiveError(.badMetadata, "\(name) in Upload-Metadata is not UTF-8")
            }
            // A key comes once in tus; lists are lines.
            let isList = name == "compartment" || name == "participant"
            let values = isList ? value.split(separator: "\n").map(String.init) : [value]
            for value in values { try submission.set(name, value) }
        }
        return submission
    }

    /// The header that ``submission(_:)`` reads back.
    public static func text(_ submission: Submission) -> String {
        let fields: [(String, String?)] = [
            ("level", submission.level), ("unit", submission.unit), ("series", submission.series),
            ("title", submission.title), ("meeting", submission.meeting),
            ("description", submission.description), ("started", submission.started.map(Timestamp.text)),
            ("source", submission.source?.text),
            ("compartment", lines(submission.compartments)), ("participant", lines(submission.participants)),
        ]
        return fields.compactMap { name, value in
            value.map { "\(name) \(Data($0.utf8).base64EncodedString())" }
        }.joined(separator: ",")
    }

    private static func lines(_ values: [String]) -> String? {
        values.isEmpty ? nil : values.joined(separator: "\n")
    }
}
