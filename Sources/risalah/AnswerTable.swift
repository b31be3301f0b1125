internal import ArchiveClient
internal import ArchiveCore
internal import ArgumentParser
internal import CommandShell

/// How the answer to a question is printed.
struct AnswerOptions: ParsableArguments {
    @Flag(help: ArgumentHelp(localized("As CSV, for spreadsheets.", id: "Sebagai CSV, untuk lembar kerja.")))
    var csv = false

    @OptionGroup var limit: LimitOptions

    @OptionGroup var copying: AuditCopyOptions

    @OptionGroup var common: CommonOptions

    /// The log, for a question.
    func reading(by client: ArchiveClient) async throws -> AuditReading {
        try await AuditReading(common.clientHome(), copying, by: client)
    }

    func validate() throws {
        guard !csv || !common.json else { throw ValidationError("Give one of '--json' and '--csv'.") }
    }
}

/// Rows of an answer, as JSON, CSV or a table.
struct AnswerTable<Row: Encodable> {
    /// One column: its name, which never changes, its heading for people, and what stands in it.
    typealias Column = (code: String, heading: String, cell: (Row) -> String)

    /// What is said on stderr where there are no rows.
    let nothing: String
    /// The columns.
    let columns: [Column]

    /// Prints the first of `rows`, as many as are wanted.
    func print(_ rows: [Row], _ options: AnswerOptions) throws {
        let wanted = rows.prefix(options.limit.count ?? .max)
        if options.common.json { return try wanted.forEach { try Console.print(json: $0) } }
        let cells = wanted.map { row in columns.map { $0.cell(row) } }
        if options.csv {
            try Console.print(CSV.line(columns.map(\.code)))
            return try cells.forEach { try Console.print(CSV.line($0)) }
        }
        guard !cells.isEmpty else { return Console.note("risalah: \(nothing)") }
        var table = TextTable(columns.map(\.heading), minimum: columns.map { _ in 0 })
        table.fit(cells)
        try Console.print(table.heading)
        for row in cells { try Console.print(table.line(row)) }
    }
}
