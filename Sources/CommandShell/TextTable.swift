/// Columns for people; the last one is as long as it likes.
package struct TextTable {
    private let headings: [String]
    private var widths: [Int]

    /// A table with `headings`, each at least as wide as `minimum` says.
    package init(_ headings: [String], minimum: [Int]) {
        self.headings = headings
        widths = zip(headings, minimum).map { max($0.count, $1) }
    }

    /// Widens the columns to hold `rows`.
    package mutating func fit(_ rows: [[String]]) {
        for row in rows {
            for (column, cell) in zip(widths.indices, row) { widths[column] = max(widths[column], cell.count) }
        }
    }

    /// The line of headings.
    package var heading: String { line(headings) }

    /// One row.
    package func line(_ cells: [String]) -> String {
        let clean = cells.map(Console.clean)
        var line = ""
        for (column, cell) in zip(widths.indices, clean.dropLast()) {
            line += cell + String(repeating: " ", count: max(0, widths[column] - cell.count) + 2)
        }
        line += clean.last ?? ""
        // An empty last cell leaves no blanks at the end.
        return String(line.reversed().drop { $0 == " " }.reversed())
    }

    /// `name: value` lines, values below each other.
    package static func fields(_ fields: [(name: String, value: String?)]) -> [String] {
        let width = fields.filter { $0.value != nil }.map(\.name.count).max() ?? 0
        return fields.compactMap { field in
            field.value.map { value in
                "\(field.name):\(String(repeating: " ", count: width - field.name.count + 1))\(Console.clean(value))"
            }
        }
    }
}
