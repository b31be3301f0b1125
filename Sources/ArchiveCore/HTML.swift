/// HTML that is well-formed XML as well, with every text escaped by construction.
public struct HTML: Sendable, ExpressibleByStringInterpolation {
    /// The markup.
    public let markup: String

    private init(markup: String) { self.markup = markup }

    /// Markup of the program's own.
    public init(stringLiteral value: String) { markup = value }

    /// Puts texts into markup; only other ``HTML`` goes in as it is.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var markup = ""

        /// Begins without markup.
        public init(literalCapacity: Int, interpolationCount: Int) { markup.reserveCapacity(literalCapacity) }

        /// Markup of the program's own.
        public mutating func appendLiteral(_ literal: String) { markup += literal }
        /// Markup.
        public mutating func appendInterpolation(_ html: HTML) { markup += html.markup }
        /// Markup, one after the other.
        public mutating func appendInterpolation(_ parts: [HTML]) { for part in parts { markup += part.markup } }
        /// A text, escaped.
        public mutating func appendInterpolation(_ text: String) { markup += HTML.escaped(text) }
        /// A number.
        public mutating func appendInterpolation(_ number: Int) { markup += String(number) }
    }

    /// Literals and what was put between them.
    public init(stringInterpolation: StringInterpolation) { markup = stringInterpolation.markup }

    /// `text` as a reader sees it, in markup.
    private static func escaped(_ text: String) -> String {
        var markup = ""
        for scalar in shown(text).unicodeScalars {
            switch scalar {
            case "&": markup += "&amp;"
            case "<": markup += "&lt;"
            case ">": markup += "&gt;"
            case "\"": markup += "&quot;"
            case "'": markup += "&#39;"
            default: markup.unicodeScalars.append(scalar)
            }
        }
        return markup
    }

    /// `text` as a reader sees it. Characters that XML does not have, and those that reorder a line, show as U+FFFD.
    public static func shown(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let properties = scalar.properties
            let isHarmful =
                properties.generalCategory == .control || properties.isBidiControl || properties.isNoncharacterCodePoint
            shown.append(isHarmful && scalar != "\n" && scalar != "\t" ? "\u{FFFD}" : scalar)
        }
        return String(shown)
    }

    /// How the cells of a column are set.
    public enum Cells: String, Sendable {
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
    public static func table(_ columns: [(heading: String, cells: Cells)], _ rows: [[String]]) -> HTML {
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
