internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalah delegate`: who decides in whose stead.
struct DelegateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delegate",
        abstract: localized(
            "Let another decide requests in your stead.",
            id: "Biarkan orang lain memutuskan permintaan atas nama Anda."
        ),
        subcommands: [Make.self, List.self, End.self],
        defaultSubcommand: List.self
    )

    /// `delegate to PRINCIPAL --from … --until …`
    struct Make: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "to",
            abstract: localized(
                "Let another person of your role decide for your unit, from one time to another.",
                id: "Biarkan orang lain berperan sama memutuskan untuk unit Anda, dari satu waktu ke waktu lain."
            )
        )

        @Argument(help: ArgumentHelp(localized("Who, by their principal id.", id: "Siapa, dengan id penggunanya.")))
        var delegate: PrincipalID

        @Option(
            help: ArgumentHelp(
                localized("From when; now without it.", id: "Sejak kapan; sekarang jika tidak disebut."),
                valueName: "time"
            )
        )
        var from: String?

        @Option(help: ArgumentHelp(localized("Until when.", id: "Sampai kapan."), valueName: "time"))
        var until: String

        @OptionGroup var time: TimeOptions
        @OptionGroup var common: CommonOptions

        func validate() throws {
            for (name, text) in [("from", from), ("until", until)] {
                guard let text, time.times.span(text) == nil, time.times.moment(text) == nil else { continue }
                throw ValidationError("The value '\(text)' of '--\(name)' is neither a date nor a time.")
            }
        }

        func run() async throws {
            // Dates mean whole days: the first from its beginning, the last to its end.
            let starts = from.flatMap { time.times.span($0)?.lowerBound ?? time.times.moment($0) } ?? Date()
            guard let ends = time.times.span(until)?.upperBound ?? time.times.moment(until) else { return }
            let report = try await common.connected {
                try await $0.delegate(to: delegate, starts: starts, ends: ends)
            }
            guard !common.json else { return try Console.print(json: report) }
            for line in List.lines(report, time.times) { try Console.print(line) }
        }
    }

    /// `delegate list`
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: localized("Delegations by you and to you.", id: "Delegasi dari Anda dan kepada Anda.")
        )

        @OptionGroup var time: TimeOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let found = try await common.connected { try await $0.delegations() }
            if common.json { return try found.forEach { try Console.print(json: $0) } }
            guard !found.isEmpty else {
                return Console.note("risalah: " + localized("there is none", id: "tidak ada"))
            }
            for report in found {
                for line in Self.lines(report, time.times) { try Console.print(line) }
            }
        }

        static func lines(_ report: DelegationReport, _ times: LocalTimes) -> [String] {
            TextTable.fields([
                (localized("delegation", id: "delegasi"), report.id.description),
                (localized("in the stead of", id: "atas nama"), report.principal.description),
                (localized("decides", id: "pemutus"), report.delegate.description),
                (localized("from", id: "sejak"), times.text(report.starts)),
                (localized("until", id: "sampai"), times.text(report.ends)),
            ])
        }
    }

    /// `delegate end ID`
    struct End: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "end",
            abstract: localized("End a delegation that you made.", id: "Akhiri delegasi yang Anda buat.")
        )

        @Argument(help: ArgumentHelp(localized("The delegation.", id: "Delegasi.")))
        var delegation: DelegationID

        @OptionGroup var common: CommonOptions

        func run() async throws { try await common.connected { try await $0.endDelegation(delegation) } }
    }
}
