internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// Lists that go by one command.
protocol ListFamilyName: SendableMetatype {
    static var family: ListFamily { get }
}

/// What `risalah destruction` is about.
enum Destructions: ListFamilyName { static let family = ListFamily.destructions }
/// What `risalah transfer` is about.
enum Transfers: ListFamilyName { static let family = ListFamily.transfers }

/// `risalah destruction`: lists of what is to be destroyed.
struct DestructionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destruction",
        abstract: localized(
            "Propose, witness, approve and follow lists of what is to be destroyed.",
            id: "Usulkan, saksikan, setujui dan ikuti daftar usul musnah."
        ),
        subcommands: [
            ListProposeCommand<Destructions>.self, ListsCommand<Destructions>.self, ListShowCommand<Destructions>.self,
            ListOpineCommand<Destructions>.self, ListLetterCommand<Destructions>.self,
            ListWitnessCommand<Destructions>.self, ListStrikeCommand<Destructions>.self,
            ListApproveCommand<Destructions>.self, ListRefuseCommand<Destructions>.self,
            ListCancelCommand<Destructions>.self, ListCertificateCommand<Destructions>.self,
            ListVerifyCommand<Destructions>.self,
        ]
    )
}

/// `risalah transfer`: lists of what is handed to another archive.
struct TransferCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfer",
        abstract: localized(
            "Propose, approve and record lists of what is handed to another archive.",
            id: "Usulkan, setujui dan catat daftar penyerahan ke arsip lain."
        ),
        subcommands: [
            ListProposeCommand<Transfers>.self, ListsCommand<Transfers>.self, ListShowCommand<Transfers>.self,
            ListOpineCommand<Transfers>.self, ListLetterCommand<Transfers>.self, ListWitnessCommand<Transfers>.self,
            ListStrikeCommand<Transfers>.self, ListApproveCommand<Transfers>.self, ListRefuseCommand<Transfers>.self,
            ListCancelCommand<Transfers>.self, TransferRecordCommand.self,
            ListCertificateCommand<Transfers>.self, ListVerifyCommand<Transfers>.self,
        ]
    )
}

/// `propose`: a list of what is due, or of what is named.
struct ListProposeCommand<Name: ListFamilyName>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "propose",
            abstract: localized("Propose a list.", id: "Usulkan sebuah daftar."),
            discussion: localized(
                "Of all of a series that is due, or of the recordings that are named. Another person approves it.",
                id:
                    "Dari semua yang jatuh tempo dalam satu jenis arsip, atau rekaman yang disebut. Orang lain menyetujuinya."
            )
        )
    }

    @Argument(help: ArgumentHelp(localized("The recordings.", id: "Rekaman.")))
    var recordings: [RecordingID] = []

    @Option(
        help: ArgumentHelp(
            localized("All of this series that is due.", id: "Semua dari jenis arsip ini yang jatuh tempo.")
        )
    )
    var series: String?

    @Flag(
        help: ArgumentHelp(
            localized(
                "They came by mistake: outside their schedule (of destructions).",
                id: "Masuk karena keliru: di luar jadwalnya (pemusnahan)."
            )
        )
    )
    var withdraw = false

    @OptionGroup var why: ReasonOptions

    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard recordings.isEmpty != (series == nil) else {
            throw ValidationError("Name recordings, or give '--series'.")
        }
        guard !withdraw || !recordings.isEmpty else {
            throw ValidationError("'--withdraw' is of recordings: name them.")
        }
    }

    func run() async throws {
        let body = ListBody(
            series: series,
            recordings: recordings.isEmpty ? nil : recordings,
            withdraw: withdraw ? true : nil,
            reason: try why.text()
        )
        let list = try await common.connected { try await $0.propose(body, Name.family) }
        try list.print(common, time.times)
    }
}

/// `list`: lists, the newest first.
struct ListsCommand<Name: ListFamilyName>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "list",
            abstract: localized("List them, the newest first.", id: "Daftarnya, terbaru lebih dulu.")
        )
    }

    @Option(
        help: ArgumentHelp(
            localized(
                "Only in this state: proposed, frozen, done, refused, cancelled.",
                id: "Hanya dalam keadaan ini: proposed, frozen, done, refused, cancelled."
            )
        )
    )
    var state: ListState?

    @OptionGroup var limit: LimitOptions

    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        var listing = Listing<ListReport, String>(
            page: 100,
            limit: limit.count,
            nothing: localized("there is no list", id: "tidak ada daftar"),
            table: TextTable(
                [
                    localized("list", id: "daftar"), localized("kind", id: "jenis"),
                    localized("state", id: "keadaan"), localized("proposed", id: "diusulkan"),
                    localized("executed from", id: "dijalankan mulai"), localized("series", id: "jenis arsip"),
                    localized("items", id: "isi"),
                ],
                minimum: [26, 8, 9, 23, 23, 8, 0]
            ),
            row: { list in
                [
                    list.id.description, list.kind.rawValue, list.state.rawValue, time.times.text(list.proposed),
                    list.executable.map(time.times.text) ?? "", list.series ?? "", list.itemWords,
                ]
            }
        )
        try await common.connected { client in
            try await listing.print(json: common.json) { cursor, limit in
                let page = try await client.lists(Name.family, state: state, limit: limit, cursor: cursor)
                return (page.lists, page.next)
            }
        }
    }
}

