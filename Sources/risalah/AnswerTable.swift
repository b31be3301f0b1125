internal import ArchiveClient
internal import ArchiveCore
internal import ArgumentParser
internal import CommandShell

/// How the answer to a question is printed, and where it goes on.
struct AnswerOptions: ParsableArguments {
    @Flag(help: ArgumentHelp(localized("As CSV, for spreadsheets.", id: "Sebagai CSV, untuk lembar kerja.")))
    var csv = false

    @Option(
        help: ArgumentHelp(
            localized(
                "Only what has a greater number of an entry: go on after a list that --limit has cut.",
                id: "Hanya yang nomor catatannya lebih besar: melanjutkan daftar yang dipotong --limit."
            ),
            valueName: "entry"
        )
    )
    var after: Int?

    @OptionGroup var limit: LimitOptions

    @OptionGroup var copying: AuditCopyOptions

    @OptionGroup var common: CommonOptions

    /// The log, for a question.
    func reading(by client: ArchiveClient) async throws -> AuditReading {
        try await AuditReading(common.clientHome(), copying, by: client)
    }

    func validate() throws {
        guard !csv || !common.json else { throw ValidationError("Give one of '--json' and '--csv'.") }
        guard after ?? 0 >= 0 else { throw ValidationError("The value of '--after' has to be 0 or more.") }
    }
}

/// Rows of an answer, as JSON, CSV or a table; each is printed as it comes, and forgotten.
struct AnswerTable<Row: Encodable> {
    /// One column: its name, which never changes; its heading for people, nil where only CSV has it; and what stands in it.
    typealias Column = (code: String, heading: String?, cell: (Row) -> String)

    /// Rows that are asked for at once.
    private static var page: Int { 500 }

    /// What is said on stderr where there are no rows.
    let nothing: String
    /// The number of the entry that a row is of, by which the list goes on.
    let number: (Row) -> Int?
    /// The columns.
    let columns: [Column]

    /// Prints what `next` gives, as far as it is wanted; then says on stderr how to go on where there is more.
    ///
    /// - Parameters:
    ///   - option: how to go on: `--after`, or `--before` where the newest come first.
    ///   - next: that many rows more; fewer at the end.
    func print(
        _ options: AnswerOptions,
        goingOn option: String = "--after",
        _ next: (Int) async throws -> [Row]
    ) async throws {
        var lines = try Lines(self, options)
        var left = options.limit.count ?? .max
        var last: Row?
        while true {
            // One more than is wanted tells whether there is more.
            let count = min(Self.page, left == .max ? left : left + 1)
            let found = try await next(count)
            let rows = Array(found.prefix(left))
            try lines.print(rows)
            left -= rows.count
            last = rows.last ?? last
            if found.count > rows.count { return goOn(option, after: last) }
            if found.count < count { return }
        }
    }

    /// Prints all of `rows`, which are few; and how to go on where there is more.
    func print(_ rows: [Row], isCut: Bool, _ options: AnswerOptions) throws {
        var lines = try Lines(self, options)
        try lines.print(rows)
        if isCut { goOn("--after", after: rows.last) }
    }

    private func goOn(_ option: String, after row: Row?) {
        guard let number = row.flatMap(number) else { return }
        Console.note(
            "risalah: \(localized("there is more: \(option) \(number)", id: "masih ada: \(option) \(number)"))"
        )
    }

    /// Prints rows one page after the other.
    private struct Lines {
        private let nothing: String
        private let columns: [Column]
        private let options: AnswerOptions
        private var table: TextTable
        private var isFirst = true

        init(_ answer: AnswerTable, _ options: AnswerOptions) throws {
            nothing = answer.nothing
            self.options = options
            columns = options.csv ? answer.columns : answer.columns.filter { $0.heading != nil }
            table = TextTable(columns.map { $0.heading ?? "" }, minimum: columns.map { _ in 0 })
            if options.csv { try Console.print(CSV.line(columns.map(\.code))) }
        }

        mutating func print(_ rows: [Row]) throws {
            defer { isFirst = false }
            if options.common.json { return try rows.forEach { try Console.print(json: $0) } }
            let cells = rows.map { row in columns.map { $0.cell(row) } }
            if options.csv { return try cells.forEach { try Console.print(CSV.line($0)) } }
            guard !cells.isEmpty else {
                if isFirst { Console.note("risalah: \(nothing)") }
                return
            }
            table.fit(cells)
            if isFirst { try Console.print(table.heading) }
            for row in cells { try Console.print(table.line(row)) }
        }
    }
}
