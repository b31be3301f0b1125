internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalah backdating`: counting the time of imported recordings from when they began.
struct BackdatingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backdating",
        abstract: localized(
            "Decide over requests to count the time of old recordings from when they began.",
            id: "Putuskan permintaan agar masa simpan rekaman lama dihitung sejak dimulai."
        ),
        subcommands: [ListCommand.self, GrantCommand.self, RefuseCommand.self]
    )
}

extension BackdatingCommand {
    /// `risalah backdating list`.
    struct ListCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: localized(
                "List requests that wait for you, with what you see of them.",
                id: "Daftar permintaan yang menunggu Anda, sejauh yang Anda lihat."
            )
        )

        @Flag(help: ArgumentHelp(localized("Your own requests.", id: "Permintaan Anda sendiri.")))
        var own = false

        @OptionGroup var limit: LimitOptions
        @OptionGroup var time: TimeOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            var listing = Listing<BackdatingReport, String>(
                page: 100,
                limit: limit.count,
                nothing: own
                    ? localized("you have asked for nothing", id: "Anda belum meminta apa pun")
                    : localized("nothing waits for you", id: "tidak ada yang menunggu Anda"),
                table: TextTable(
                    [
                        localized("request", id: "permintaan"), localized("asked", id: "diminta"),
                        localized("waiting", id: "menunggu"), localized("granted", id: "dikabulkan"),
                        localized("refused", id: "ditolak"), localized("by", id: "oleh"),
                        localized("reason", id: "alasan"),
                    ],
                    minimum: [26, 23, 7, 7, 7, 4, 0]
                ),
                row: { request in
                    [
                        request.id.description, time.times.text(request.asked), "\(request.waiting)",
                        "\(request.granted)", "\(request.refused)", request.name ?? request.principal.description,
                        request.refusal.map { "\(localized("refused", id: "ditolak")): \($0)" } ?? request.reason,
                    ]
                }
            )
            try await common.connected { client in
                try await listing.print(json: common.json) { cursor, limit in
                    let page = try await client.backdatings(own ? .own : .awaiting, limit: limit, cursor: cursor)
                    return (page.backdatings, page.next)
                }
            }
        }
    }

    /// `risalah backdating grant`.
    struct GrantCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "grant",
            abstract: localized(
                "Count their time from when they began: all of a request that you see.",
                id: "Hitung masa simpannya sejak dimulai: semua dalam permintaan yang Anda lihat."
            )
        )

        @Argument(help: ArgumentHelp(localized("The request.", id: "Permintaan.")))
        var id: BackdatingID

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try await common.connected { try await $0.grant(id) }.print(json: common.json)
        }
    }

    /// `risalah backdating refuse`.
    struct RefuseCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "refuse",
            abstract: localized(
                "Leave their time counted from when they were received.",
                id: "Biarkan masa simpannya dihitung sejak diterima."
            )
        )

        @Argument(help: ArgumentHelp(localized("The request.", id: "Permintaan.")))
        var id: BackdatingID

        @OptionGroup var why: ReasonOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let reason = try why.text()
            try await common.connected { try await $0.refuse(id, because: reason) }.print(json: common.json)
        }
    }
}

extension BackdatingReport {
    /// Says where it stands.
    func print(json: Bool) throws {
        guard !json else { return try Console.print(json: self) }
        func number(_ count: Int) -> String? { count > 0 ? "\(count)" : nil }
        for line in TextTable.fields([
            (localized("request", id: "permintaan"), id.description),
            (localized("waiting", id: "menunggu"), number(waiting)),
            (localized("counted from their beginning", id: "dihitung sejak dimulai"), number(granted)),
            (localized("refused", id: "ditolak"), number(refused)),
            (localized("without a beginning", id: "tanpa waktu mulai"), number(void)),
        ]) { try Console.print(line) }
    }
}
