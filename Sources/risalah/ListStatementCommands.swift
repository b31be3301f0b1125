internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `opine`: what the appraisal committee, or the one who writes, thinks of a list.
struct ListOpineCommand<Name: ListFamilyName>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "opine",
            abstract: localized("Add an opinion to a proposal.", id: "Tambahkan pendapat pada usulan.")
        )
    }

    @Argument(help: ArgumentHelp(localized("The list.", id: "Daftar.")))
    var list: ListID

    @Option(
        help: ArgumentHelp(
            localized(
                "In whose name it is written down: the committee.",
                id: "Atas nama siapa ditulis: panitia penilai."
            ),
            valueName: "name"
        )
    )
    var by: String?

    @Option(help: ArgumentHelp(localized("The opinion; - reads it from stdin.", id: "Pendapat; - membaca dari stdin.")))
    var text: String

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let body = StatementBody(kind: "opinion", text: try ReasonOptions.read(text), by: by)
        let answer = try await common.connected { try await $0.state(body, on: list, Name.family) }
        if common.json { try Console.print(json: answer) }
    }
}

/// `letter`: a letter of approval, with its scan.
struct ListLetterCommand<Name: ListFamilyName>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "letter",
            abstract: localized(
                "Add a letter of approval to a proposal.",
                id: "Tambahkan surat persetujuan pada usulan."
            )
        )
    }

    @Argument(help: ArgumentHelp(localized("The list.", id: "Daftar.")))
    var list: ListID

    @Option(help: ArgumentHelp(localized("Its number.", id: "Nomornya.")))
    var number: String

    @Option(help: ArgumentHelp(localized("Its date, YYYY-MM-DD.", id: "Tanggalnya, YYYY-MM-DD.")))
    var date: String

    @Option(help: ArgumentHelp(localized("Who wrote it.", id: "Penulisnya."), valueName: "name"))
    var by: String?

    @Option(
        help: ArgumentHelp(
            localized(
                "A scan of it: PDF, PNG or JPEG, at most 4 MiB.",
                id: "Pindaiannya: PDF, PNG atau JPEG, paling besar 4 MiB."
            ),
            valueName: "file"
        )
    )
    var scan: String?

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let body = StatementBody(
            kind: "letter",
            by: by,
            number: number,
            date: date,
            scan: try scan.map(Self.read)
        )
        let answer = try await common.connected { try await $0.state(body, on: list, Name.family) }
        if common.json { try Console.print(json: answer) }
    }

    private static func read(_ path: String) throws -> StatementBody.Scan {
        let bytes = Data(try InputFile(path: path).contents(limit: 4 << 20))
        // By what a file of each kind begins with: its name may say anything.
        let kinds: [(type: String, start: [UInt8])] = [
            ("application/pdf", Array("%PDF-".utf8)), ("image/png", [0x89, 0x50, 0x4E, 0x47]),
            ("image/jpeg", [0xFF, 0xD8, 0xFF]),
        ]
        guard let kind = kinds.first(where: { bytes.starts(with: $0.start) }) else {
            throw ArchiveError(.badRequest, "\(path) is no PDF, PNG or JPEG")
        }
        return .init(type: kind.type, data: bytes)
    }
}

/// `witness`: signs for a list as it is.
struct ListWitnessCommand<Name: ListFamilyName>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "witness",
            abstract: localized(
                "Sign as a witness for a list as it is.",
                id: "Tanda tangani sebagai saksi daftar apa adanya."
            ),
            discussion: localized(
                "Shows the list, asks at the terminal, and signs for exactly that; without a terminal --digest says what was seen.",
                id:
                    "Menampilkan daftar, bertanya di terminal, dan menandatangani persis itu; tanpa terminal --digest menyebut yang dilihat."
            )
        )
    }

    @Argument(help: ArgumentHelp(localized("The list.", id: "Daftar.")))
    var list: ListID

    @Option(help: ArgumentHelp(localized("What is to be said of it.", id: "Catatan.")))
    var text: String?

    @OptionGroup var seen: ConfirmationOptions

    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await common.connected { client in
            guard let digest = try await seen.digest(of: list, Name.family, client, common, time.times) else { return }
            let answer = try await client.state(
                StatementBody(kind: "witness", text: text, digest: digest),
                on: list,
                Name.family
            )
            if common.json { return try Console.print(json: answer) }
            try Console.print("\(list): \(localized("witnessed", id: "disaksikan"))")
        }
    }
}

extension ConfirmationOptions {
    /// The digest of a list that was seen: it is shown, and asked about; nil where the answer is no.
    func digest(
        of list: ListID,
        _ family: ListFamily,
        _ client: ArchiveClient,
        _ common: CommonOptions,
        _ times: LocalTimes
    ) async throws -> String? {
        let report = try await client.list(list, family)
        guard let shown = report.digest else { throw ArchiveError(.unexpected, "the list came without a digest") }
        if !common.json, digest == nil {
            try report.print(common, times)
            try await ListItems.print(list, family, client, common, times)
        }
        return try digest(shown: shown, json: common.json)
    }
}
