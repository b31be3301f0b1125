internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell
internal import Foundation

/// `risalahd keys`: the archive's own keys.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: localized(
            "The archive's own keys, and changing them.",
            id: "Kunci arsip sendiri, dan penggantiannya."
        ),
        subcommands: [KeysListCommand.self, KeysRotateCommand.self, KeysRetireCommand.self]
    )

    /// What came of a change, for people.
    static func print(_ report: KeyChangeReport) throws {
        for line in TextTable.fields([
            (localized("kind", id: "jenis"), report.kind),
            (localized("level", id: "tingkat"), report.level?.name),
            (localized("before", id: "sebelumnya"), report.from),
            (localized("from now on", id: "mulai kini"), report.to),
        ]) { try Console.print(line) }
        for form in report.publicForms { try Console.print(form) }
    }

    /// Has a change made, and says what came of it.
    static func perform(
        _ request: AdministrationRequest,
        _ options: RootOptions
    ) async throws -> KeyChangeReport {
        let response = try await options.administer(request)
        guard case .changedKey(let report) = response else { throw response.unexpected }
        if options.json { try Console.print(json: report) } else { try print(report) }
        return report
    }

    /// Tells a person what is left to be done.
    static func note(_ text: String) { Console.note("risalahd: \(text)") }
}

/// `risalahd keys list`: what keys there are, and who needs them.
struct KeysListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: localized("List the archive's own keys.", id: "Mendaftar kunci arsip sendiri.")
    )

    @OptionGroup var options: RootOptions

    func run() async throws {
        let response = try await options.administer(.listKeys)
        guard case .keys(let keys) = response else { throw response.unexpected }
        if options.json { return try keys.forEach { try Console.print(json: $0) } }
        var table = TextTable(
            ["KIND", "LEVEL", "STATE", "MADE", "USED", "ENDS", "KEY"],
            minimum: [5, 8, 7, 10, 16, 10, 16]
        )
        func day(_ date: Date?) -> String { date.map { String(Timestamp.text($0).prefix(10)) } ?? "-" }
        func minute(_ date: Date?) -> String { date.map { String(Timestamp.text($0).prefix(16)) } ?? "-" }
        let rows = keys.map { key in
            [
                key.kind, key.level?.name ?? "-", key.state.rawValue, day(key.made), minute(key.used), day(key.ends),
                key.key,
            ]
        }
        table.fit(rows)
        try Console.print(table.heading)
        for (key, row) in zip(keys, rows) {
            try Console.print(table.line(row))
            for form in key.publicForms where form.count < 200 { try Console.print("  \(Console.clean(form))") }
            if !key.neededBy.isEmpty {
                let names = key.neededBy.joined(separator: ", ")
                let others = key.neededByCount - key.neededBy.count
                let rest = others == 0 ? "" : localized(", and \(others) more", id: ", dan \(others) lagi")
                try Console.print(
                    "  " + localized("needed by", id: "dibutuhkan oleh") + " \(Console.clean(names))\(rest)"
                )
            }
        }
    }
}
