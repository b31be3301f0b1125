internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalah due`: recordings whose time is over, or will be.
struct DueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "due",
        abstract: localized(
            "List recordings whose time is over, or will be.",
            id: "Daftar rekaman yang masa simpannya habis, atau akan habis."
        ),
        discussion: localized(
            "With --within P1Y the plan of the next year; --csv for spreadsheets, --json gives one object a line.",
            id: "Dengan --within P1Y rencana setahun ke depan; --csv untuk lembar kerja, --json satu objek per baris."
        )
    )

    @Option(
        help: ArgumentHelp(
            localized("From now on, so long: P1Y, P90D.", id: "Sejak sekarang, selama: P1Y, P90D."),
            valueName: "duration"
        )
    )
    var within = "P0D"

    @Option(help: ArgumentHelp(localized("Of this series.", id: "Dari jenis arsip ini.")))
    var series: String?

    @Flag(help: ArgumentHelp(localized("As CSV, for spreadsheets.", id: "Sebagai CSV, untuk lembar kerja.")))
    var csv = false

    @OptionGroup var limit: LimitOptions

    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !csv || !common.json else { throw ValidationError("Give one of '--json' and '--csv'.") }
    }

    private static let columns = [
        "recording", "due", "plan", "reason", "series", "rule", "level", "unit", "received", "list", "needsApproval",
        "title",
    ]

    func run() async throws {
        if csv { try Console.print(CSV.line(Self.columns)) }
        var listing = Listing<DueReport, (Date, String)>(
            page: 200,
            limit: limit.count,
            nothing: csv ? "" : localized("nothing is due", id: "tidak ada yang jatuh tempo"),
            table: TextTable(
                [
                    localized("recording", id: "rekaman"), localized("due", id: "jatuh tempo"),
                    localized("plan", id: "rencana"), localized("series", id: "jenis arsip"),
                    localized("list", id: "daftar"), localized("title", id: "judul"),
                ],
                minimum: [26, 23, 12, 8, 4, 0]
            ),
            row: { item in
                [
                    item.recording.description, time.times.text(item.due),
                    [item.plan, item.reason].compactMap(\.self).joined(separator: ": "), item.series,
                    item.list?.description ?? "", item.title,
                ]
            }
        )
        try await common.connected { client in
            guard csv else {
                return try await listing.print(json: common.json) { try await fetch(client, $0, $1) }
            }
            try await printCSV(client)
        }
    }

    private func fetch(
        _ client: ArchiveClient,
        _ place: (Date, String)?,
        _ limit: Int
    ) async throws -> (items: [DueReport], next: (Date, String)?) {
        let page = try await client.due(
            within: within,
            until: place?.0,
            series: series,
            limit: limit,
            cursor: place?.1
        )
        return (page.recordings, page.next.map { (page.until, $0) })
    }

    private func printCSV(_ client: ArchiveClient) async throws {
        var (left, place): (Int, (Date, String)?) = (limit.count ?? .max, nil)
        repeat {
            let (items, next) = try await fetch(client, place, min(left, 200))
            for item in items {
                try Console.print(
                    CSV.line([
                        item.recording.description, Timestamp.text(item.due), item.plan, item.reason ?? "", item.series,
                        item.rule, Label(item.level, compartments: item.compartments).description, item.unit,
                        Timestamp.text(item.received), item.list?.description ?? "", String(item.needsApproval),
                        item.title,
                    ])
                )
            }
            left -= items.count
            place = next
        } while place != nil && left > 0
    }
}
