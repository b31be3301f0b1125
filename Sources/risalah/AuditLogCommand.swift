internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalah audit log`: entries, oldest first.
struct AuditLogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: localized("Entries of the log, oldest first.", id: "Catatan log, terlama lebih dahulu."),
        discussion: localized(
            "With --json one JSON object a line, as in GET /v1/audit/entries.",
            id: "Dengan --json satu objek JSON per baris, seperti GET /v1/audit/entries."
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

    func run() async throws {
        let filter = EntryFilter(
            actor: actor,
            object: object,
            action: action,
            decision: decision,
            since: span.from,
            until: span.to
        )
        var listing = Listing<EntryReport, Int>(
            page: 500,
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
        try await common.connected { client in
            try await listing.print(json: common.json) { after, limit in
                let page = try await client.entries(filter, after: after, limit: limit)
                return (page.entries, page.next)
            }
        }
    }

    private func row(_ entry: EntryReport) -> [String] {
        [
            String(entry.seq), span.time.times.text(entry.time), entry.name ?? entry.actor, entry.action,
            entry.decision.rawValue, entry.object ?? "",
            entry.texts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; "),
        ]
    }
}
