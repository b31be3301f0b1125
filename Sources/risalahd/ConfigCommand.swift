internal import ArchiveCore
internal import ArchiveInterface
internal import ArchiveServer
internal import ArgumentParser
internal import CommandShell

/// `risalahd config`: what Config says.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: localized("What the files in Config say.", id: "Isi berkas di Config."),
        subcommands: [Check.self]
    )

    /// `config check`: reads all three files as a start would; exits with 78 where one has a mistake.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: localized(
                "Read risalah.yaml, policy.yaml and retention.yaml without starting.",
                id: "Membaca risalah.yaml, policy.yaml dan retention.yaml tanpa memulai."
            ),
            discussion: localized(
                "Says the first mistake of each file, with line, column and what was expected there. Needs no key and "
                    + "no lock; a running service keeps its rules until SIGHUP.",
                id: "Menyebut kesalahan pertama tiap berkas, dengan baris, kolom dan yang diharapkan di sana. Tidak "
                    + "memerlukan kunci; layanan yang berjalan memakai aturan lama sampai SIGHUP."
            )
        )

        @Option(
            help: ArgumentHelp(
                localized("The folder that holds Config and Storage.", id: "Folder yang memuat Config dan Storage."),
                valueName: "dir"
            )
        )
        var root: String

        @Flag(help: ArgumentHelp(localized("The report as JSON.", id: "Laporan sebagai JSON.")))
        var json = false

        func run() async throws {
            let report = try Archive.checkConfiguration(root: root)
            if json {
                try Console.print(json: report)
            } else {
                for mistake in report.mistakes { Console.note("risalahd: \(Console.clean(mistake.description))") }
                if report.sound { try printRules(report) }
            }
            guard report.sound else { throw Finished(status: .configuration) }
        }

        private func printRules(_ report: ConfigurationReport) throws {
            var levels = TextTable(
                ["LEVEL", "SEALED ONLY", "PURPOSE", "APPROVALS", "WITNESSES", "LIFETIME", "RECIPIENTS", "INDEX"],
                minimum: [5, 11, 7, 9, 9, 8, 10, 5]
            )
            try print(
                &levels,
                report.levels.map { level in
                    [
                        level.level, word(level.sealedOnly), word(level.purpose),
                        level.approvalsBy.map { "\(level.approvals) \($0)" } ?? String(level.approvals),
                        String(level.cosignatures), level.accessLifetime, level.recipients, level.index,
                    ]
                }
            )
            try Console.print("")
            var roles = TextTable(["ROLE", "UNITS", "PER HOUR", "PER DAY", "ACTIONS"], minimum: [4, 5, 8, 7, 7])
            try print(
                &roles,
                report.roles.map { role in
                    [
                        role.role.rawValue, role.units, role.accessesPerHour.map(String.init) ?? "-",
                        role.accessesPerDay.map(String.init) ?? "-",
                        role.actions.isEmpty ? "-" : role.actions.joined(separator: " "),
                    ]
                }
            )
            try Console.print("")
            for line in TextTable.fields([
                (
                    localized("second person from", id: "orang kedua mulai"),
                    report.secondPersonFrom ?? localized("never", id: "tidak pernah")
                ),
                (localized("series", id: "jenis arsip"), report.series.joined(separator: "; ")),
            ]) { try Console.print(line) }
        }

        private func print(_ table: inout TextTable, _ rows: [[String]]) throws {
            table.fit(rows)
            try Console.print(table.heading)
            for row in rows { try Console.print(table.line(row)) }
        }

        private func word(_ flag: Bool) -> String { flag ? localized("yes", id: "ya") : localized("no", id: "tidak") }
    }
}
