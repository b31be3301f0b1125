/// A table that a spreadsheet wrote (RFC 4180), with the place of every cell.
///
/// Cells are separated by commas or, as spreadsheets of countries with a decimal comma write them, by semicolons or tabs:
/// whichever the first line has. Lines end with LF or CRLF; a byte order mark is passed over; empty lines are no rows.
public struct CSVTable: Sendable {
    /// One cell.
    public struct Cell: Sendable, Equatable {
        /// What is in it, without quotes.
        public let text: String
        /// The line that it begins on, from 1.
        public let line: Int
        /// The column of its first character there, from 1, in Unicode scalars.
        public let column: Int
    }

    /// A mistake, with its place.
    public struct Mistake: Error, Sendable, Equatable {
        /// The line, from 1.
        public let line: Int
        /// The column, from 1.
        public let column: Int
        /// What is wrong there.
        public let message: String

        /// A mistake at a place.
        public init(line: Int, column: Int, message: String) {
            self.line = line
            self.column = column
            self.message = message
        }
    }

    /// The first line.
    public let heading: [Cell]
    /// The lines after it, each with as many cells.
    public let rows: [[Cell]]

    /// Reads a file.
    ///
    /// - Throws: the first ``Mistake``.
    public init(_ data: some Sequence<UInt8>) throws(Mistake) {
        guard let whole = String(validating: Array(data), as: UTF8.self) else {
            throw Mistake(line: 1, column: 1, message: "the file is not UTF-8")
        }
        let text =
            whole.unicodeScalars.first == "\u{FEFF}" ? whole.unicodeScalars.dropFirst() : whole.unicodeScalars[...]
        let first = text.prefix { $0 != "\n" }
        let separator = [",", ";", "\t"].max { one, other in
            first.count { $0 == one } < first.count { $0 == other }
        }
        var reader = Reader(separator: separator ?? ",")
        for scalar in text { try reader.take(scalar) }
        var rows = try reader.finish()
        guard !rows.isEmpty else { throw Mistake(line: 1, column: 1, message: "the file has no heading") }
        heading = rows.removeFirst()
        for row in rows where row.count != heading.count {
            throw Mistake(
                line: row[0].line,
                column: row[min(row.count, heading.count + 1) - 1].column,
                message: "expected \(heading.count) cells, as the heading has, found \(row.count)"
            )
        }
        self.rows = rows
    }

    /// A state machine over the characters of a file.
    private struct Reader {
        private enum State { case start, plain, quoted, closed }

        let separator: Unicode.Scalar
        private var rows: [[Cell]] = []
        private var row: [Cell] = []
        private var text = String.UnicodeScalarView()
        private var state = State.start
        private var (line, column) = (1, 1)
        private var begun = (line: 1, column: 1)
        /// A carriage return that only counts as the end of a line before a line feed.
        private var hasReturn = false

        init(separator: Unicode.Scalar) { self.separator = separator }

        mutating func take(_ scalar: Unicode.Scalar) throws(Mistake) {
            if hasReturn, scalar != "\n" { throw mistake("expected a line feed after a carriage return") }
            switch (state, scalar) {
            case (.quoted, "\""): state = .closed
            case (.closed, "\""):
                text.append(scalar)
                state = .quoted
            case (.quoted, _): text.append(scalar)
            case (_, "\r"): hasReturn = true
            case (_, "\n"): endLine()
            case (_, separator): endCell(next: column + 1)
            case (.closed, _): throw mistake("expected the end of the cell after its closing quote")
            case (.start, "\""): state = .quoted
            case (.plain, "\""): throw mistake("expected no quote within a cell that does not begin with one")
            case (.start, _), (.plain, _):
                text.append(scalar)
                state = .plain
            }
            (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
            if scalar == "\n", state == .start { begun = (line, column) }
        }

        mutating func finish() throws(Mistake) -> [[Cell]] {
            guard state != .quoted else {
                throw Mistake(line: begun.line, column: begun.column, message: "expected a closing quote, found none")
            }
            endLine()
            return rows
        }

        private func mistake(_ message: String) -> Mistake { Mistake(line: line, column: column, message: message) }

        private mutating func endCell(next: Int) {
            row.append(Cell(text: String(text), line: begun.line, column: begun.column))
            text = String.UnicodeScalarView()
            state = .start
            begun = (line, next)
        }

        private mutating func endLine() {
            let isEmpty = row.isEmpty && text.isEmpty && state == .start
            endCell(next: 1)
            if !isEmpty { rows.append(row) }
            row = []
            hasReturn = false
        }
    }
}
