internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalah list`: the recordings that the caller may see, newest first.
struct ListCommand: AsyncParsableCommand {
    private static let page = 200

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

    @OptionGroup var span: SpanOptions

    @Option(help: ArgumentHelp(localized("At most so many.", id: "Paling banyak sekian.")))
    var limit: Int?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard limit ?? 1 >= 1 else { throw ValidationError("The value of '--limit' has to be 1 or more.") }
    }

    func run() async throws {
        let filter = RecordingFilter(
            level: level.map { Level($0) },
            unit: unit,
            meeting: meeting,
            since: span.from,
            until: span.to
        )
        var table = TextTable(
            [
                localized("id", id: "id"), localized("started", id: "mulai"), localized("duration", id: "lama"),
                localized("level", id: "tingkat"), localized("title", id: "judul"),
            ],
            minimum: [26, 23, 8, 8, 0]
        )
        try await ArchiveClient.connected(to: common.clientHome()) { client in
            var left = limit ?? .max
            var cursor: String?
            var isFirst = true
            repeat {
                let page = try await client.recordings(filter, limit: min(left, Self.page), cursor: cursor)
                let recordings = page.recordings.prefix(left)
                if common.json {
                    for recording in recordings { try Console.print(json: recording) }
                } else {
                    let rows = recordings.map(row)
                    table.fit(rows)
                    if isFirst && !rows.isEmpty { try Console.print(table.heading) }
                    for row in rows { try Console.print(table.line(row)) }
                }
                isFirst = false
                left -= recordings.count
                cursor = page.next
            } while cursor != nil && left > 0
            if left == limit ?? .max {
                Console.nothing(localized("no recordings", id: "tidak ada rekaman"), common.json)
            }
        }
    }

    private func row(_ recording: RecordingReport) -> [String] {
        [
            recording.id.description,
            span.time.times.text(recording.started ?? recording.received),
            LocalTimes.duration(recording.duration),
            recording.level.name,
            recording.title,
        ]
    }
}
