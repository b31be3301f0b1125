internal import ArchiveCore

extension Minutes {
    var html: String {
        let facts = facts.map { name, value -> HTML in
            "<tr valign=\"top\"><td colspan=\"2\"><b>\(name)</b></td><td>\(value)</td></tr>\n"
        }
        let said = paragraphs.map { paragraph -> HTML in
            let text = paragraph.texts.joined(separator: " ")
            let doubt: HTML = paragraph.isDoubtful ? " <i>\(doubt)</i>" : ""
            return """
                <tr valign="top"><td class="time">\(paragraph.start.clock)</td><td class="who"><b>\(paragraph.speaker ?? "")</b></td>\
                <td>\(text)\(doubt)</td></tr>

                """
        }
        let silent: HTML = "<tr><td colspan=\"3\">\(silence)</td></tr>\n"
        let subtitle: HTML = heading.title == nil ? "" : "<p>\(name)</p>"
        return PrintedPage(
            title: title,
            label: heading.label,
            language: languageTag,
            style: """
                .pages > tbody > tr > td { padding: 1mm 2mm 1mm 1px } .time { white-space: nowrap }

                """,
            // A time and most names on one line.
            columns: [90, 150, 440],
            rows: """
                <tr><td colspan="3"><h1>\(title)</h1>\(subtitle)</td></tr>
                \(facts)<tr><td colspan="3"><hr/></td></tr>
                \(said)\(said.isEmpty ? silent : "")
                """
        ).markup
    }

    // MARK: CommonMark

    var markdown: String {
        let label = "**\(Self.markdown(heading.label))**\n"
        var text = label + "\n# \(Self.markdown(title))\n\n"
        if heading.title != nil { text += Self.markdown(name) + "\n\n" }
        for (name, value) in facts { text += "- **\(Self.markdown(name)):** \(Self.markdown(value))\n" }
        text += "\n---\n\n"
        let paragraphs = paragraphs
        for paragraph in paragraphs {
            let head = [paragraph.start.clock, paragraph.speaker].compactMap(\.self).joined(separator: " ")
            let doubt = paragraph.isDoubtful ? " *\(Self.markdown(doubt))*" : ""
            text += "**\(Self.markdown(head))** \(Self.markdown(paragraph.texts.joined(separator: " ")))\(doubt)\n\n"
        }
        if paragraphs.isEmpty { text += Self.markdown(silence) + "\n\n" }
        return text + label
    }

    /// `text` on one line, in which nothing is markup: CommonMark section 2.4 lets any ASCII punctuation be escaped. What
    /// is markup at the beginning of a line only is left, for no text begins one.
    private static func markdown(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in line(text).unicodeScalars {
            if "\\`*_[]<>&~|#$^=".unicodeScalars.contains(scalar) { escaped.append("\\") }
            escaped.append(scalar)
        }
        return String(escaped)
    }

    private static func line(_ text: String) -> String {
        HTML.shown(text).unicodeScalars.split { $0.properties.isWhitespace }.map { String($0) }.joined(separator: " ")
    }

    // MARK: Plain text

    private static let width = 78
    private static let linesOfPage = 60

    var plain: String {
        var lines = Self.wrapped(title)
        if heading.title != nil { lines.append(name) }
        lines.append("")
        for (name, value) in facts { lines += Self.wrapped("\(name): \(value)", indent: 4) }
        lines.append("")
        let paragraphs = paragraphs
        for paragraph in paragraphs {
            let head = [paragraph.start.clock, paragraph.speaker].compactMap(\.self).joined(separator: " ")
            let texts = paragraph.texts + (paragraph.isDoubtful ? [doubt] : [])
            lines += [Self.line(head)] + Self.wrapped(texts.joined(separator: " "), first: 4, indent: 4) + [""]
        }
        if paragraphs.isEmpty { lines.append(silence) }
        let label = Self.wrapped(heading.label)
        let each = max(Self.linesOfPage - label.count - 1, 1)
        let pages = stride(from: 0, to: lines.count, by: each).map { start in
            (label + [""] + lines[start..<min(start + each, lines.count)]).map { $0 + "\n" }.joined()
        }
        return pages.joined(separator: "\u{C}")
    }

    /// `text` in lines of ``width`` characters with these margins; a longer word has a line of its own.
    private static func wrapped(_ text: String, first: Int = 0, indent: Int = 0) -> [String] {
        var (lines, words, length) = ([String](), [Substring](), first)
        func finish() {
            let margin = lines.isEmpty ? first : indent
            lines.append(String(repeating: " ", count: margin) + words.joined(separator: " "))
        }
        for word in line(text).split(separator: " ") {
            if !words.isEmpty, length + word.count > width {
                finish()
                (words, length) = ([], indent)
            }
            words.append(word)
            length += word.count + 1
        }
        finish()
        return lines
    }
}
