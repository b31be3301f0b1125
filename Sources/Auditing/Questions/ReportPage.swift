public import ArchiveCore
import ArchiveInterface
public import Foundation

/// A report as one page that needs nothing else: no script, no font or picture from elsewhere.
public struct ReportPage: Sendable {
    private let report: ReportQuestion
    private let checkpoint: String
    private let language: Language
    private let made: Date
    private let purposes: [Int: String]
    private let names: PrincipalNames
    private var days: ZonedDays

    /// - Parameters:
    ///   - checkpoint: the signed head of the log that was read, as it was signed.
    ///   - made: when.
    ///   - purposes: those that were given, by the number of the entry; others were erased.
    public init(
        _ report: ReportQuestion,
        checkpoint: String,
        language: Language,
        made: Date,
        purposes: [Int: String]
    ) {
        self.report = report
        self.checkpoint = checkpoint
        self.language = language
        self.made = made
        self.purposes = purposes
        names = PrincipalNames(report.directory)
        days = ZonedDays(zone: report.zone)
    }

    private func say(_ english: String, _ indonesian: String) -> String {
        language == .english ? english : indonesian
    }

    private func text(_ time: Date) -> String {
        var days = days
        let (day, minute) = days.place(of: time)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(ZonedDays.date(day)) \(two(minute / 60)):\(two(minute % 60))"
    }

    private var span: String {
        [report.period.since, report.period.until].map { $0.map(text) ?? "…" }.joined(separator: " – ")
    }

    /// The page.
    public var markup: String { page.markup }

    private var page: HTML {
        let title = "\(say("Audit report", "Laporan audit")) · \(report.directory.archive)"
        return """
            <!DOCTYPE html>
            <html lang="\(language == .english ? "en" : "id")">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width"/>
            <title>\(title)</title>
            <style>
            body { font: 14px/1.45 sans-serif; color: #111; background: #fff; max-width: 64rem; margin: 2rem auto; padding: 0 1rem }
            h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; border-bottom: 1px solid #999; margin-top: 2rem }
            table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 }
            th, td { border: 1px solid #bbb; padding: 0.2rem 0.5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere }
            th { background: #eee } .n { text-align: right } figure { margin: 1rem 0; overflow-x: auto }
            figcaption { font-weight: bold } svg text { font: 10px sans-serif; fill: #111 } .bar { fill: #245 }
            pre { border: 1px solid #bbb; padding: 0.5rem; white-space: pre-wrap; overflow-wrap: anywhere }
            @media print { body { margin: 0; max-width: none; font-size: 10pt } figure, tr, pre { break-inside: avoid } thead { display: table-header-group } }
            </style>
            </head>
            <body>
            <h1>\(title)</h1>
            <p>\(span) (\(report.directory.timezone)). \(say("Made", "Dibuat")) \(text(made)).</p>
            \(summary)\(plots)\(refusals)\(findings)\(people)\(destructions)\(grounds)</body>
            </html>

            """
    }

    private var summary: HTML {
        let total = report.total
        return """
            <h2>\(say("Summary", "Ringkasan"))</h2>
            \(HTML.table(
                ["", say("Count", "Jumlah")],
                [
                    [say("Entries of the log", "Catatan log"), "\(report.entries)"],
                    [say("Recordings stored", "Rekaman masuk"), "\(total.stored)"],
                    [say("Accesses opened", "Akses dibuka"), "\(total.opened)"],
                    [say("First deliveries", "Penyerahan pertama"), "\(total.delivered)"],
                    [say("Refusals", "Penolakan"), "\(total.refused)"],
                    [say("Recordings destroyed", "Rekaman dimusnahkan"), "\(total.destroyed)"],
                    [say("Requests of unknown peers", "Permintaan pihak tak dikenal"), "\(report.noise)"],
                ],
                numbers: [1]
            ))
            """
    }

    private var plots: HTML {
        let every = report.everyDay
        // More than a quarter's days are too many beside each other.
        let byMonth = every.count > 100
        func daily(_ english: String, _ indonesian: String, _ value: (ReportQuestion.Counts) -> Int) -> HTML {
            var bars: [(label: String, value: Int)] = []
            for (date, counts) in every {
                let label = byMonth ? String(date.prefix(7)) : String(date.suffix(2))
                if byMonth, bars.last?.label == label {
                    bars[bars.count - 1].value += value(counts)
                } else {
                    bars.append((label, value(counts)))
                }
            }
            let each = byMonth ? say("per month", "per bulan") : say("per day", "per hari")
            return BarChart(title: "\(say(english, indonesian)) \(each)", bars: bars).upright
        }
        func named(_ english: String, _ indonesian: String, _ bars: [(String, Int)]) -> HTML {
            bars.isEmpty ? "" : BarChart(title: say(english, indonesian), bars: bars).lying
        }
        // Levels lowest first, as the policy has them; then those that it no longer has.
        let known = report.directory.levels
        let levels = known + report.byLevel.keys.filter { !known.contains($0) }.sorted()
        return """
            <h2>\(say("Plots", "Grafik"))</h2>
            \(daily("Accesses opened", "Akses dibuka") { $0.opened })\
            \(daily("Refusals", "Penolakan") { $0.refused })\
            \(daily("Recordings destroyed", "Rekaman dimusnahkan") { $0.destroyed })\
            \(named("Accesses opened by level", "Akses dibuka per klasifikasi", levels.map { ($0, report.byLevel[$0]?.opened ?? 0) }))\
            \(named("Accesses opened by role", "Akses dibuka per peran", report.byRole.sorted { $0.key < $1.key }.map { ($0.key, $0.value.opened) }.filter { $0.1 > 0 }))\
            \(named("Refusals by reason", "Penolakan per alasan", reasons))
            """
    }

