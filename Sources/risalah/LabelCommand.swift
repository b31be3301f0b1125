internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalah label`: gives a recording another label.
struct LabelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "label",
        abstract: localized("Give a recording another label.", id: "Beri rekaman label lain."),
        discussion: localized(
            "Every access to it ends with the label that it was decided on. A label that covers the one before counts at "
                + "once; any other waits for a second person (risalah requests), and this ends with 75.",
            id:
                "Semua akses berakhir bersama label yang menjadi dasar putusannya. Label yang mencakup label sebelumnya "
                + "langsung berlaku; yang lain menunggu orang kedua (risalah requests), dan perintah berakhir dengan 75."
        )
    )

    @Argument(help: ArgumentHelp(localized("The recording.", id: "Rekaman.")))
    var id: RecordingID

    @Option(help: ArgumentHelp(localized("The new level.", id: "Tingkat baru.")))
    var level: String

    @Option(
        name: .customLong("compartment"),
        help: ArgumentHelp(
            localized(
                "A compartment of the new label; may be repeated. None without it.",
                id: "Kompartemen label baru; boleh berulang. Tanpa ini: tidak ada."
            )
        )
    )
    var compartments: [String] = []

    @OptionGroup var why: ReasonOptions

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let text = try why.text()
        let body = LabelBody(level: Level(level), compartments: compartments, reason: text)
        let answer = try await common.connected { try await $0.relabel(id, body) }
        if common.json {
            try Console.print(json: answer)
        } else if let change = answer.id {
            Console.note(
                "risalah: "
                    + localized(
                        "request \(change) waits for a second person to agree",
                        id: "permintaan \(change) menunggu persetujuan orang kedua"
                    )
            )
        } else {
            try Console.print(localized("relabelled", id: "label diganti"))
        }
        if answer.state == .pending { throw Finished(status: .waiting) }
    }
}
