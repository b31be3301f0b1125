internal import ArchiveCore
internal import ArchiveInterface
internal import ArgumentParser
internal import CommandShell

/// `risalahd principal list`: every principal.
struct PrincipalListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: localized("Every principal.", id: "Semua prinsipal.")
    )

    @Flag(help: ArgumentHelp(localized("As a table for spreadsheets.", id: "Sebagai tabel untuk lembar kerja.")))
    var csv = false

    @OptionGroup var options: RootOptions

    func validate() throws {
        guard !csv || !options.json else { throw ValidationError("Give either '--csv' or '--json'.") }
    }

    func run() async throws {
        let response = try await options.administer(.listPrincipals)
        guard case .principals(let principals) = response else { throw response.unexpected }
        if options.json { return try principals.forEach { try Console.print(json: $0) } }
        if csv {
            // Names of columns are part of the contract, and so in one language.
            try Console.print(
                CSV.line(["principal", "name", "role", "clearance", "unit", "state", "starts", "ends", "waits"])
            )
            for one in principals {
                try Console.print(
                    CSV.line([
                        one.principal.description, one.name, one.role.rawValue, one.clearance.description, one.unit,
                        one.state.rawValue, one.validity.starts.map(Timestamp.text) ?? "",
                        one.validity.ends.map(Timestamp.text) ?? "", String(one.waits),
                    ])
                )
            }
            return
        }
        var table = TextTable(
            ["ID", "ROLE", "CLEARANCE", "UNIT", "STATE", "ENDS", "NAME"],
            minimum: [26, 9, 9, 4, 7, 4, 4]
        )
        let rows = principals.map { one in
            [
                one.principal.description, one.role.rawValue, one.clearance.description, one.unit,
                one.state.rawValue + (one.waits && one.state != .unconfirmed ? "*" : ""),
                one.validity.ends.map { String(Timestamp.text($0).prefix(10)) } ?? "-", one.name,
            ]
        }
        table.fit(rows)
        try Console.print(table.heading)
        for row in rows { try Console.print(table.line(row)) }
        guard rows.contains(where: { $0[4].hasSuffix("*") }) else { return }
        Console.note(
            "risalahd: "
                + localized("* a change waits for a second person", id: "* perubahannya menunggu orang kedua")
        )
    }
}
