internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalah correct`: corrects what recordings are filed under.
struct CorrectCommand: AsyncParsableCommand {
    /// Lines in one request, which is done as a whole or not at all.
    private static let atOnce = 500

    static let configuration = CommandConfiguration(
        commandName: "correct",
        abstract: localized(
            "Correct series, unit, start or meeting of recordings.",
            id: "Perbaiki jenis arsip, unit, waktu mulai atau rapat rekaman."
        ),
        discussion: localized(
            "With --csv: a heading of id and any of series, unit, start, meeting, reason; an empty cell keeps what is there. "
                + "Every line is checked before anything is done; with a mistake in any, nothing is, and this ends with 65.",
            id:
                "Dengan --csv: baris judul id dan salah satu dari series, unit, start, meeting, reason; sel kosong "
                + "mempertahankan isinya. Semua baris diperiksa dahulu; bila ada yang salah, tidak ada yang diubah, dan "
                + "perintah berakhir dengan 65."
        )
    )

    @Argument(help: ArgumentHelp(localized("The recording.", id: "Rekaman.")))
    var id: RecordingID?

    @Option(help: ArgumentHelp(localized("The code of its series.", id: "Kode jenis arsipnya.")))
    var series: String?

    @Option(help: ArgumentHelp(localized("The unit it belongs to.", id: "Unit pemiliknya.")))
    var unit: String?

    @Option(
        help: ArgumentHelp(
            localized("When it began; - takes that away.", id: "Waktu mulai; - menghapusnya."),
            valueName: "time"
        )
    )
    var start: String?

    @Option(
        help: ArgumentHelp(
            localized(
                "The event it belongs to, or the id of its announcement; - takes that away.",
                id: "Rapat asalnya, atau id pengumumannya; - menghapusnya."
            ),
            valueName: "name"
        )
    )
    var meeting: String?

    @Option(
        help: ArgumentHelp(
            localized("A file of many corrections; - is stdin.", id: "Berkas berisi banyak perbaikan; - adalah stdin."),
            valueName: "file"
        )
    )
    var csv: String?

    @Flag(
        help: ArgumentHelp(
            localized("Only say what would change.", id: "Hanya sebutkan apa yang akan berubah.")
        )
    )
    var dryRun = false

    @Option(help: ArgumentHelp(localized("Why; of lines without a reason.", id: "Alasan; bagi baris tanpa alasan.")))
    var reason: String?

    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        let fields = [series, unit, start, meeting].contains { $0 != nil }
        guard (id != nil) != (csv != nil), fields != (csv != nil) else {
            throw ValidationError(
                "Give a recording with --series, --unit, --start or --meeting; or --csv alone."
            )
        }
        guard csv != nil || reason != nil else {
            throw ValidationError("Missing expected argument '--reason <reason>'")
        }
        if let start, start != CorrectionFile.nothing, time.times.moment(start) == nil {
            throw ValidationError("The value '\(start)' of '--start' is neither YYYY-MM-DD HH:MM nor an RFC 3339 time.")
        }
    }

    func run() async throws {
        if let id { return try await single(id) }
        guard let csv else { return }
        let file = try CorrectionFile(path: csv, reason: reason, times: time.times)
        try await common.connected { client in try await many(file, named: csv == "-" ? "stdin" : csv, client) }
    }

    // MARK: One

    private func single(_ id: RecordingID) async throws {
        func change(_ text: String?) -> Change<String> {
            text.map { $0 == CorrectionFile.nothing ? .remove : .set($0) } ?? .keep
        }
        var correction = Correction(series: series, unit: unit, meeting: change(meeting), reason: reason ?? "")
        if let start { correction.start = time.times.moment(start).map { .set($0) } ?? .remove }
        let report = try await common.connected { client in
            guard dryRun else { return try await client.correct(id, correction) }
            let line = CorrectionLine(recording: id.description, correction: correction)
            let answer = try await client.correct(CorrectionsBody(corrections: [line], dryRun: true))
            guard let report = answer.corrections.first else {
                throw ArchiveError(.unexpected, "no answer to the line")
            }
            if let mistake = report.mistake { throw mistake.error }
            return report
        }
        if common.json { return try Console.print(json: report) }
        for line in words(report) { try Console.print(line) }
    }

    // MARK: Many

    private func many(_ file: CorrectionFile, named name: String, _ client: ArchiveClient) async throws {
        var mistakes = file.mistakes
        var checked: [(line: CorrectionFile.Line, report: CorrectionReport)] = []
        for lines in chunks(file.lines) {
            checked += zip(lines, try await send(lines, dryRun: true, client)).map { ($0, $1) }
        }
        mistakes += checked.compactMap { line, report in Self.mistake(report, line) }
        mistakes.sort { ($0.line, $0.column) < ($1.line, $1.column) }
        if dryRun { for (line, report) in checked where report.mistake == nil { try say(line, report) } }
        guard mistakes.isEmpty else { try refuse(mistakes, name, done: 0) }
        guard !dryRun else { return }
        var done = 0
        for lines in chunks(file.lines) {
            let reports = try await send(lines, dryRun: false, client)
            // What was sound a moment ago may not be any more; then this part is left as it is, with all behind it.
            let late = zip(lines, reports).compactMap { Self.mistake($1, $0) }
            guard late.isEmpty else { try refuse(late, name, done: done) }
            for (line, report) in zip(lines, reports) { try say(line, report) }
            done += lines.count
        }
        guard !common.json else { return }
        Console.note("risalah: \(localized("corrected: \(done)", id: "diperbaiki: \(done)"))")
    }

    private func chunks(_ lines: [CorrectionFile.Line]) -> [[CorrectionFile.Line]] {
        stride(from: 0, to: lines.count, by: Self.atOnce).map { Array(lines[$0..<min($0 + Self.atOnce, lines.count)]) }
    }

    private func send(
        _ lines: [CorrectionFile.Line],
        dryRun: Bool,
        _ client: ArchiveClient
    ) async throws -> [CorrectionReport] {
        let answer = try await client.correct(CorrectionsBody(corrections: lines.map(\.correction), dryRun: dryRun))
        guard answer.corrections.count == lines.count else {
            throw ArchiveError(.unexpected, "the archive answered \(answer.corrections.count) of \(lines.count) lines")
        }
        return answer.corrections
    }

    private static func mistake(_ report: CorrectionReport, _ line: CorrectionFile.Line) -> CSVTable.Mistake? {
        guard let mistake = report.mistake else { return nil }
        return CSVTable.Mistake(
            line: line.number,
            column: line.columns[mistake.field ?? "id"] ?? 1,
            message: "\(mistake.code.rawValue): \(mistake.error)"
        )
    }

    private func refuse(_ mistakes: [CSVTable.Mistake], _ name: String, done: Int) throws -> Never {
        for mistake in mistakes {
            Console.note("risalah: \(name):\(mistake.line):\(mistake.column): \(Console.clean(mistake.message))")
        }
        let words =
            done == 0
            ? localized("nothing was corrected", id: "tidak ada yang diperbaiki")
            : localized(
                "the first \(done) were corrected, nothing after them",
                id: "\(done) pertama diperbaiki, sisanya tidak"
            )
        Console.note("risalah: \(words)")
        throw Finished(status: .badInput)
    }

    // MARK: Words

    private struct LineReport: Encodable {
        let line: Int
        let recording: String
        let changes: [CorrectionReport.Difference]
        let needsApproval: Bool
    }

    private func say(_ line: CorrectionFile.Line, _ report: CorrectionReport) throws {
        guard !common.json else {
            return try Console.print(
                json: LineReport(
                    line: line.number,
                    recording: report.recording,
                    changes: report.changes,
                    needsApproval: report.needsApproval ?? false
                )
            )
        }
        let word = localized("line", id: "baris")
        try Console.print("\(word) \(line.number), \(report.recording): \(words(report).joined(separator: "; "))")
    }

    private func words(_ report: CorrectionReport) -> [String] {
        guard !report.changes.isEmpty else { return [localized("nothing changes", id: "tidak ada yang berubah")] }
        func value(_ text: String?) -> String {
            guard let text else { return CorrectionFile.nothing }
            return Timestamp.date(text).map(time.times.text) ?? Console.clean(text)
        }
        var words = report.changes.map { change in
            let name =
                switch change.field {
                case "series": localized("series", id: "jenis arsip")
                case "start": localized("start", id: "mulai")
                case "meeting": localized("meeting", id: "rapat")
                case "due": localized("due", id: "jatuh tempo")
                default: change.field
                }
            return "\(name) \(value(change.before)) → \(value(change.after))"
        }
        if report.needsApproval == true {
            words.append(
                localized("destroyed only after people approve", id: "dimusnahkan hanya setelah disetujui")
            )
        }
        return words
    }
}
