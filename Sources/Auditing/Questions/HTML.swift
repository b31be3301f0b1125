/// HTML that is well-formed XML as well, with every text escaped by construction.
struct HTML: Sendable, ExpressibleByStringInterpolation {
    /// The markup.
    let markup: String

    private init(markup: String) { self.markup = markup }

    /// Markup of the program's own.
    init(stringLiteral value: String) { markup = value }

    /// Puts texts into markup; only other ``HTML`` goes in as it is.
    struct StringInterpolation: StringInterpolationProtocol {
        var markup = ""

        init(literalCapacity: Int, interpolationCount: Int) { markup.reserveCapacity(literalCapacity) }

        mutating func appendLiteral(_ literal: String) { markup += literal }
        mutating func appendInterpolation(_ html: HTML) { markup += html.markup }
        mutating func appendInterpolation(_ parts: [HTML]) { for part in parts { markup += part.markup } }
        mutating func appendInterpolation(_ text: String) { markup += HTML.escaped(text) }
        mutating func appendInterpolation(_ number: Int) { markup += String(number) }
    }

    init(stringInterpolation: StringInterpolation) { markup = stringInterpolation.markup }

    /// `text` as a reader sees it. Characters that XML does not have, and those that reorder a line, show as U+FFFD.
    static func escaped(_ text: String) -> String {
        var markup = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": markup += "&amp;"
            case "<": markup += "&lt;"
            case ">": markup += "&gt;"
            case "\"": markup += "&quot;"
            case "'": markup += "&#39;"
            case "\n", "\t": markup.unicodeScalars.append(scalar)
            default:
                let properties = scalar.properties
                let isHarmful =
                    properties.generalCategory == .control || properties.isBidiControl
                    || properties.isNoncharacterCodePoint
                markup.unicodeScalars.append(isHarmful ? "\u{FFFD}" : scalar)
            }
        }
        return markup
    }

    /// How the cells of a column are set.
    enum Cells: String {
        /// Words of the program's own.
        case words = ""
        /// Numbers, under each other.
        case number = "n"
        /// Ids, codes and times, each on one line.
        case code = "c"
        /// What others wrote, broken anywhere.
        case text = "t"
    }

    /// A table of these columns.
    static func table(_ columns: [(heading: String, cells: Cells)], _ rows: [[String]]) -> HTML {
        func cells(_ texts: [String], _ name: String) -> HTML {
            let (open, close) = (HTML(markup: "<\(name)"), HTML(markup: "</\(name)>"))
            let cells = zip(columns, texts).map { column, text -> HTML in
                column.cells == .words
                    ? "\(open)>\(text)\(close)" : "\(open) class=\"\(column.cells.rawValue)\">\(text)\(close)"
            }
            return "<tr>\(cells)</tr>\n"
        }
        return """
            <table>
            <thead>\(cells(columns.map(\.heading), "th"))</thead>
            <tbody>
            \(rows.map { cells($0, "td") })</tbody>
            </table>

            """
    }
}
