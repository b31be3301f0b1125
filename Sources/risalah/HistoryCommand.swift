internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalah history`: what described a recording before.
struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: localized(
            "List what described a recording before, and the holds on it.",
            id: "Daftar keterangan rekaman sebelumnya, dan penangguhannya."
        ),
        discussion: localized(
            "The newest first; --json gives one object a line, with all that each said.",
            id: "Terbaru lebih dulu; --json memberi satu objek per baris, lengkap dengan isinya."
        )
    )

    @Argument(help: ArgumentHelp(localized("The recording.", id: "Rekaman.")))
    var id: RecordingID

    @OptionGroup var limit: LimitOptions

    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        var listing = Listing<RevisionReport, Int>(
            page: 50,
            limit: limit.count,
            nothing: "",
            table: TextTable(
                [
                    localized("revision", id: "revisi"), localized("made", id: "dibuat"), localized("by", id: "oleh"),
                    localized("changed", id: "diubah"), localized("title", id: "judul"),
                    localized("reason", id: "alasan"),
                ],
                minimum: [8, 23, 4, 10, 10, 0]
            ),
            row: { revision in
                let reverts = revision.reverts.map { "\(localized("back to", id: "kembali ke")) \($0)" }
                return [
                    String(revision.number), time.times.text(revision.made),
                    revision.name ?? revision.principal.description, revision.changed.joined(separator: " "),
                    revision.title, [reverts, revision.reason].compactMap(\.self).joined(separator: ": "),
                ]
            }
        )
        try await common.connected { client in
            try await listing.print(json: common.json) { cursor, limit in
                let page = try await client.revisions(of: id, before: cursor, limit: limit)
                return (page.revisions, page.next)
            }
            // Of holds hears who decides over keeping and destroying.
            if !common.json { try print(await holdsHeard(try await client.holds(on: id))) }
        }
    }

    private func holdsHeard(_ holds: @autoclosure () async throws -> [HoldReport]) async throws -> [HoldReport] {
        do {
            return try await holds()
        } catch let error as ArchiveError where error.code == .refused {
            return []
        }
    }

    private func print(_ holds: [HoldReport]) throws {
        guard !holds.isEmpty else { return }
        var table = TextTable(
            [
                localized("hold", id: "penangguhan"), localized("placed", id: "ditetapkan"),
                localized("by", id: "oleh"), localized("released", id: "dicabut"), localized("matter", id: "perkara"),
                localized("reason", id: "alasan"),
            ],
            minimum: [26, 23, 4, 23, 10, 0]
        )
        let rows = holds.map { hold in
            [
                hold.id.description, time.times.text(hold.placed), hold.name ?? hold.principal.description,
                hold.released.map(time.times.text) ?? "", hold.matter,
                [hold.reason, hold.releaseReason].compactMap(\.self).joined(separator: "; "),
            ]
        }
        table.fit(rows)
        try Console.print(table.heading)
        for row in rows { try Console.print(table.line(row)) }
    }
}
