import ArchiveCore

/// Bars as an inline SVG, with every value in figures, so that print and those who cannot see have them too.
struct BarChart: Sendable {
    /// What it shows.
    let title: String
    /// Labels and values, in order; bars of days on which nobody works are marked.
    let bars: [(label: String, value: Int, isMarked: Bool)]

    /// The width of a page in print.
    private static let width = 680
    /// Wider than most characters of ten are.
    private static let character = 6
    private static let longestLabel = 48

    private var most: Int { max(1, bars.map(\.value).max() ?? 0) }
    private var sum: Int { bars.reduce(0) { $0 + $1.value } }

    /// Bars beside each other: days.
    var upright: HTML {
        guard sum > 0 else { return nothing }
        let (height, top) = (96, 16)
        let least = Self.character * (bars.map { max($0.label.count, String($0.value).count) }.max() ?? 0) + 6
        let step = max(least, Self.width / max(bars.count, 12))
        let (width, thickness) = (bars.count * step, min(28, step * 2 / 3))
        let drawn = bars.enumerated().map { index, bar -> HTML in
            // A value that is there shows, however small it is beside the others.
            let length = bar.value > 0 ? max(1, bar.value * height / most) : 0
            let center = index * step + step / 2
            let band: HTML =
                bar.isMarked
                ? "<rect x=\"\(index * step)\" y=\"\(top)\" width=\"\(step)\" height=\"\(height)\" class=\"rest\"/>\n"
                : ""
            let figure: HTML =
                bar.value == 0
                ? ""
                : "<text x=\"\(center)\" y=\"\(top + height - length - 3)\" text-anchor=\"middle\">\(bar.value)</text>"
            return """
                \(band)<rect x="\(center - thickness / 2)" y="\(top + height - length)" width="\(thickness)" height="\(length)" class="bar"/>\(figure)
                <text x="\(center)" y="\(top + height + 13)" text-anchor="middle">\(bar.label)</text>

                """
        }
        let base: HTML =
            "<line x1=\"0\" y1=\"\(top + height)\" x2=\"\(width)\" y2=\"\(top + height)\" class=\"base\"/>\n"
        return frame(width: width, height: top + height + 18, "\(drawn)\(base)")
    }

    /// Bars below each other: names.
    var lying: HTML {
        guard sum > 0 else { return nothing }
        let labels = bars.map { bar in
            bar.label.count > Self.longestLabel ? "\(bar.label.prefix(Self.longestLabel - 1))…" : bar.label
        }
        let left = Self.character * (labels.map(\.count).max() ?? 0) + 8
        let (row, length) = (20, Self.width - left - 60)
        let drawn = zip(bars, labels).enumerated().map { index, pair -> HTML in
            let (bar, label) = pair
            let y = index * row + 4
            let shown = bar.value > 0 ? max(1, bar.value * length / most) : 0
            return """
                <text x="\(left - 6)" y="\(y + 11)" text-anchor="end">\(label)</text>
                <rect x="\(left)" y="\(y)" width="\(shown)" height="14" class="bar"/>
                <text x="\(left + shown + 5)" y="\(y + 11)">\(bar.value)</text>

                """
        }
        let base: HTML =
            "<line x1=\"\(left)\" y1=\"0\" x2=\"\(left)\" y2=\"\(bars.count * row + 4)\" class=\"base\"/>\n"
        return frame(width: Self.width, height: bars.count * row + 8, "\(drawn)\(base)")
    }

    private var nothing: HTML { "<figure>\n<figcaption>\(title): 0</figcaption>\n</figure>\n" }

    private func frame(width: Int, height: Int, _ drawn: HTML) -> HTML {
        """
        <figure>
        <figcaption>\(title): \(sum)</figcaption>
        <svg role="img" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)">
        <title>\(title)</title>
        \(drawn)</svg>
        </figure>

        """
    }
}
