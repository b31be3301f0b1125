public import ArchiveCore
public import ArchiveInterface
public import Foundation

/// A report as one page that needs nothing else: no script, no font or picture from elsewhere.
public struct ReportPage: Sendable {
    let report: ReportQuestion
    let principals: [PrincipalRecord]
    let purposes: [Int: String]
    let names: PrincipalNames
    let words: ReportWords
    let made: Date
    private let levels: [String]
    private let checkpoint: String
    private let days: ZonedDays

    /// - Parameters:
    ///   - directory: the names behind principals, and the order of levels.
    ///   - principals: those that the log has, compared with the directory.
    ///   - checkpoint: the signed head of the log that was read, as it was signed.
    ///   - made: when.
    ///   - purposes: those that were given, by the number of the entry; others were erased.
    public init(
        _ report: ReportQuestion,
        _ directory: AuditDirectory,
        principals: [PrincipalRecord],
        checkpoint: String,
        language: Language,
        made: Date,
        purposes: [Int: String]
    ) {
        self.report = report
        self.principals = principals
        self.checkpoint = checkpoint
        self.made = made
        self.purposes = purposes
        words = ReportWords(language: language)
        levels = directory.levels
        names = PrincipalNames(directory)
        days = ZonedDays(zone: report.zone)
    }

    func say(_ english: String, _ indonesian: String) -> String { words.say(english, indonesian) }

    /// The name of an actor in the language of the page, else what the entry says.
    func who(_ actor: String) -> String { names.name(of: actor, erased: say("erased", "dihapus")) ?? actor }

    /// A label with room to break a line.
    func spaced(_ label: String) -> String { label.replacing(":", with: ": ").replacing(",", with: ", ") }

    func text(_ time: Date) -> String {
        var days = days
        let (day, minute) = days.place(of: time)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(ZonedDays.date(day)) \(two(minute / 60)):\(two(minute % 60))"
    }

    /// The page.
    public var markup: String { page.markup }

    private var page: HTML {
        let origin = String(checkpoint.prefix { $0 != "\n" })
        let title = say("Audit report", "Laporan audit")
        let archive = report.archive ?? origin
        return """
            <!DOCTYPE html>
            <html lang="\(words.language == .english ? "en" : "id")">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width"/>
            <title>\(title) · \(archive)</title>
            <style>
            \(Self.style)</style>
            </head>
            <body>
            <h1>\(title)</h1>
            \(heading(archive))\(summary)\(findings)\(plots)\(refusals)\(destructions)\(people)\(grounds)</body>
            </html>

            """
    }

    private static let style: HTML = """
        @page { size: A4; margin: 16mm 14mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif } }
        body { font: 14px/1.45 sans-serif; color: #111; background: #fff; max-width: 64rem; margin: 2rem auto; padding: 0 1rem }
        h1 { font-size: 1.6rem; margin: 0 0 0.5rem } h2 { font-size: 1.2rem; border-bottom: 2px solid #111; margin: 2rem 0 0.5rem }
        h3 { font-size: 1rem; margin: 1.2rem 0 0.3rem } h1, h2, h3 { break-after: avoid } p { margin: 0.4rem 0 }
        table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 1rem; font-size: 0.86rem }
        th, td { border-bottom: 1px solid #bbb; padding: 0.2rem 0.5rem; text-align: left; vertical-align: top }
        th { border-bottom: 2px solid #555; vertical-align: bottom } td { overflow-wrap: break-word }
        .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap } td.c { font: 0.92em monospace; white-space: nowrap }
        td.t { overflow-wrap: anywhere } table.facts { width: auto } table.facts th { border-bottom: 1px solid #bbb; font-weight: normal }
        figure { margin: 1rem 0; overflow-x: auto } figcaption { font-weight: bold }
        svg { max-width: 100%; height: auto } svg text { font: 10px sans-serif; fill: #111 }
        .bar { fill: #245 } .rest { fill: #ececec } .base { stroke: #555; stroke-width: 1 }
        pre { border: 1px solid #bbb; padding: 0.5rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.86rem }
        .sign { display: flex; gap: 2rem; margin-top: 4rem } .sign span { flex: 1; border-top: 1px solid #111; padding-top: 0.2rem }
        @media print {
        body { margin: 0; max-width: none; padding: 0; font-size: 9.5pt } table, pre { font-size: 8pt }
        figure, tr, pre, .sign { break-inside: avoid } thead { display: table-header-group } figure { overflow: visible }
        .bar, .rest { print-color-adjust: exact }
        }

        """

    private func facts(_ rows: [(String, String)]) -> HTML {
        let cells = rows.map { name, value -> HTML in "<tr><th scope=\"row\">\(name)</th><td>\(value)</td></tr>\n" }
        return "<table class=\"facts\">\n<tbody>\n\(cells)</tbody>\n</table>\n"
    }

    private func heading(_ archive: String) -> HTML {
        let span = [report.period.since, report.period.until].map { $0.map(text) ?? "…" }.joined(separator: " – ")
        return facts(
            [
                (say("Archive", "Arsip"), archive),
                (say("Period", "Masa"), "\(span) (\(report.zone.identifier))"),
                (say("Made", "Dibuat"), text(made)),
                (
                    say("Read", "Dibaca"),
                    say(
                        "the log from entry 0 to entry \(report.size - 1), \(report.entries) of them in the period",
                        "log dari catatan 0 sampai \(report.size - 1), \(report.entries) di antaranya dalam masa ini"
                    )
                ),
            ] + losses
        )
    }

