internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import Auditing
internal import CommandShell
internal import Foundation

/// `risalah audit log`: entries, oldest first.
struct AuditLogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: localized("Entries of the log, oldest first.", id: "Catatan log, terlama lebih dahulu."),
        discussion: localized(
            """
            The copy of the log on this machine is brought up to date and checked first, and searched here; names and \
            texts of what is shown come from the archive and are not kept. With --json one JSON object a line, as in \
            GET /v1/audit/entries.
            """,
            id: """
                Salinan log di mesin ini dimutakhirkan dan diperiksa dahulu, lalu dicari di sini; nama dan teks diambil \
                dari arsip dan tidak disimpan. Dengan --json satu objek JSON per baris, seperti GET /v1/audit/entries.
                """
        )
    )

    @Option(
        help: ArgumentHelp(
            localized(
                "By this actor: a name, an id, uid:N or service.",
                id: "Oleh pelaku ini: nama, id, uid:N, service."
            )
        )
    )
    var actor: String?

    @Option(help: ArgumentHelp(localized("About this object.", id: "Tentang objek ini.")))
    var object: String?

    @Option(help: ArgumentHelp(localized("Of this action.", id: "Dengan tindakan ini.")))
    var action: String?

    @Option(help: ArgumentHelp(localized("Decided so.", id: "Dengan keputusan ini.")))
    var decision: LogEntry.Decision?

    @OptionGroup var span: SpanOptions

    @OptionGroup var limit: LimitOptions

    @OptionGroup var common: CommonOptions

    @Flag(help: ArgumentHelp(localized("The newest first.", id: "Yang terbaru lebih dahulu.")))
    var newest = false

    @Flag(
        help: ArgumentHelp(
            localized(
                "Ask nobody: only the copy, without names and texts.",
                id: "Tanpa bertanya: hanya salinan, tanpa nama dan teks."
            )
        )
    )
    var offline = false

    @OptionGroup var copying: AuditCopyOptions

    private static let page = 500

    func run() async throws {
        let home = try common.clientHome()
        guard !offline else { return try await list(home.auditCopy, by: nil) }
        try await common.connected(to: home) { client in
            _ = try await copying.synced(home, by: client)
            try await list(home.auditCopy, by: client)
        }
    }

    /// Prints what is asked for, page by page: texts and names of what is shown are asked for, and nothing of them is kept.
    private func list(_ copy: LogCopy, by client: ArchiveClient?) async throws {
        var names: PrincipalNames?
        if let client { names = PrincipalNames(try await client.auditDirectory()) }
        let query = EntryQuery(
            // People know names; one name may have several principals, each of which acted.
            actors: actor.map { [$0] + (names?.principals(called: $0).sorted() ?? []) } ?? [],
            object: object,
            action: action,
            decision: decision,
            since: span.from,
            until: span.to
        )
        var listing = Listing<EntryReport, Int>(
            page: Self.page,
            limit: limit.count,
            nothing: localized("no entries", id: "tidak ada catatan"),
            table: TextTable(
                [
                    localized("seq", id: "no"), localized("time", id: "waktu"), localized("actor", id: "pelaku"),
                    localized("action", id: "tindakan"), localized("decision", id: "putusan"),
                    localized("object", id: "objek"), localized("texts", id: "teks"),
                ],
                minimum: [6, 23, 20, 16, 8, 26, 0]
            ),
            row: row
        )
        try await copy.read(query, newestFirst: newest) { scan in
            var entries = scan.makeIterator()
            try await listing.print(json: common.json) { page, limit in
                var found: [AuditedEntry] = []
                while found.count < limit, let entry = entries.next() { found.append(entry) }
                let committed = found.filter { !$0.entry.commitments.isEmpty }.map(\.seq)
                let texts = committed.isEmpty ? [] : try await client?.texts(of: committed) ?? []
                let reports = try found.map { try AuditedRow.report($0, texts: texts, names: names) }
                return (reports, found.count == limit ? (page ?? 0) + 1 : nil)
            }
        }
    }

    private func row(_ entry: EntryReport) -> [String] {
        [
            String(entry.seq), span.time.times.text(entry.time), entry.name ?? entry.actor, entry.action,
            entry.decision.rawValue, entry.object ?? "",
            AuditedRow.texts(entry, absent: offline ? "…" : localized("(erased)", id: "(dihapus)")),
        ]
    }
}
