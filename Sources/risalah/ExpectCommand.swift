internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalah expect`: announces a meeting, so that its absence shows.
struct ExpectCommand: AsyncParsableCommand {
    private static let longestName = 1 << 12

    static let configuration = CommandConfiguration(
        commandName: "expect",
        abstract: localized("Announce a meeting that will be recorded.", id: "Umumkan rapat yang akan direkam."),
        discussion: localized(
            "Where no recording of it is there in time, risalah list --missing shows it.",
            id: "Jika rekamannya tidak ada pada waktunya, risalah list --missing menampilkannya."
        )
    )

    @Argument(
        help: ArgumentHelp(
            localized(
                "The meeting, as its recordings will name it; - reads it from stdin.",
                id: "Nama rapat, seperti pada rekamannya; - membaca dari stdin."
            )
        )
    )
    var meeting: String

    @Option(
        help: ArgumentHelp(
            localized(
                "When it begins: RFC 3339, or YYYY-MM-DD HH:MM.",
                id: "Waktu mulai: RFC 3339, atau YYYY-MM-DD HH:MM."
            ),
            valueName: "time"
        )
    )
    var at: String

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            localized("How long, like 90m, 1h30m or PT1H30M.", id: "Lamanya, seperti 90m, 1h30m atau PT1H30M."),
            valueName: "duration"
        )
    )
    var length: String

    @Option(help: ArgumentHelp(localized("The level of the announcement.", id: "Tingkat pengumuman.")))
    var level: String?

    @Option(
        name: .customLong("compartment"),
        help: ArgumentHelp(localized("A compartment; may be repeated.", id: "Kompartemen; boleh berulang."))
    )
    var compartments: [String] = []

    @Option(help: ArgumentHelp(localized("The unit it belongs to.", id: "Unit pemiliknya.")))
    var unit: String?

    @OptionGroup var time: TimeOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard time.times.moment(at) != nil else {
            throw ValidationError("The value '\(at)' of '--at' is neither an RFC 3339 time nor YYYY-MM-DD HH:MM.")
        }
        guard LocalTimes.seconds(length) != nil else {
            throw ValidationError("The value '\(length)' of '--for' is no duration like 90m, 1h30m or PT1H30M.")
        }
    }

    func run() async throws {
        // Both were read when the arguments were validated.
        guard let starts = time.times.moment(at), let seconds = LocalTimes.seconds(length) else { return }
        let body = ExpectationBody(
            meeting: try name(),
            starts: starts,
            duration: seconds,
            level: level.map { Level($0) },
            compartments: compartments.isEmpty ? nil : compartments,
            unit: unit
        )
        let report = try await common.connected { try await $0.announce(body) }
        guard !common.json else { return try Console.print(json: report) }
        let lines = TextTable.fields([
            (localized("announcement", id: "pengumuman"), report.id.description),
            (localized("meeting", id: "rapat"), report.meeting),
            (localized("level", id: "tingkat"), report.level.name),
            (localized("unit", id: "unit"), report.unit),
            (localized("begins", id: "mulai"), time.times.text(report.starts)),
            (localized("duration", id: "lama"), LocalTimes.duration(report.duration)),
        ])
        for line in lines { try Console.print(line) }
    }

    private func name() throws -> String {
        guard meeting == "-" else { return meeting }
        let bytes = try InputFile(path: "-").contents(limit: Self.longestName)
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
    }
}
