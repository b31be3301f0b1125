internal import ArchiveCore
internal import ArchiveInterface
internal import Foundation
internal import Transcription

/// The newest revision of a transcript, as it lies in a bag: the archive's own document with everything, and WebVTT, which
/// others read.
struct BagTranscript {
    /// One file of it.
    struct Document {
        let format: TranscriptFormat
        /// Its name in the bag, beside the recording.
        let file: String
        /// What it says.
        let opened: BagAudio.Content
        /// Bytes that were written under that name.
        let written: BagAudio.Content
    }

    /// What the archive says of the revision.
    let report: TranscriptReport
    /// The first is what the archive keeps, all others are made of it.
    let documents: [Document]

    /// What names the document that the archive keeps.
    var identifier: String { PremisDocument.transcript(report.revision, of: report.recording, .json) }

    /// Whether the entry tells of the making of this revision.
    func isMade(by entry: LogEntry) -> Bool {
        entry.action == "transcript.store" && entry.object == report.recording.description
            && entry.details["revision"] == String(report.revision)
    }
}

extension BagExport {
    /// In what a bag has transcripts.
    private static let transcriptFormats: [TranscriptFormat] = [.json, .vtt]

    /// Puts the newest revision of the transcript into the bag, as `access` delivers it; nil where there is none.
    ///
    /// All documents are of the one revision that was delivered, also where somebody corrects it meanwhile.
    ///
    /// - Parameter write: keeps a file under its name, sealed where the bag is.
    func transcript(
        of id: RecordingID,
        within access: AccessID,
        write: (String, Data) throws -> (file: String, written: BagAudio.Content)
    ) async throws -> BagTranscript? {
        guard let newest = try await client.transcripts(of: id, limit: 1).transcripts.first else { return nil }
        let said = try await client.transcript(access, revision: newest.revision, opening: identities)
        let documents = try Self.transcriptFormats.map { format in
            let document = try format.write(said)
            let (file, written) = try write("transcript.\(format.rawValue)", document)
            return BagTranscript.Document(
                format: format,
                file: file,
                opened: BagAudio.Content(document),
                written: written
            )
        }
        return BagTranscript(report: newest, documents: documents)
    }
}
