internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// Why a list is changed, and how it is shown then.
struct ListDecisionOptions: ParsableArguments {
    @OptionGroup var why: ReasonOptions
    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    /// Changes a list for the reason that was given, and prints what became of it.
    func decide(_ change: (ArchiveClient, String) async throws -> ListReport) async throws {
        let reason = try why.text()
        try await common.connected { try await change($0, reason) }.print(common, time.times)
    }
}

/// `strike`: takes items off a proposal.
struct ListStrikeCommand<Name: ListFamilyName>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "strike",
            abstract: localized("Take recordings off a proposal.", id: "Coret rekaman dari usulan."),
            discussion: localized(
                "Who has witnessed the list as it was has to do so again.",
                id: "Yang telah menyaksikan daftar semula harus menyaksikannya lagi."
            )
        )
    }

    @Argument(help: ArgumentHelp(localized("The list.", id: "Daftar.")))
    var list: ListID

    @Argument(help: ArgumentHelp(localized("The recordings.", id: "Rekaman.")))
    var recordings: [RecordingID]

    @OptionGroup var deciding: ListDecisionOptions

    func run() async throws {
        try await deciding.decide { client, reason in
            try await client.strike(StrikeBody(recordings: recordings, reason: reason), off: list, Name.family)
        }
    }
}

/// `approve`: freezes a proposal of another person as it is.
struct ListApproveCommand<Name: ListFamilyName>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "approve",
            abstract: localized(
                "Approve a list that another person proposed, as it is.",
                id: "Setujui daftar usulan orang lain, apa adanya."
            ),
            discussion: localized(
                "Shows the list, asks at the terminal, and approves exactly that; without a terminal --digest says what was seen. "
                    + "It is frozen then, and executed when its cooling is over.",
                id:
                    "Menampilkan daftar, bertanya di terminal, dan menyetujui persis itu; tanpa terminal --digest menyebut yang "
                    + "dilihat. Daftar dibekukan, dan dijalankan setelah masa tunggunya lewat."
            )
        )
    }

    @Argument(help: ArgumentHelp(localized("The list.", id: "Daftar.")))
    var list: ListID

    @Option(help: ArgumentHelp(localized("What is to be said of it.", id: "Catatan.")))
    var reason: String?

    @OptionGroup var seen: ConfirmationOptions

    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.connected { client in
            guard let digest = try await seen.digest(of: list, Name.family, client, common, time.times) else { return }
            let frozen = try await client.approve(ListApprovalBody(digest: digest, reason: reason), list, Name.family)
            try frozen.print(common, time.times)
        }
    }
}

/// `refuse`: refuses a proposal of another person.
struct ListRefuseCommand<Name: ListFamilyName>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "refuse",
            abstract: localized("Refuse a list that another person proposed.", id: "Tolak daftar usulan orang lain.")
        )
    }

    @Argument(help: ArgumentHelp(localized("The list.", id: "Daftar.")))
    var list: ListID

    @OptionGroup var deciding: ListDecisionOptions

    func run() async throws {
        try await deciding.decide { try await $0.refuse(list, Name.family, because: $1) }
    }
}

/// `cancel`: takes a list back.
struct ListCancelCommand<Name: ListFamilyName>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "cancel",
            abstract: localized("Take a list back, until it has run.", id: "Batalkan daftar, selama belum dijalankan."),
            discussion: localized(
                "What of it is destroyed by then stays so; its other recordings can come onto another list.",
                id: "Yang telah dimusnahkan tetap musnah; rekaman lainnya dapat masuk daftar lain."
            )
        )
    }

    @Argument(help: ArgumentHelp(localized("The list.", id: "Daftar.")))
    var list: ListID

    @OptionGroup var deciding: ListDecisionOptions

    func run() async throws {
        try await deciding.decide { try await $0.cancel(list, Name.family, because: $1) }
    }
}

/// `risalah transfer record`: another archive has what stands on a frozen list.
struct TransferRecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: localized(
            "Record that another archive has what stands on a list.",
            id: "Catat bahwa arsip lain telah menerima isi daftar."
        ),
        discussion: localized(
            "From then on nobody gets a new access to it, and the list is executed when its cooling is over.",
            id: "Sejak itu tidak ada akses baru, dan daftar dijalankan setelah masa tunggunya lewat."
        )
    )

    @Argument(help: ArgumentHelp(localized("The list.", id: "Daftar.")))
    var list: ListID

    @Option(help: ArgumentHelp(localized("The archive that has it.", id: "Arsip penerima.")))
    var archive: String

    @Option(
        help: ArgumentHelp(localized("The number of the record of transfer.", id: "Nomor berita acara penyerahan."))
    )
    var number: String

    @Option(help: ArgumentHelp(localized("Its date, YYYY-MM-DD.", id: "Tanggalnya, YYYY-MM-DD.")))
    var date: String

    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let body = TransferRecordBody(archive: archive, number: number, date: date)
        try await common.connected { try await $0.record(body, of: list) }.print(common, time.times)
    }
}
