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

    /// A table with these headings; the columns in `numbers` hold numbers.
    static func table(_ headings: [String], _ rows: [[String]], numbers: Set<Int> = []) -> HTML {
        func cells(_ texts: [String], _ name: String) -> HTML {
            let cells = texts.enumerated().map { column, text -> HTML in
                let (open, close) = (HTML(markup: "<\(name)"), HTML(markup: "</\(name)>"))
                return numbers.contains(column) ? "\(open) class=\"n\">\(text)\(close)" : "\(open)>\(text)\(close)"
            }
            return "<tr>\(cells)</tr>\n"
        }
        return """
            <table>
            <thead>\(cells(headings, "th"))</thead>
            <tbody>
            \(rows.map { cells($0, "td") })</tbody>
            </table>

            """
    }
}
