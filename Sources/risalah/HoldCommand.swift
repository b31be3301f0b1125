internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalah hold`: forbids destroying recordings.
struct HoldCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: localized("Forbid destroying recordings.", id: "Tangguhkan pemusnahan rekaman."),
        discussion: localized(
            "Those that are named, or all that answer the options; all of them or none. What comes later is not held. A "
                + "recording that is being destroyed is saved if its key is still there.",
            id:
                "Yang disebutkan, atau semua yang cocok dengan opsi; semua atau tidak sama sekali. Yang datang kemudian "
                + "tidak ikut. Rekaman yang sedang dimusnahkan diselamatkan bila kuncinya masih ada."
        )
    )

    @Argument(help: ArgumentHelp(localized("The recordings.", id: "Rekaman.")))
    var recordings: [RecordingID] = []

    @Option(help: ArgumentHelp(localized("All of this level.", id: "Semua dari tingkat ini.")))
    var level: String?

    @Option(help: ArgumentHelp(localized("All of this unit.", id: "Semua dari unit ini.")))
    var unit: String?

    @Option(help: ArgumentHelp(localized("All of this meeting.", id: "Semua dari rapat ini.")))
    var meeting: String?

    @OptionGroup var span: SpanOptions

    @Option(help: ArgumentHelp(localized("The matter that it is for.", id: "Perkara yang mendasarinya.")))
    var matter: String

    @OptionGroup var why: ReasonOptions

    @OptionGroup var common: CommonOptions

    private var body: HoldsBody {
        HoldsBody(
            recordings: recordings.isEmpty ? nil : recordings,
            level: level,
            unit: unit,
            meeting: meeting,
            since: span.from,
            until: span.to,
            matter: matter,
            reason: why.reason
        )
    }

    func validate() throws {
        guard body.isBounded else {
            throw ValidationError(
                "Name recordings, or say which by '--level', '--unit', '--meeting', '--since' or '--until'."
            )
        }
        let isSearch = level != nil || unit != nil || meeting != nil || span.since != nil || span.until != nil
        guard recordings.isEmpty || !isSearch else {
            throw ValidationError("Recordings come without '--level', '--unit', '--meeting', '--since' and '--until'.")
        }
    }

    func run() async throws {
        var body = body
        body.reason = try why.text()
        let placed = try await common.connected { [body] in try await $0.hold(body) }
        if common.json { return try Console.print(json: placed) }
        for hold in placed.holds { try Console.print("\(hold.id) \(hold.recording)") }
        Console.note(
            "risalah: \(localized("on hold: \(placed.holds.count)", id: "ditangguhkan: \(placed.holds.count)"))"
        )
    }
}
