internal import ArchiveCore
internal import ArchiveInterface
internal import Foundation
internal import Transcription

/// What is known of the files of a recording, of its transcript and attachments, and what happened to them, as PREMIS 3 has it.
struct PremisDocument {
    static let objectType = "risalah recording"
    private static let namespace = "http://www.loc.gov/premis/v3"

    let recording: RecordingReport
    /// Its name in the bag.
    let file: String
    /// Bytes that were written under that name.
    let audio: BagAudio.Facts
    /// What lies beside it of its transcript.
    let transcript: BagTranscript?
    /// What else lies beside it.
    let attachments: [BagAttachment]
    let events: [PremisEvent]

    /// The document.
    var text: String {
        // PREMIS 3, the order of its schema: objects, events, agents, rights.
        XMLDocument { document in
            document.element(
                "premis:premis",
                [
                    "xmlns:premis": Self.namespace, "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
                    "xsi:schemaLocation": "\(Self.namespace) https://www.loc.gov/standards/premis/premis.xsd",
                    "version": "3.0",
                ]
            ) { document in
                writeFile(to: &document)
                writeSource(to: &document)
                if let transcript { write(transcript, to: &document) }
                for attachment in attachments { write(attachment, to: &document) }
                for event in events { event.write(to: &document, about: recording.id.description) }
                var written: Set<String> = []
                // Of one agent the entry with a name comes first.
                for agent in events.map(\.agent).sorted(by: { $0.name != nil && $1.name == nil }) {
                    if written.insert(agent.identifier).inserted { agent.write(to: &document) }
                }
                writeRights(to: &document)
            }
        }.text
    }

    /// The identifier of the payload as the archive keeps it.
    private var source: String { "\(recording.id)/payload" }

    private func writeFile(to document: inout XMLDocument) {
        document.element("premis:object", ["xsi:type": "premis:file"]) { document in
            Self.identify(recording.id.description, in: &document)
            // PREMIS 3, 1.5.1: 0 is what lies innermost; what rests sealed has one more.
            characteristics(0, audio.opened, format: .opus, to: &document)
            if audio.isSealed { characteristics(1, audio.written, format: .age, to: &document) }
            document.element("premis:originalName", file)
            Self.derive(from: source, in: &document)
        }
    }

    /// What was heard in the recording, and what was made of that here.
    private func write(_ transcript: BagTranscript, to document: inout XMLDocument) {
        let id = recording.id
        let revision = transcript.report.revision
        for part in transcript.documents {
            document.element("premis:object", ["xsi:type": "premis:file"]) { document in
                Self.identify(Self.transcript(revision, of: id, part.format), in: &document)
                characteristics(0, part.opened, format: .text(part.format), to: &document)
                if audio.isSealed { characteristics(1, part.written, format: .age, to: &document) }
                document.element("premis:originalName", part.file)
                let isFirst = part.format == transcript.documents.first?.format
                let source = isFirst ? id.description : Self.transcript(revision, of: id, .json)
                Self.derive(from: source, in: &document)
            }
        }
    }

    /// What belongs to the recording, as it came.
    private func write(_ attachment: BagAttachment, to document: inout XMLDocument) {
        document.element("premis:object", ["xsi:type": "premis:file"]) { document in
            Self.identify(attachment.identifier, in: &document)
            let format = Format.other(attachment.report.mediaType)
            characteristics(0, attachment.facts.opened, format: format, to: &document)
            if audio.isSealed { characteristics(1, attachment.facts.written, format: .age, to: &document) }
            document.element("premis:originalName", attachment.file)
        }
    }

    /// The identifier of a revision of a transcript, as a document.
    static func transcript(_ revision: Int, of id: RecordingID, _ format: TranscriptFormat) -> String {
        "\(id)/transcript/\(revision).\(format.rawValue)"
    }

    private static func derive(from source: String, in document: inout XMLDocument) {
        document.element("premis:relationship") { document in
            document.element("premis:relationshipType", "derivation")
            document.element("premis:relationshipSubType", "has source")
            document.element("premis:relatedObjectIdentifier") { document in
                document.element("premis:relatedObjectIdentifierType", objectType)
                document.element("premis:relatedObjectIdentifierValue", source)
            }
        }
    }

    /// The payload as the archive keeps it, whose digest its log has.
    private func writeSource(to document: inout XMLDocument) {
        document.element("premis:object", ["xsi:type": "premis:file"]) { document in
            Self.identify(source, in: &document)
            characteristics(1, audio.payload, format: .payload, to: &document)
        }
    }

    private static func identify(_ identifier: String, in document: inout XMLDocument) {
        document.element("premis:objectIdentifier") { document in
            document.element("premis:objectIdentifierType", objectType)
            document.element("premis:objectIdentifierValue", identifier)
        }
    }

    private enum Format {
        case opus, age, payload
        case text(TranscriptFormat)
        /// A media type.
        case other(String)

        var name: String {
            switch self {
            // PRONOM has it as fmt/946.
            case .opus: "Ogg Opus Codec Compressed Multimedia File"
            case .text(.vtt): "WebVTT"
            case .text: "JSON, a transcript of Risalah"
            case .age: "age encrypted file, version 1"
            case .payload: "payload of an age encrypted file, version 1, without its header"
            case .other(let mediaType): mediaType
            }
        }
    }

    private func characteristics(
        _ level: Int,
        _ content: BagAudio.Content,
        format: Format,
        to document: inout XMLDocument
    ) {
        document.element("premis:objectCharacteristics") { document in
            document.element("premis:compositionLevel", String(level))
            document.element("premis:fixity") { document in
                document.element("premis:messageDigestAlgorithm", "SHA-256")
                document.element("premis:messageDigest", content.digest)
            }
            document.element("premis:size", String(content.length))
            document.element("premis:format") { document in
                document.element("premis:formatDesignation") { $0.element("premis:formatName", format.name) }
                guard case .opus = format else { return }
                document.element("premis:formatRegistry") { document in
                    document.element("premis:formatRegistryName", "PRONOM")
                    document.element("premis:formatRegistryKey", "fmt/946")
                }
            }
            guard level > 0 else { return }
            document.element("premis:inhibitors") { document in
                document.element("premis:inhibitorType", "age v1")
                document.element("premis:inhibitorTarget", "All content")
            }
        }
    }

    /// Under which label it was handed out.
    private func writeRights(to document: inout XMLDocument) {
        let label = Label(recording.level, compartments: recording.compartments)
        document.element("premis:rights") { document in
            document.element("premis:rightsStatement") { document in
                document.element("premis:rightsStatementIdentifier") { document in
                    document.element("premis:rightsStatementIdentifierType", "risalah label")
                    document.element("premis:rightsStatementIdentifierValue", "\(recording.id)/label")
                }
                document.element("premis:rightsBasis", "other")
                document.element("premis:otherRightsInformation") { document in
                    document.element("premis:otherRightsBasis", "classification")
                    document.element("premis:otherRightsNote", label.description)
                }
                document.element("premis:linkingObjectIdentifier") { document in
                    document.element("premis:linkingObjectIdentifierType", Self.objectType)
                    document.element("premis:linkingObjectIdentifierValue", recording.id.description)
                }
            }
        }
    }
}
