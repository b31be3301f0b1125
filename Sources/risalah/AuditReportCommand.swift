internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import Auditing
internal import CommandShell
internal import Foundation

/// `risalah audit report`: what a month of the log comes to, and what in it is worth a look.
struct AuditReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: localized(
            "What a period comes to, and what in it is worth a look.",
            id: "Ringkasan sebuah masa, dan yang perlu dilihat di dalamnya."
        ),
        discussion: localized(
            "With -o one page of HTML that needs nothing else; else the findings: accesses outside office hours, bursts, "
                + "first readers of a level, deliveries after a change of label; those of one entry stay together.",
            id: "Dengan -o satu halaman HTML yang berdiri sendiri; jika tidak, temuannya: akses di luar jam kerja, "
                + "lonjakan, pembaca pertama suatu klasifikasi, penyerahan sesudah perubahan klasifikasi."
        )
    )

    @Option(
        help: ArgumentHelp(
            localized("This month, of the archive's time zone.", id: "Bulan ini, menurut zona waktu arsip."),
            valueName: "yyyy-mm"
        )
    )
    var month: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(localized("The page; - is stdout.", id: "Halamannya; - adalah stdout."), valueName: "file")
    )
    var output: String?

    @Option(
        help: ArgumentHelp(
            localized("More openings than this within an hour are a burst.", id: "Lebih dari ini per jam: lonjakan."),
            valueName: "count"
        )
    )
    var burst = AnomaliesQuestion.usualOpenings

    @OptionGroup var span: SpanOptions
    @OptionGroup var options: AnswerOptions

    func validate() throws {
        if output != nil, options.csv || options.limit.count != nil || options.after != nil {
            throw ValidationError(
                "With '--output' the whole report is one page: leave out '--csv', '--limit' and '--after'."
            )
        }
        guard burst > 0 else { throw ValidationError("The value of '--burst' has to be 1 or more.") }
        guard let month else { return }
        guard Period(month: month, in: .gmt) != nil else {
            throw ValidationError("The value '\(month)' of '--month' is not YYYY-MM.")
        }
        guard span.since == nil, span.until == nil else {
            throw ValidationError("Give '--month', or '--since' and '--until'.")
        }
    }

    func run() async throws {
        try await options.common.connected { client in
            let reading = try await options.reading(by: client)
            let zone = try reading.zone()
            let period =
                month.flatMap { Period(month: $0, in: zone) } ?? Period(since: span.from, until: span.to)
            if let output {
                var report = ReportQuestion(within: period, zone: zone, usualOpenings: burst)
                try reading.ask(&report)
                return try await write(report, reading, to: output)
            }
            var question = AnomaliesQuestion(
                within: period,
                after: options.after ?? -1,
                usualOpenings: burst,
                mostInAll: options.limit.count ?? Self.mostFindings
            )
            try reading.ask(&question)
            let purposes = try await reading.texts(behind: Set(question.found.compactMap(\.purpose)))
            let rows = question.found.map { Row($0, reading.names, purposes) }
            try table(reading.names).print(rows, isCut: question.isCut, options)
        }
    }

    /// A burst is known when it is over, so findings are held until the log was read.
    private static let mostFindings = 10_000

    private func write(_ report: ReportQuestion, _ reading: AuditReading, to output: String) async throws {
        let now = Date()
        let page = ReportPage(
            report,
            reading.directory,
            principals: try await reading.records(of: report.principals, at: now),
            checkpoint: reading.checkpoint,
            language: .current,
            made: now,
            purposes: try await reading.texts(behind: Set(report.findings.compactMap(\.purpose)))
        )
        let bytes = Array(page.markup.utf8)
        guard output != "-" else { return try bytes.withUnsafeBytes(Console.write) }
        let file = try OutputFile(path: output, name: "report.html")
        try bytes.withUnsafeBytes { try file.write($0) }
        try file.commit()
        struct Written: Encodable { var file: String }
        if options.common.json { return try Console.print(json: Written(file: file.path)) }
        try Console.print(file.path)
    }

    private struct Row: Encodable {
        let kind: Anomaly.Kind
        let seq: Int
        let time: Date
        let actor: String
        let name: String?
        let recording: String?
        let label: String?
        let openings: Int?
        let relabelled: Int?
        let purpose: String?
        let erased: Bool

        init(_ found: Anomaly, _ names: PrincipalNames, _ purposes: [Int: String]) {
            kind = found.kind
            seq = found.seq
            time = found.time
            actor = found.actor
            name = names.name(of: found.actor)
            recording = found.recording
            label = found.label
            openings = found.openings
            relabelled = found.relabelled
            purpose = found.purpose.flatMap { purposes[$0.seq] }
            erased = found.purpose != nil && purpose == nil
        }
    }

    private func table(_ names: PrincipalNames) -> AnswerTable<Row> {
        let times = span.time.times
        return AnswerTable(
            nothing: localized("nothing is worth a look", id: "tidak ada yang perlu dilihat"),
            number: \.seq,
            columns: [
                ("seq", localized("entry", id: "catatan"), { String($0.seq) }),
                ("kind", localized("what", id: "apa"), { $0.kind.rawValue }),
                ("time", localized("time", id: "waktu"), { times.text($0.time) }),
                ("who", localized("who", id: "siapa"), { names.text($0.actor) }),
                ("recording", localized("recording", id: "rekaman"), { $0.recording ?? "" }),
                ("label", localized("label", id: "klasifikasi"), { $0.label ?? "" }),
                ("openings", localized("openings", id: "pembukaan"), { $0.openings.map(String.init) ?? "" }),
                (
                    "purpose", localized("purpose", id: "tujuan"),
                    { $0.erased ? localized("(erased)", id: "(dihapus)") : $0.purpose ?? "" }
                ),
                ("relabelled", localized("relabelled by", id: "diubah oleh"), { $0.relabelled.map(String.init) ?? "" }),
            ]
        )
    }
}