/// `show`: a list, what was said of it, and what stands on it.
struct ListShowCommand<Name: ListFamilyName>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "show",
            abstract: localized(
                "Show a list, what was said of it, and what stands on it.",
                id: "Tampilkan sebuah daftar, pernyataan tentangnya, dan isinya."
            ),
            discussion: localized(
                "With --json the list on the first line, then one item a line.",
                id: "Dengan --json daftar pada baris pertama, lalu satu isi per baris."
            )
        )
    }

    @Argument(help: ArgumentHelp(localized("The list.", id: "Daftar.")))
    var list: ListID

    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.connected { client in
            try await client.list(list, Name.family).print(common, time.times)
            try await ListItems.print(list, Name.family, client, common, time.times)
        }
    }
}

/// Prints what stands on a list.
enum ListItems {
    static func print(
        _ list: ListID,
        _ family: ListFamily,
        _ client: ArchiveClient,
        _ common: CommonOptions,
        _ times: LocalTimes
    ) async throws {
        var listing = Listing<ListItemReport, String>(
            page: 200,
            limit: nil,
            nothing: "",
            table: TextTable(
                [
                    localized("recording", id: "rekaman"), localized("due", id: "jatuh tempo"),
                    localized("outcome", id: "hasil"), localized("reason", id: "alasan"),
                    localized("title", id: "judul"),
                ],
                minimum: [26, 23, 11, 12, 0]
            ),
            row: { item in
                [
                    item.recording.description, times.text(item.due), item.outcome,
                    item.reason == item.outcome ? "" : item.reason ?? "",
                    item.title ?? "",
                ]
            }
        )
        try await listing.print(json: common.json) { cursor, limit in
            let page = try await client.items(of: list, family, limit: limit, cursor: cursor)
            return (page.items, page.next)
        }
    }
}

extension ListReport {
    /// `2 frozen, 1 struck`.
    var itemWords: String {
        items.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }

    /// Prints it as JSON or for people.
    func print(_ common: CommonOptions, _ times: LocalTimes) throws {
        if common.json { return try Console.print(json: self) }
        for line in TextTable.fields([
            (localized("list", id: "daftar"), id.description),
            (localized("kind", id: "jenis"), kind.rawValue),
            (localized("series", id: "jenis arsip"), series),
            (localized("state", id: "keadaan"), state.rawValue),
            (localized("items", id: "isi"), itemWords),
            (
                localized("proposed", id: "diusulkan"),
                [times.text(proposed), proposedByName].compactMap(\.self).joined(separator: ", ")
            ),
            (localized("witnesses", id: "saksi"), witnesses.map { "\($0.given)/\($0.needed)" }),
            (localized("approved by", id: "disetujui oleh"), approvedByName ?? approvedBy?.description),
            (localized("frozen", id: "dibekukan"), frozen.map(times.text)),
            (localized("executed from", id: "dijalankan mulai"), executable.map(times.text)),
            (localized("handed over", id: "diserahkan"), recorded.map(times.text)),
            (localized("ended", id: "berakhir"), ended.map(times.text)),
            (localized("digest", id: "ringkasan"), digest),
        ]) { try Console.print(line) }
        for statement in statements ?? [] { try Console.print(statement.words(times)) }
    }
}

extension StatementReport {
    fileprivate func words(_ times: LocalTimes) -> String {
        var parts = ["\(number). \(kind), \(times.text(made)), \(name ?? principal.description)"]
        if let by { parts.append("\(localized("for", id: "atas nama")) \(by)") }
        if let archive { parts.append(archive) }
        if let letter { parts.append("\(localized("number", id: "nomor")) \(letter)") }
        if let date { parts.append(date) }
        if let struck { parts.append("\(struck.count) \(localized("struck", id: "dicoret"))") }
        if let scan { parts.append("\(scan.type), \(scan.bytes) B") }
        if let text { parts.append(text) }
        return Console.clean(parts.joined(separator: "; "))
    }
}