    private var reasons: [(String, Int)] {
        let counts = report.refusals.reduce(into: [String: Int]()) {
            $0[$1.reasons.isEmpty ? "–" : $1.reasons, default: 0] += $1.count
        }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(12).map { ($0.key, $0.value) }
    }

    private var refusals: HTML {
        guard !report.refusals.isEmpty else { return "" }
        return """
            <h2>\(say("What was refused, and why", "Yang ditolak, dan alasannya"))</h2>
            \(HTML.table(
                [say("Action", "Tindakan"), say("Reason", "Alasan"), say("Count", "Jumlah")],
                report.refusals.prefix(ReportQuestion.mostRows).map { [$0.action, $0.reasons, "\($0.count)"] },
                numbers: [2]
            ))
            """
    }

    private func title(_ kind: Anomaly.Kind) -> String {
        switch kind {
        case .outsideHours: say("Outside office hours", "Di luar jam kerja")
        case .burst: say("Many openings within an hour", "Banyak pembukaan dalam satu jam")
        case .firstReader: say("First reader of a level", "Pertama kali membuka klasifikasi ini")
        case .afterRelabelling: say("Delivered after a change of label", "Diserahkan sesudah perubahan klasifikasi")
        }
    }

    private var findings: HTML {
        let sections = Anomaly.Kind.allCases.map { kind -> HTML in
            if kind == .outsideHours, report.directory.office == nil {
                let none = say("the archive has no office hours in its configuration", "arsip tidak mengatur jam kerja")
                return "<h3>\(title(kind))</h3>\n<p>\(none)</p>\n"
            }
            let found = report.findings.filter { $0.kind == kind }
            let count = report.findingCounts[kind] ?? 0
            guard count > 0 else { return "<h3>\(title(kind)): 0</h3>\n" }
            let rows = found.map { one in
                [
                    "\(one.seq)", text(one.time), names.text(one.actor), one.recording ?? "", one.label ?? "",
                    one.openings.map(String.init) ?? one.relabelled.map { "\(say("entry", "catatan")) \($0)" }
                        ?? one.purpose.map { purposes[$0.seq] ?? say("(erased)", "(dihapus)") } ?? "",
                ]
            }
            return """
                <h3>\(title(kind)): \(count)</h3>
                \(HTML.table(
                    [
                        say("Entry", "Catatan"), say("Time", "Waktu"), say("Who", "Siapa"), say("Recording", "Rekaman"),
                        say("Label", "Klasifikasi"), say("More", "Keterangan"),
                    ],
                    rows,
                    numbers: [0]
                ))
                """
        }
        return "<h2>\(say("Worth a look", "Perlu dilihat"))</h2>\n\(sections)"
    }

    private var people: HTML {
        let rows = report.principals(at: made).filter { $0.entry.state != .disabled || $0.leaver != nil }
        guard !rows.isEmpty else { return "" }
        let cells = rows.prefix(ReportQuestion.mostRows).map { row -> [String] in
            let id = row.entry.principal.description
            return [
                names.text(id), row.entry.role.rawValue, row.entry.clearance.description, row.entry.state.rawValue,
                row.lastUse.map(text) ?? "–", "\(report.byActor[id]?.opened ?? 0)", row.leaver?.rawValue ?? "",
            ]
        }
        return """
            <h2>\(say("Principals that count", "Prinsipal yang berlaku"))</h2>
            \(HTML.table(
                [
                    say("Name", "Nama"), say("Role", "Peran"), say("Clearance", "Kewenangan"), say("State", "Keadaan"),
                    say("Last use", "Terakhir"), say("Opened", "Membuka"), say("Leaver", "Sudah pergi"),
                ],
                Array(cells),
                numbers: [5]
            ))
            """
    }

    private var destructions: HTML {
        guard report.total.destroyed > 0 else { return "" }
        return """
            <h2>\(say("Destroyed", "Dimusnahkan")): \(report.total.destroyed)</h2>
            \(HTML.table(
                [
                    say("Entry", "Catatan"), say("Time", "Waktu"), say("Recording", "Rekaman"),
                    say("Label", "Klasifikasi"), say("List", "Daftar"),
                ],
                report.destructions.map { ["\($0.seq)", text($0.time), $0.recording, $0.label ?? "", $0.list ?? ""] },
                numbers: [0]
            ))
            """
    }

    private var grounds: HTML {
        """
        <h2>\(say("What this speaks for", "Dasar laporan"))</h2>
        <p>\(say("The first", "Sebanyak")) \(report.size) \(say("entries of the log with this checkpoint:", "catatan pertama dari log dengan titik periksa ini:"))</p>
        <pre>\(checkpoint)</pre>

        """
    }
}
