internal import ArchiveCore
internal import ArchiveInterface

/// An attachment, as it lies in a bag.
struct BagAttachment {
    /// What the archive says of it.
    let report: AttachmentReport
    /// Its name in the bag, beside the recording.
    let file: String
    /// What came, and what was written.
    let facts: BagAudio.Facts

    /// What names it.
    var identifier: String { "\(report.recording)/attachment/\(report.number)" }

    /// Whether the entry tells of its coming.
    func isMade(by entry: LogEntry) -> Bool {
        entry.action == "attachment.store" && entry.object == report.recording.description
            && entry.details["attachment"] == String(report.number)
    }
}

extension BagExport {
    /// Puts what belongs to a recording beside its sound into the bag, as `access` delivers it.
    ///
    /// In a sealed bag no name of a file tells what it is.
    func attachments(
        of recording: RecordingReport,
        within access: AccessID,
        fetch: (String, String) async throws -> BagAudio.Facts
    ) async throws -> [BagAttachment] {
        var bagged: [BagAttachment] = []
        for report in recording.attachments ?? [] {
            let name =
                sealing == nil ? "\(report.number)-\(report.fileName)" : "\(report.number).age"
            let file = "attachments/\(name)"
            let facts = try await fetch(ArchiveClient.link(toAttachment: report.number, within: access), file)
            guard facts.opened.digest == report.sha256 else {
                throw ArchiveError(
                    .badEncryption,
                    "what came of attachment \(report.number) of \(recording.id) is not what the archive has on record"
                )
            }
            bagged.append(BagAttachment(report: report, file: file, facts: facts))
        }
        return bagged
    }
}
