internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import Foundation

/// The corrections in a CSV file: a heading of `id` and any of `series`, `unit`, `start`, `meeting`, `reason`, and a line for each
/// recording. An empty cell keeps what is there, `-` takes a start or a meeting away.
struct CorrectionFile {
    /// A line that can be sent.
    struct Line {
        /// Where it stands.
        let number: Int
        /// The columns of its cells by the field that they give, as the archive names it.
        let columns: [String: Int]
        /// What it says.
        let correction: CorrectionLine
    }

    private static let longest = 32 << 20
    private static let columns = ["id", "series", "unit", "start", "meeting", "reason"]

    /// What stands for nothing.
    static let nothing = "-"

    /// What is sound, in the order of the file.
    private(set) var lines: [Line] = []
    /// What is not.
    private(set) var mistakes: [CSVTable.Mistake] = []

    /// Reads the file at `path`, `-` for stdin.
    ///
    /// - Parameter reason: why, for lines without a reason of their own.
    init(path: String, reason: String?, times: LocalTimes) throws {
        let bytes = try InputFile(path: path).contents(limit: Self.longest)
        do {
            let table = try CSVTable(bytes)
            let names = try Self.names(table.heading)
            var seen: [String: Int] = [:]
            for row in table.rows { read(row, names, reason, times, &seen) }
        } catch {
            mistakes.append(error)
        }
    }

    private static func names(_ heading: [CSVTable.Cell]) throws(CSVTable.Mistake) -> [String] {
        var names: [String] = []
        for cell in heading {
            let name = cell.text.trimmingCharacters(in: .whitespaces).lowercased()
            guard columns.contains(name), !names.contains(name) else {
                let expected = "expected one of the columns \(columns.joined(separator: ", ")), each once"
                throw CSVTable.Mistake(
                    line: cell.line,
                    column: cell.column,
                    message: "\(expected), found \(cell.text.prefix(40).debugDescription)"
                )
            }
            names.append(name)
        }
        guard names.contains("id") else {
            throw CSVTable.Mistake(line: 1, column: 1, message: "expected the column id")
        }
        return names
    }

    private mutating func read(
        _ row: [CSVTable.Cell],
        _ names: [String],
        _ reason: String?,
        _ times: LocalTimes,
        _ seen: inout [String: Int]
    ) {
        let cells = Dictionary(uniqueKeysWithValues: zip(names, row))
        func text(_ name: String) -> String? {
            let text = cells[name]?.text.trimmingCharacters(in: .whitespaces) ?? ""
            return text.isEmpty ? nil : text
        }
        var isSound = true
        func fail(_ name: String, _ message: String) {
            let place = cells[name] ?? row[0]
            mistakes.append(CSVTable.Mistake(line: place.line, column: place.column, message: message))
            isSound = false
        }
        let id = text("id") ?? ""
        if id.isEmpty { fail("id", "expected the id of a recording") }
        if let earlier = seen[id] { fail("id", "the recording stands in line \(earlier) already") }
        seen[id] = row[0].line
        var correction = Correction(series: text("series"), unit: text("unit"), reason: text("reason") ?? reason ?? "")
        if let start = text("start") {
            if start == Self.nothing {
                correction.start = .remove
            } else if let moment = times.moment(start) {
                correction.start = .set(moment)
            } else {
                fail(
                    "start",
                    "expected YYYY-MM-DD HH:MM or an RFC 3339 time, found \(start.prefix(40).debugDescription)"
                )
            }
        }
        if let meeting = text("meeting") { correction.meeting = meeting == Self.nothing ? .remove : .set(meeting) }
        guard isSound else { return }
        lines.append(
            Line(
                number: row[0].line,
                columns: cells.mapValues(\.column),
                correction: CorrectionLine(recording: id, correction: correction)
            )
        )
    }
}
