import ArchiveCore
public import ArchiveInterface
import Foundation

/// A certificate as one page to print, A4, in both languages: the *berita acara pemusnahan*, of a transfer *penyerahan*. It needs
/// nothing else, and has the classification at the head of every page.
public struct CertificatePage: Sendable {
    private let certificate: ListCertificate
    private let proof: String
    private let zone: TimeZone

    /// The page of a certificate, as it was checked or not: printing proves nothing.
    public init(_ signed: SignedCertificate) {
        certificate = signed.certificate
        proof = signed.proof
        zone = TimeZone(identifier: signed.certificate.timezone) ?? .gmt
    }

    /// The page.
    public var markup: String { page.markup }

    private func text(_ time: Date?) -> String {
        guard let time else { return "–" }
        var days = ZonedDays(zone: zone)
        let (day, minute) = days.place(of: time)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(ZonedDays.date(day)) \(two(minute / 60)):\(two(minute % 60))"
    }

    private var isTransfer: Bool { certificate.list.kind == .transfer }

    private var title: String {
        isTransfer
            ? "Berita acara penyerahan arsip · Certificate of transfer"
            : "Berita acara pemusnahan arsip · Certificate of destruction"
    }

    private var label: String {
        let label = certificate.classification
        return ([label.level.name] + label.compartments).joined(separator: " · ").uppercased()
    }

    private var page: PrintedPage {
        PrintedPage(
            title: title,
            label: label,
            language: "id",
            style: """
                td:nth-child(2):not(:last-child), td:nth-child(5):not(:last-child) { white-space: nowrap }

                """,
            rows: """
                <tr><td>
                <h1>\(title)</h1>
                <p>\(certificate.archive). Dibuat · made \(text(certificate.made)) (\(certificate.timezone)).</p>
                \(list)\(statements)\(items)\(copies)\(grounds)</td></tr>
                """
        )
    }

    private var list: HTML {
        let list = certificate.list
        var rows = [
            ["Daftar · list", list.id.description], ["Jenis · kind", list.kind.rawValue],
            ["Jenis arsip · series", list.series ?? "–"],
            [
                "Diusulkan · proposed",
                "\(text(list.proposed)), \(list.proposedByName ?? list.proposedBy?.description ?? "jadwal · schedule")",
            ],
            [
                "Disetujui · approved by",
                list.approvedByName ?? list.approvedBy?.description ?? "tanpa persetujuan · nobody is asked",
            ],
            ["Saksi · witnesses", "\(list.witnesses)"], ["Dibekukan · frozen", text(list.frozen)],
            ["Dapat dijalankan mulai · executable from", text(list.executable)],
        ]
        if isTransfer { rows.append(["Diserahkan · handed over", text(list.recorded)]) }
        rows += [
            ["Selesai · ended", text(list.ended)], ["Ringkasan · digest (SHA-256)", list.digest],
            [
                "Kunci di penyimpanan tak terpulihkan sejak · keys in Storage unrecoverable since",
                text(certificate.scrubbed),
            ],
        ]
        return "\(HTML.table([("", .words), ("", .text)], rows))"
    }

    private var statements: HTML {
        guard !certificate.statements.isEmpty else { return "" }
        let rows = certificate.statements.map { said in
            [
                "\(said.number)", said.kind, text(said.made), said.name ?? said.principal.description,
                [
                    said.by, said.archive, said.letter, said.date, said.text,
                    said.struck.map { "\($0.count) dicoret · struck" }, said.scan.map { "SHA-256 \($0.sha256)" },
                ].compactMap(\.self).joined(separator: "; "),
            ]
        }
        return """
            <h2>Pernyataan · Statements</h2>
            \(HTML.table(
                [
                    ("", .number), ("Jenis · kind", .words), ("Waktu · time", .code), ("Oleh · by", .text),
                    ("Isi · content", .text),
                ],
                rows
            ))
            """
    }

    private var items: HTML {
        let rows = certificate.items.map { item in
            [
                [item.recording.description, item.title].compactMap(\.self).joined(separator: " "),
                item.label.description,
                text(item.due), item.rule ?? item.series,
                [item.outcome, item.reason].compactMap(\.self).joined(separator: ": "), text(item.gone), item.digest,
            ]
        }
        return """
            <h2>Rekaman · Recordings: \(certificate.items.count)</h2>
            \(HTML.table(
                [
                    ("Rekaman · recording", .text), ("Klasifikasi · label", .code), ("Jatuh tempo · due", .code),
                    ("Aturan · rule", .text), ("Hasil · outcome", .text), ("Waktu · time", .code), ("SHA-256", .text),
                ],
                rows
            ))
            """
    }

    private var copies: HTML {
        let rows = certificate.items.flatMap { item in
            item.copies.map { copy in
                [
                    item.recording.description, copy.name ?? copy.principal.description, text(copy.opened),
                    copy.forms.joined(separator: ", "),
                ]
            }
        }
        guard !rows.isEmpty else {
            return
                "<p>Tidak seorang pun menerima salinan dari arsip · Nobody had received a copy from the archive.</p>\n"
        }
        return """
            <h2>Salinan yang pernah diserahkan · Copies that had been delivered</h2>
            \(HTML.table(
                [
                    ("Rekaman · recording", .code), ("Kepada · to", .text), ("Dibuka · opened", .code),
                    ("Bentuk · form", .code),
                ],
                rows
            ))
            """
    }

    private var grounds: HTML {
        """
        <h2>Dasar · Grounds</h2>
        <p>Catatan log · entries of the log \(certificate.origin): \
        \(certificate.entries.map { "\($0.seq) \($0.action)" }.joined(separator: ", ")). \
        Periksa berkas JSON dengan · check the JSON file with: risalah destruction verify.</p>
        <pre>\(proof)</pre>

        """
    }
}
