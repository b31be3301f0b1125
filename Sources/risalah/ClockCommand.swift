internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalah clock`: the time by which things are destroyed.
struct ClockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock",
        abstract: localized(
            "Show the archive's clock, and confirm it after it went forward.",
            id: "Tampilkan jam arsip, dan sahkan setelah jam itu maju."
        ),
        discussion: localized(
            "After a forward step nothing is destroyed until two persons have said what time it is, by a clock of their own.",
            id:
                "Setelah jam maju, tidak ada yang dimusnahkan sampai dua orang menyebutkan waktu menurut jam mereka sendiri."
        )
    )

    @Option(
        help: ArgumentHelp(
            localized(
                "What time it is by your own clock: RFC 3339, or YYYY-MM-DD HH:MM.",
                id: "Waktu menurut jam Anda sendiri: RFC 3339, atau YYYY-MM-DD HH:MM."
            ),
            valueName: "time"
        )
    )
    var confirm: String?

    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard let confirm, time.times.moment(confirm) == nil else { return }
        throw ValidationError("The value '\(confirm)' of '--confirm' is neither an RFC 3339 time nor YYYY-MM-DD HH:MM.")
    }

    func run() async throws {
        let moment = confirm.flatMap { time.times.moment($0) }
        let report = try await common.connected { client in
            guard let moment else { return try await client.clock() }
            return try await client.confirmClock(moment)
        }
        if common.json { return try Console.print(json: report) }
        let times = time.times
        for line in TextTable.fields([
            (localized("the archive's time", id: "waktu arsip"), times.text(report.now)),
            (
                localized("went forward", id: "jam maju"),
                report.doubt.map { "\($0.seconds) s, \(times.text($0.noticed))" }
            ),
            (
                localized("confirmed by", id: "disahkan oleh"),
                report.doubt.map { doubt in
                    (["\(doubt.confirmedBy.count)/\(doubt.needed)"]
                        + doubt.confirmedBy.map { $0.name ?? $0.principal.description }).joined(separator: ", ")
                }
            ),
            (
                localized("destruction", id: "pemusnahan"),
                report.doubt == nil
                    ? localized("goes on", id: "berjalan") : localized("waits for that", id: "menunggu pengesahan")
            ),
        ]) { try Console.print(line) }
    }
}