    private var losses: [(String, String)] {
        report.restarts.filter { !$0.lost.isEmpty }
            .map { (say("Lost in a restore", "Hilang saat pemulihan"), lost($0)) }
    }

    /// What no count of the report has.
    private func lost(_ restart: LogRestart) -> String {
        let (first, last) = (restart.lost.lowerBound, restart.lost.upperBound - 1)
        return say(
            "entries \(first) to \(last) of \(restart.origin), as entry \(restart.seq) says: none of them is counted here",
            "catatan \(first) sampai \(last) dari \(restart.origin), menurut catatan \(restart.seq): tidak dihitung di sini"
        )
    }

    private var summary: HTML {
        let total = report.total
        let counts = Anomaly.Kind.allCases.map { kind in
            let isSilent = kind == .outsideHours && !report.hasOffice
            return [words.anomaly(kind), isSilent ? "–" : "\(report.findingCounts[kind] ?? 0)"]
        }
        let rows = [
            [say("Recordings stored", "Rekaman masuk"), "\(total.stored)"],
            [say("Accesses opened", "Akses dibuka"), "\(total.opened)"],
            [say("First deliveries", "Penyerahan pertama"), "\(total.delivered)"],
            [say("Refusals", "Penolakan"), "\(total.refused)"],
            [say("Recordings destroyed", "Rekaman dimusnahkan"), "\(total.destroyed)"],
            [say("Requests of unknown peers", "Permintaan pihak tak dikenal"), "\(report.noise)"],
        ]
        let last = [
            [
                say("Principals that should perhaps be closed", "Prinsipal yang mungkin harus ditutup"),
                "\(principals.count { $0.leaver != nil })",
            ],
            [
                say(
                    "Principals of whom the directory says something else than the log",
                    "Prinsipal yang direktorinya berbeda dari log"
                ),
                "\(principals.count { !$0.differs.isEmpty })",
            ],
        ]
        return """
            <h2>\(say("Summary", "Ringkasan"))</h2>
            \(HTML.table([("", .words), (say("Count", "Jumlah"), .number)], rows + counts + last))
            """
    }

    // MARK: Plots

    private var plots: HTML {
        let every = report.everyDay
        // More than a quarter's days are too many beside each other.
        let byMonth = every.count > 100
        func daily(_ english: String, _ indonesian: String, _ value: (ReportQuestion.Counts) -> Int) -> HTML {
            var bars: [(label: String, value: Int, isMarked: Bool)] = []
            for (date, isRest, counts) in every {
                let label = byMonth ? String(date.prefix(7)) : String(date.suffix(2))
                if byMonth, bars.last?.label == label {
                    bars[bars.count - 1].value += value(counts)
                } else {
                    bars.append((label, value(counts), !byMonth && isRest))
                }
            }
            let each = byMonth ? say("per month", "per bulan") : say("per day", "per hari")
            return BarChart(title: "\(say(english, indonesian)) \(each)", bars: bars).upright
        }
        func named(_ english: String, _ indonesian: String, _ bars: [(String, Int)]) -> HTML {
            bars.isEmpty
                ? "" : BarChart(title: say(english, indonesian), bars: bars.map { ($0.0, $0.1, false) }).lying
        }
        // Levels lowest first, as the policy has them; then those that it no longer has.
        let all = levels + report.byLevel.keys.filter { !levels.contains($0) }.sorted()
        let roles = report.byRole.sorted { $0.key < $1.key }.map { (words.role($0.key), $0.value.opened) }
        return """
            <h2>\(say("Plots", "Grafik"))</h2>
            \(daily("Accesses opened", "Akses dibuka") { $0.opened })\
            \(daily("Refusals", "Penolakan") { $0.refused })\
            \(daily("Recordings destroyed", "Rekaman dimusnahkan") { $0.destroyed })\
            \(named("Accesses opened by level", "Akses dibuka per klasifikasi", all.map { ($0, report.byLevel[$0]?.opened ?? 0) }))\
            \(named("Accesses opened by role", "Akses dibuka per peran", roles.filter { $0.1 > 0 }))\
            \(named("Refusals by reason", "Penolakan per alasan", reasons))
            """
    }

    private var reasons: [(String, Int)] {
        let counts = report.refusals.reduce(into: [String: Int]()) {
            $0[words.reasons($1.reasons), default: 0] += $1.count
        }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(12).map { ($0.key, $0.value) }
    }

    private var grounds: HTML {
        """
        <h2>\(say("What this speaks for", "Dasar laporan"))</h2>
        <p>\(say("All counts, times, rights and office hours are those of the first \(report.size) entries of the log, each of which was checked against this checkpoint. Names and purposes come from the archive; purposes were checked against the entries, names where they were not erased.", "Semua jumlah, waktu, kewenangan dan jam kerja berasal dari \(report.size) catatan pertama log, yang masing-masing diperiksa terhadap titik periksa ini. Nama dan tujuan berasal dari arsip; tujuan diperiksa terhadap catatannya, nama bila belum dihapus."))</p>
        <pre>\(checkpoint)</pre>
        <p>\(say("Whoever has a copy of the log can check that it is the same one, with this checkpoint in a file:", "Siapa pun yang punya salinan log dapat memeriksa bahwa log itu sama, dengan titik periksa ini dalam sebuah berkas:"))</p>
        <pre>risalah audit verify --checkpoint FILE</pre>
        <p class="sign"><span>\(say("Auditor", "Auditor"))</span><span>\(say("Place and date", "Tempat dan tanggal"))</span></p>

        """
    }
}
