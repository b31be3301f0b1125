import ArchiveCore
import Foundation

extension ReportPage {
    /// A sentence under a table that does not show all that was counted.
    private func rest(_ shown: Int, of count: Int) -> HTML {
        guard shown < count else { return "" }
        return
            "<p>\(say("The first \(shown) of \(count); the others are counted.", "\(shown) yang pertama dari \(count); sisanya dihitung."))</p>\n"
    }

    var refusals: HTML {
        let all = report.refusals
        guard !all.isEmpty else { return "" }
        let shown = all.prefix(ReportQuestion.mostRows)
        return """
            <h2>\(say("What was refused, and why", "Yang ditolak, dan alasannya"))</h2>
            \(HTML.table(
                [
                    (say("Action", "Tindakan"), .code), (say("Reason", "Alasan"), .words),
                    (say("Codes", "Kode"), .text), (say("Count", "Jumlah"), .number),
                ],
                shown.map { [$0.action, words.reasons($0.reasons), $0.reasons, "\($0.count)"] }
            ))\(rest(shown.count, of: all.count))
            """
    }

    var findings: HTML {
        let sections = Anomaly.Kind.allCases.map { kind -> HTML in
            let title = words.anomaly(kind)
            if kind == .outsideHours, !report.hasOffice {
                let none = say(
                    "the archive has no office hours in its configuration",
                    "arsip tidak mengatur jam kerja"
                )
                return "<h3>\(title)</h3>\n<p>\(none)</p>\n"
            }
            let found = report.findings.filter { $0.kind == kind }
            let count = report.findingCounts[kind] ?? 0
            guard count > 0 else { return "<h3>\(title): 0</h3>\n" }
            return """
                <h3>\(title): \(count)</h3>
                \(table(kind, found))\(rest(found.count, of: count))
                """
        }
        return "<h2>\(say("Worth a look", "Perlu dilihat"))</h2>\n\(sections)"
    }

    private func table(_ kind: Anomaly.Kind, _ found: [Anomaly]) -> HTML {
        var columns: [(String, HTML.Cells, (Anomaly) -> String)] = [
            (say("Entry", "Catatan"), .number, { "\($0.seq)" }),
            (say("Time", "Waktu"), .code, { text($0.time) }),
            (say("Who", "Siapa"), .text, { who($0.actor) }),
        ]
        if kind == .burst {
            columns.append((say("Openings", "Pembukaan"), .number, { $0.openings.map(String.init) ?? "" }))
        } else {
            columns.append((say("Recording", "Rekaman"), .code, { $0.recording ?? "" }))
            columns.append((say("Label", "Klasifikasi"), .words, { spaced($0.label ?? "") }))
        }
        if kind == .afterRelabelling {
            columns.append(
                (say("Changed by entry", "Diubah catatan"), .number, { $0.relabelled.map(String.init) ?? "" })
            )
        }
        let purpose = kind == .burst ? say("Purpose of the first", "Tujuan yang pertama") : say("Purpose", "Tujuan")
        columns.append(
            (purpose, .text, { one in one.purpose.map { purposes[$0.seq] ?? say("(erased)", "(dihapus)") } ?? "" })
        )
        return HTML.table(columns.map { ($0.0, $0.1) }, found.map { one in columns.map { $0.2(one) } })
    }

    var destructions: HTML {
        guard report.total.destroyed > 0 else { return "" }
        return """
            <h2>\(say("Destroyed", "Dimusnahkan")): \(report.total.destroyed)</h2>
            \(HTML.table(
                [
                    (say("Entry", "Catatan"), .number), (say("Time", "Waktu"), .code),
                    (say("Recording", "Rekaman"), .code), (say("Label", "Klasifikasi"), .words),
                    (say("List", "Daftar"), .code),
                ],
                report.destructions.map { ["\($0.seq)", text($0.time), $0.recording, spaced($0.label ?? ""), $0.list ?? ""] }
            ))\(rest(report.destructions.count, of: report.total.destroyed))
            """
    }

    /// Principals that count, and those of whom the directory says something else than the log.
    var people: HTML {
        let rows = principals.filter { row in
            row.history?.state(at: made) != .disabled || !row.differs.isEmpty
        }
        guard !rows.isEmpty else { return "" }
        let shown = rows.prefix(ReportQuestion.mostRows)
        return """
            <h2>\(say("Principals that count", "Prinsipal yang berlaku")): \(rows.count)</h2>
            \(HTML.table(
                [
                    (say("Name", "Nama"), .text), (say("Role, unit, clearance", "Peran, unit, kewenangan"), .words),
                    (say("State", "Keadaan"), .words), (say("Granted by", "Diberi oleh"), .text),
                    (say("Confirmed by", "Disahkan oleh"), .text), (say("Last use", "Terakhir"), .code),
                    (say("Opened", "Membuka"), .number), (say("Worth a look", "Perlu dilihat"), .words),
                ],
                shown.map(cells)
            ))\(rest(shown.count, of: rows.count))
            """
    }

    private func cells(_ row: PrincipalRecord) -> [String] {
        let id = row.principal.description
        var remarks = row.leaver.map { [words.leaver($0)] } ?? []
        if !row.differs.isEmpty {
            let list = row.differs.map(words.difference).joined(separator: ", ")
            remarks.append("\(say("The directory says something else", "Direktori berbeda")): \(list)")
        }
        let history = row.history
        return [
            who(id),
            history.map {
                "\(words.role($0.role.rawValue)), \($0.grant.unit), \(spaced($0.grant.clearance.description))"
            } ?? "",
            history.map { words.state($0.state(at: made)) } ?? "",
            history.map { who($0.grantedBy) } ?? "",
            history?.confirmedBy.map(who) ?? "",
            row.lastUse.map(text) ?? "–", "\(report.byActor[id]?.opened ?? 0)",
            remarks.joined(separator: "; "),
        ]
    }
}
