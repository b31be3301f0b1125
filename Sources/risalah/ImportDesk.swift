internal import ArchiveClient
internal import ArchiveCore
internal import CommandShell
internal import Importing

/// What people are told of an import: a line for each source, a line that follows it all, and a sum at the end.
final class ImportDesk: Sendable {
    private let json: Bool
    private let isRehearsal: Bool
    private let isOne: Bool
    private let line: ProgressLine

    /// - Parameters:
    ///   - isRehearsal: whether nothing is done.
    ///   - isOne: whether one file was named, of which what is wrong is what is wrong with the command.
    init(json: Bool, isRehearsal: Bool, isOne: Bool) {
        self.json = json
        self.isRehearsal = isRehearsal
        self.isOne = isOne
        line = ProgressLine(localized("importing", id: "mengimpor"), quiet: json)
    }

    /// Says how far it is.
    func show(_ progress: ImportRun.Progress) {
        line.show(progress.bytes, of: progress.allBytes, items: progress.items, of: progress.allItems)
    }

    /// Clears the line.
    func end() { line.end() }

    /// Tells what became of one.
    func tell(_ report: ImportReport) throws {
        if isOne, let error = report.error { throw error }
        line.end()
        if json { return try Console.print(json: report) }
        let path = Console.clean(report.path)
        let words = Self.word(report.outcome)
        switch report.outcome {
        case .stored:
            try Console.print(
                "\(words)  \(report.id?.description ?? "")  \(LocalTimes.duration(report.duration ?? 0))  \(path)"
            )
        case .planned:
            try Console.print("\(words)  \(path)")
            for line in TextTable.fields(Self.fields(report)) { try Console.print("    \(line)") }
        case .skipped, .refused: try tell("\(words)  \(path)", report.reason)
        }
        let transcripts = [report.transcript].compactMap(\.self)
        for (name, made) in transcripts.map({ (localized("transcript", id: "transkrip"), $0) })
            + (report.attachments ?? []).map({ (localized("attachment", id: "lampiran"), $0) })
        where made.outcome != .skipped {
            try tell("    \(name): \(Self.word(made.outcome))  \(Console.clean(made.path))", made.reason)
        }
    }

    private func tell(_ sentence: String, _ reason: ImportReason?) throws {
        guard let reason else { return try Console.print(sentence) }
        let hint = reason.hint.map { "; \($0)" } ?? ""
        try Console.print("\(sentence): \(Console.clean(reason.message + hint))")
    }

    /// Tells which originals have to stay, and where it is written which can be deleted.
    func tell(_ originals: DeletableOriginals, in file: String) throws {
        guard !json else { return }
        for row in originals.rows {
            guard let reason = row.reason else { continue }
            let sentence = localized("cannot be deleted", id: "tidak boleh dihapus")
            try tell("\(sentence)  \(Console.clean(row.path))", reason)
        }
        let sentence = localized(
            "\(originals.deletable) of \(originals.rows.count) originals can be deleted",
            id: "\(originals.deletable) dari \(originals.rows.count) berkas asli dapat dihapus"
        )
        try Console.print("\(sentence): \(Console.clean(file)), \(Console.clean(file)).csv")
    }

    private static func word(_ outcome: ImportReport.Outcome) -> String {
        switch outcome {
        case .stored: localized("stored", id: "tersimpan")
        case .planned: localized("would be stored", id: "akan disimpan")
        case .skipped: localized("skipped", id: "dilewati")
        case .refused: localized("refused", id: "ditolak")
        }
    }

    private static func fields(_ report: ImportReport) -> [(name: String, value: String?)] {
        guard let metadata = report.metadata else { return [] }
        let label = ([metadata.level?.name ?? ""] + metadata.compartments).joined(separator: " ")
        let participants = metadata.participants.joined(separator: ", ")
        return [
            (localized("title", id: "judul"), metadata.title),
            (localized("label", id: "klasifikasi"), label),
            (localized("unit", id: "unit"), metadata.unit),
            (localized("series", id: "jenis arsip"), metadata.series),
            (localized("meeting", id: "rapat"), metadata.meeting),
            (localized("started", id: "mulai"), metadata.started.map(Timestamp.text)),
            (localized("speaker", id: "pembicara"), metadata.performer),
            (localized("participants", id: "peserta"), participants.isEmpty ? nil : participants),
            (localized("found as", id: "ditemukan sebagai"), report.origin?.rawValue),
        ]
    }

    private struct End: Encodable { let summary: ImportSummary }

    /// Tells the sum.
    func tell(_ summary: ImportSummary) throws {
        line.end()
        guard !isOne else { return }
        guard !json else { return try Console.print(json: End(summary: summary)) }
        let fields: [(name: String, value: String?)] = [
            (Self.word(.stored), isRehearsal ? nil : "\(summary.stored) (\(LocalTimes.duration(summary.seconds)))"),
            (Self.word(.planned), isRehearsal ? "\(summary.planned)" : nil),
            (Self.word(.skipped), "\(summary.skipped)"),
            (Self.word(.refused), "\(summary.refused)"),
            (localized("transcripts", id: "transkrip"), sum(summary.transcripts, summary.transcriptsRefused)),
            (localized("attachments", id: "lampiran"), sum(summary.attachments, summary.attachmentsRefused)),
            (
                localized("other files, passed over", id: "berkas lain, diabaikan"),
                summary.others > 0 ? "\(summary.others)" : nil
            ),
        ]
        for line in TextTable.fields(fields) { try Console.print(line) }
    }

    private func sum(_ taken: Int, _ refused: Int) -> String {
        refused == 0 ? "\(taken)" : "\(taken) (\(Self.word(.refused)): \(refused))"
    }
}
