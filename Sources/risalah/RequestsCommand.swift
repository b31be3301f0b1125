internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalah requests`: what waits for a decision.
struct RequestsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "requests",
        abstract: localized(
            "List requests that wait for you: to open recordings, to change labels.",
            id: "Daftar permintaan yang menunggu Anda: membuka rekaman, mengganti label."
        ),
        discussion: localized(
            "With --own: your own, whatever became of them. --json gives one object a line.",
            id: "Dengan --own: milik Anda, apa pun hasilnya. --json memberi satu objek per baris."
        )
    )

    @Flag(help: ArgumentHelp(localized("Your own requests.", id: "Permintaan Anda sendiri.")))
    var own = false

    @OptionGroup var limit: LimitOptions

    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        var listing = Listing<RequestReport, String>(
            page: 100,
            limit: limit.count,
            nothing: own
                ? localized("you have asked for nothing", id: "Anda belum meminta apa pun")
                : localized("nothing waits for you", id: "tidak ada yang menunggu Anda"),
            table: TextTable(
                [
                    localized("request", id: "permintaan"), localized("state", id: "keadaan"),
                    localized("agreed", id: "setuju"), localized("asked", id: "diminta"),
                    localized("until", id: "sampai"), localized("level", id: "tingkat"),
                    localized("by", id: "oleh"), localized("recording", id: "rekaman"),
                    localized("purpose", id: "tujuan"),
                ],
                minimum: [26, 8, 6, 23, 23, 8, 4, 10, 0]
            ),
            row: row
        )
        let list = own ? RequestList.own : .awaiting
        try await common.connected { client in
            let first = try await client.relabellings(list, limit: 1).relabellings
            // Where there are some of the other kind only, nothing is said of these.
            let isOther = first.isEmpty ? false : try await client.requests(list, limit: 1).requests.isEmpty
            if !isOther {
                try await listing.print(json: common.json) { cursor, limit in
                    let page = try await client.requests(list, limit: limit, cursor: cursor)
                    return (page.requests, page.next)
                }
            }
            guard !first.isEmpty else { return }
            var changes = changes
            try await changes.print(json: common.json) { cursor, limit in
                let page = try await client.relabellings(list, limit: limit, cursor: cursor)
                return (page.relabellings, page.next)
            }
        }
    }

    /// Changes of labels that wait for a second person.
    private var changes: Listing<RelabellingReport, String> {
        Listing(
            page: 100,
            limit: limit.count,
            nothing: "",
            table: TextTable(
                [
                    localized("change of label", id: "ganti label"), localized("state", id: "keadaan"),
                    localized("asked", id: "diminta"), localized("until", id: "sampai"), localized("from", id: "dari"),
                    localized("to", id: "menjadi"), localized("by", id: "oleh"), localized("recording", id: "rekaman"),
                    localized("reason", id: "alasan"),
                ],
                minimum: [26, 8, 23, 23, 8, 8, 4, 10, 0]
            ),
            row: { change in
                [
                    change.id.description, change.state.rawValue, time.times.text(change.asked),
                    time.times.text(change.expires), change.from?.description ?? "", change.to.description,
                    change.name ?? change.principal.description, change.title ?? change.recording.description,
                    change.refusal.map { "\(localized("refused", id: "ditolak")): \($0)" } ?? change.reason ?? "",
                ]
            }
        )
    }

    private func row(_ request: RequestReport) -> [String] {
        [
            request.id.description, request.state.rawValue,
            request.needed > 0 ? "\(request.given)/\(request.needed)" : "",
            time.times.text(request.asked), time.times.text(request.expires), request.level?.name ?? "",
            request.name ?? request.principal.description, request.title ?? request.recording.description,
            request.refusal.map { "\(localized("refused", id: "ditolak")): \($0)" } ?? request.purpose ?? "",
        ]
    }
}
