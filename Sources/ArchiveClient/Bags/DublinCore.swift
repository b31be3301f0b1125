internal import ArchiveCore
internal import ArchiveInterface
internal import Foundation

/// What describes a recording, in the fifteen elements of Dublin Core, in the container that OAI-PMH has for them.
struct DublinCore {
    private static let schema = "http://www.openarchives.org/OAI/2.0/oai_dc/"

    let recording: RecordingReport
    /// The archive that it is from.
    let archive: String
    /// What lies beside it of its transcript, where it has one.
    let transcript: BagTranscript?
    /// What else lies beside it.
    let attachments: [BagAttachment]

    /// The document.
    var text: String {
        let label = Label(recording.level, compartments: recording.compartments)
        return XMLDocument { document in
            document.element(
                "oai_dc:dc",
                [
                    "xmlns:oai_dc": Self.schema, "xmlns:dc": "http://purl.org/dc/elements/1.1/",
                    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
                    "xsi:schemaLocation": "\(Self.schema) http://www.openarchives.org/OAI/2.0/oai_dc.xsd",
                ]
            ) { document in
                document.element("dc:title", recording.title)
                for name in recording.participants { document.element("dc:contributor", name) }
                document.element("dc:description", recording.description)
                document.element("dc:publisher", archive)
                document.element("dc:date", Timestamp.text(recording.started ?? recording.received))
                document.element("dc:type", "Sound")
                document.element("dc:format", "audio/ogg; codecs=opus")
                document.element("dc:format", Duration(recording.duration).text)
                document.element("dc:identifier", recording.id.description)
                document.element("dc:identifier", "sha256:\(recording.digest)")
                document.element("dc:source", "\(archive), \(recording.unit), \(recording.series)")
                if let source = recording.source {
                    document.element("dc:source", "sha256:\(source.sha256), \(source.bytes) bytes, \(source.origin)")
                }
                document.element("dc:language", transcript?.report.language)
                document.element("dc:relation", recording.meeting)
                for part in transcript?.documents ?? [] { document.element("dc:relation", part.file) }
                for attachment in attachments { document.element("dc:relation", attachment.file) }
                document.element("dc:rights", label.description)
            }
        }.text
    }

    /// Seconds as ISO 8601 says them.
    struct Duration {
        let text: String

        init(_ seconds: Double) { text = "PT\((seconds * 1000).rounded() / 1000)S" }
    }
}
