internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalahd quarantine`: what came and could not become a recording.
struct QuarantineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine",
        abstract: localized(
            "What came and could not become a recording.",
            id: "Yang masuk dan tidak dapat menjadi rekaman."
        ),
        subcommands: [List.self, Release.self, Drop.self]
    )

    /// `quarantine list`: what is there, why, and until when.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: localized("What is there, why, and until when.", id: "Isinya, sebabnya, dan sampai kapan.")
        )

        @OptionGroup var options: RootOptions

        func run() async throws {
            let response = try await options.administer(.listQuarantine)
            guard case .quarantine(let items) = response else { throw response.unexpected }
            if options.json { return try Console.print(json: items) }
            guard !items.isEmpty else {
                return Console.note("risalahd: " + localized("nothing is there", id: "tidak ada isinya"))
            }
            var table = TextTable(
                ["UPLOAD", "REASON", "BYTES", "SINCE", "UNTIL", "FROM"],
                minimum: [26, 12, 8, 24, 24, 26]
            )
            let rows = items.map { item in
                [
                    item.upload.description, item.reason, String(item.bytes), Timestamp.text(item.since),
                    Timestamp.text(item.expires), item.principal.description,
                ]
            }
            table.fit(rows)
            try Console.print(table.heading)
            for row in rows { try Console.print(table.line(row)) }
        }
    }

    /// `quarantine release`: tries once more to make a recording of one.
    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "release",
            abstract: localized(
                "Try once more to make a recording of one, with what its sender did not say.",
                id: "Mencoba lagi menjadikannya rekaman, dengan keterangan yang tidak diberikan pengirim."
            ),
            discussion: localized(
                "It is stored as its sender's. What the sender said is not changed; what still keeps it from being a "
                    + "recording is said, and it stays.",
                id: "Disimpan sebagai milik pengirimnya. Keterangan pengirim tidak diubah; bila tetap tidak dapat "
                    + "menjadi rekaman, sebabnya disebut dan ia tetap di sana."
            )
        )

        @Argument(help: ArgumentHelp("The upload, by the id in the list.", valueName: "upload"))
        var upload: UploadID

        @Option(help: "A title, where none was given.")
        var title: String?

        @Option(help: "A series, where none was given.")
        var series: String?

        @Option(help: "A unit, where none was given.")
        var unit: String?

        @Option(help: "A level, where none was given; it only raises what the stream says.")
        var level: String?

        @Option(help: ArgumentHelp("A compartment; may be repeated.", valueName: "name"))
        var compartment: [String] = []

        @Option(help: "A meeting, where none was given.")
        var meeting: String?

        @OptionGroup var options: RootOptions

        func run() async throws {
            let single = [("title", title), ("series", series), ("unit", unit), ("level", level), ("meeting", meeting)]
            let additions =
                single.compactMap { name, value in value.map { (name, $0) } } + compartment.map { ("compartment", $0) }
            let release = QuarantineRelease(
                upload: upload,
                additions: additions.map { QuarantineRelease.Addition(name: $0.0, value: $0.1) }
            )
            let response = try await options.administer(.releaseQuarantined(release))
            guard case .released(let recording) = response else { throw response.unexpected }
            if options.json { return try Console.print(json: recording) }
            for line in TextTable.fields([
                (localized("recording", id: "rekaman"), recording.id.description),
                (localized("state", id: "keadaan"), recording.state.rawValue),
            ]) { try Console.print(line) }
        }
    }

    /// `quarantine drop`: destroys one before its time.
    struct Drop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "drop",
            abstract: localized(
                "Destroy one, with its keys, before its time there is over.",
                id: "Memusnahkan salah satunya beserta kuncinya sebelum waktunya."
            )
        )

        @Argument(help: ArgumentHelp("The upload, by the id in the list.", valueName: "upload"))
        var upload: UploadID

        @OptionGroup var options: RootOptions

        func run() async throws {
            let response = try await options.administer(.dropQuarantined(upload))
            guard case .done = response else { throw response.unexpected }
        }
    }
}
