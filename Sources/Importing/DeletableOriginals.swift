public import ArchiveCore
public import ArchiveInterface

/// Which originals of an import can be deleted where they are, by the signed word of the archive.
///
/// One counts only where the archive states that it has a recording, whole and read again, of a file with the very digest and
/// length that the file has here.
public struct DeletableOriginals: Sendable {
    /// A file of the import.
    public struct Row: Sendable {
        /// As people call it.
        public let path: String
        /// Its digest, where it could be read.
        public let source: SourceDigest?
        /// Its length.
        public let bytes: Int?
        /// What the archive has of it.
        public let recording: RecordingID?
        /// Why it must not be deleted; nil where it can be.
        public let reason: ImportReason?
    }

    /// Recordings that are asked for at once (Docs/http.md, Finding).
    static let atOnce = 100

    /// What the archive states, one request after the other.
    public let pages: [SignedOriginals]
    /// Every file of the import, in its order.
    public let rows: [Row]

    /// How many can be deleted.
    public var deletable: Int { rows.count { $0.reason == nil } }

    /// Has the archive say which of the files that `reports` tell of it has.
    ///
    /// - Parameter ask: gets a statement about up to 100 recordings; it is asked again for what it has not read yet.
    public init(
        of reports: [ImportReport],
        asking ask: ([RecordingID]) async throws -> SignedOriginals
    ) async throws {
        var known: [SourceDigest: RecordingID] = [:]
        for report in reports {
            if let source = report.source, let id = report.id { known[source] = id }
        }
        var seen: Set<RecordingID> = []
        var rest = reports.compactMap { $0.source.flatMap { known[$0] } }.filter { seen.insert($0).inserted }
        var pages: [SignedOriginals] = []
        var stated: [RecordingID: OriginalsStatement.Item] = [:]
        var omitted: [RecordingID: OriginalsStatement.Omission.Reason] = [:]
        while !rest.isEmpty {
            let asked = Array(rest.prefix(Self.atOnce))
            let page = try await ask(asked)
            for item in page.statement.items { stated[item.recording] = item }
            for omission in page.statement.omitted { omitted[omission.recording] = omission.reason }
            pages.append(page)
            let unread = asked.filter { stated[$0] == nil && omitted[$0] == .unread }
            guard unread.count < asked.count else {
                throw ArchiveError(.unexpected, "the archive does not read \(asked[0]) again")
            }
            rest = unread + rest.dropFirst(asked.count)
        }
        self.pages = pages
        rows = reports.map { report in
            let recording = report.source.flatMap { known[$0] }
            return Row(
                path: report.path,
                source: report.source,
                bytes: report.bytes,
                recording: recording,
                reason: Self.reason(report, recording, stated, omitted)
            )
        }
    }

    private static func reason(
        _ report: ImportReport,
        _ recording: RecordingID?,
        _ stated: [RecordingID: OriginalsStatement.Item],
        _ omitted: [RecordingID: OriginalsStatement.Omission.Reason]
    ) -> ImportReason? {
        if report.outcome == .refused, let reason = report.reason { return reason }
        guard let recording, let source = report.source else {
            return ImportReason(code: "not-stored", message: "the archive does not have it")
        }
        // What was written down of it is part of what was there.
        if let transcript = report.transcript, transcript.outcome == .refused {
            let reason = transcript.reason.map { ": \($0.message)" } ?? ""
            return ImportReason(code: "transcript-refused", message: "its transcript was not taken\(reason)")
        }
        if let attachment = report.attachments?.first(where: { $0.outcome == .refused }) {
            let reason = attachment.reason.map { ": \($0.message)" } ?? ""
            return ImportReason(code: "attachment-refused", message: "an attachment of it was not taken\(reason)")
        }
        guard let item = stated[recording] else {
            return ImportReason(omitted[recording] ?? .notFound, recording)
        }
        guard item.sha256 == source, report.bytes == nil || item.bytes == report.bytes else {
            return ImportReason(code: "other-source", message: "the archive has \(recording) as made of another file")
        }
        return nil
    }
}

extension ImportReason {
    fileprivate init(_ reason: OriginalsStatement.Omission.Reason, _ recording: RecordingID) {
        let message =
            switch reason {
            case .notFound: "the archive has no \(recording), or not for you to know"
            case .incomplete: "the archive has \(recording) only in part"
            case .damaged: "\(recording) is damaged in the archive: tell those who keep it"
            case .noSource: "the archive does not know what \(recording) was made of"
            case .unread: "the archive has not read \(recording) again"
            }
        self.init(code: reason.rawValue, message: message)
    }
}
