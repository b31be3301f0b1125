internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalah list`: the recordings that the caller may see, newest first.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: localized("List recordings, newest first.", id: "Daftar rekaman, terbaru lebih dahulu."),
        discussion: localized(
            "With --json one JSON object a line, as in GET /v1/recordings/{id}.",
            id: "Dengan --json satu objek JSON per baris, seperti GET /v1/recordings/{id}."
        )
    )

    @Option(help: ArgumentHelp(localized("Of this level.", id: "Dari tingkat ini.")))
    var level: String?

    @Option(help: ArgumentHelp(localized("Of this unit.", id: "Dari unit ini.")))
    var unit: String?

    @Option(help: ArgumentHelp(localized("Of this meeting.", id: "Dari rapat ini.")))
    var meeting: String?

    @Option(
        help: ArgumentHelp(
            localized(
                "Made of the file with this SHA-256, by the word of who imported it.",
                id: "Dibuat dari berkas dengan SHA-256 ini, menurut pengimpornya."
            ),
            valueName: "sha256"
        )
    )
    var source: SourceDigest?

    @Flag(
        help: ArgumentHelp(
            localized("Only those that came without their end.", id: "Hanya yang datang tanpa akhirnya.")
        )
    )
    var incomplete = false

    @Flag(
        help: ArgumentHelp(
            localized(
                "Announced meetings that have no recording, instead; exits with 75 where there are any.",
                id: "Rapat yang diumumkan tetapi tanpa rekaman; kode keluar 75 jika ada."
            )
        )
    )
    var missing = false

    @Flag(
        help: ArgumentHelp(
            localized(
                "What is left of recordings that are gone, instead; for records managers.",
                id: "Sisa keterangan rekaman yang telah tiada; bagi pengelola arsip."
            )
        )
    )
    var destroyed = false

    @OptionGroup var span: SpanOptions

    @OptionGroup var limit: LimitOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !missing || (level == nil && unit == nil && meeting == nil && source == nil) else {
            throw ValidationError("'--missing' goes with '--since', '--until' and '--limit' only.")
        }
        let isNarrow = level != nil || unit != nil || meeting != nil || source != nil || incomplete || missing
        guard !destroyed || (!isNarrow && span.since == nil && span.until == nil) else {
            throw ValidationError("'--destroyed' goes with '--limit' only.")
        }
    }

    func run() async throws {
        if missing { return try await listMissing() }
        if destroyed { return try await listDestroyed() }
        let filter = RecordingFilter(
            level: level.map { Level($0) },
            unit: unit,
            meeting: meeting,
            source: source,
            state: incomplete ? .incomplete : nil,
            since: span.from,
            until: span.to
        )
        var listing = Listing<RecordingReport, String>(
            page: 200,
            limit: limit.count,
            nothing: localized("no recordings", id: "tidak ada rekaman"),
            table: TextTable(
                [
                    localized("id", id: "id"), localized("started", id: "mulai"), localized("duration", id: "lama"),
                    localized("level", id: "tingkat"), localized("state", id: "keadaan"),
                    localized("title", id: "judul"),
                ],
                minimum: [26, 23, 8, 8, 10, 0]
            ),
            row: row
        )
        try await common.connected { client in
            if filter == RecordingFilter(unit: unit, meeting: meeting) {
                try showReceiving(try await client.receiving())
            }
            try await listing.print(json: common.json) { cursor, limit in
                let page = try await client.recordings(filter, limit: limit, cursor: cursor)
                return (page.recordings, page.next)
            }
        }
    }

    private func listDestroyed() async throws {
        var listing = Listing<TombstoneReport, String>(
            page: 200,
            limit: limit.count,
            nothing: localized("nothing is gone", id: "tidak ada yang dimusnahkan"),
            table: TextTable(
                [
                    localized("recording", id: "rekaman"), localized("gone", id: "tiada sejak"),
                    localized("state", id: "keadaan"), localized("rule", id: "aturan"),
                    localized("title", id: "judul"),
                ],
                minimum: [26, 23, 11, 8, 0]
            ),
            row: { gone in
                [
                    gone.recording.description, span.time.times.text(gone.gone), gone.state.rawValue, gone.rule,
                    gone.title ?? "",
                ]
            }
        )
        try await common.connected { client in
            try await listing.print(json: common.json) { cursor, limit in
                let page = try await client.tombstones(limit: limit, cursor: cursor)
                return (page.tombstones, page.next)
            }
        }
    }

    private func listMissing() async throws {
        var listing = Listing<ExpectationReport, String>(
            page: 200,
            limit: limit.count,
            nothing: localized("no meeting is missing", id: "tidak ada rapat tanpa rekaman"),
            table: TextTable(
                [
                    localized("begins", id: "mulai"), localized("duration", id: "lama"),
                    localized("level", id: "tingkat"), localized("unit", id: "unit"), localized("meeting", id: "rapat"),
                ],
                minimum: [23, 8, 8, 4, 0]
            ),
            row: { meeting in
                [
                    span.time.times.text(meeting.starts), LocalTimes.duration(meeting.duration), meeting.level.name,
                    meeting.unit, meeting.meeting,
                ]
            }
        )
        var count = 0
        try await common.connected { client in
            try await listing.print(json: common.json) { cursor, limit in
                let page = try await client.missingMeetings(
                    since: span.from,
                    until: span.to,
                    limit: limit,
                    cursor: cursor
                )
                count += page.expectations.count
                return (page.expectations, page.next)
            }
        }
        if count > 0 { throw Finished(status: .waiting) }
    }

    private func row(_ recording: RecordingReport) -> [String] {
        [
            recording.id.description,
            span.time.times.text(recording.started ?? recording.received),
            LocalTimes.duration(recording.duration),
            recording.level.name,
            recording.state.rawValue,
            recording.title,
        ]
    }

    /// What is still coming stands before what is in the archive; its level is not known before its end.
    private func showReceiving(_ all: [ReceivingReport]) throws {
        let items = all.filter { (unit == nil || $0.unit == unit) && (meeting == nil || $0.meeting == meeting) }
        if common.json { return try items.forEach { try Console.print(json: $0) } }
        guard !items.isEmpty else { return }
        var table = TextTable(
            [
                localized("id", id: "id"), localized("began", id: "mulai"), localized("captured", id: "terekam"),
                localized("silent since", id: "diam sejak"), localized("state", id: "keadaan"),
                localized("title", id: "judul"),
            ],
            minimum: [26, 23, 8, 23, 10, 0]
        )
        let rows = items.map { item in
            [
                item.id.description, span.time.times.text(item.began),
                item.captured.map(LocalTimes.duration) ?? "?",
                item.silentSince.map(span.time.times.text) ?? "", item.state.rawValue, item.title ?? "",
            ]
        }
        table.fit(rows)
        try Console.print(table.heading)
        for row in rows { try Console.print(table.line(row)) }
    }
}
