/// Bars as an inline SVG, with every value in figures, so that print and those who cannot see have them too.
struct BarChart: Sendable {
    /// What it shows.
    let title: String
    /// Labels and values, in order.
    let bars: [(label: String, value: Int)]

    private var most: Int { max(1, bars.map(\.value).max() ?? 0) }

    /// Bars beside each other: days.
    var upright: HTML {
        let (height, top) = (120, 16)
        // A character is six wide.
        let step = max(22, 6 * (bars.map(\.label.count).max() ?? 0) + 8)
        let width = bars.count * step + 8
        let drawn = bars.enumerated().map { index, bar -> HTML in
            let length = bar.value * height / most
            let (left, center) = (index * step + step / 2 - 5, index * step + step / 2 + 3)
            // A value that is there shows, however small it is beside the others.
            let shown = bar.value > 0 ? max(1, length) : 0
            let figure: HTML =
                bar.value == 0
                ? ""
                : "<text x=\"\(center)\" y=\"\(top + height - shown - 3)\" text-anchor=\"middle\">\(bar.value)</text>"
            return """
                <rect x="\(left)" y="\(top + height - shown)" width="16" height="\(shown)" class="bar"/>\(figure)
                <text x="\(center)" y="\(top + height + 12)" text-anchor="middle">\(bar.label)</text>

                """
        }
        return frame(width: width, height: top + height + 18, drawn)
    }

    /// Bars below each other: names.
    var lying: HTML {
        let (row, left, length) = (20, 200, 320)
        let drawn = bars.enumerated().map { index, bar -> HTML in
            let y = index * row + 4
            let shown = bar.value > 0 ? max(1, bar.value * length / most) : 0
            return """
                <text x="\(left - 6)" y="\(y + 11)" text-anchor="end">\(bar.label)</text>
                <rect x="\(left)" y="\(y)" width="\(shown)" height="14" class="bar"/>
                <text x="\(left + shown + 5)" y="\(y + 11)">\(bar.value)</text>

                """
        }
        return frame(width: left + length + 60, height: bars.count * row + 8, drawn)
    }

    private func frame(width: Int, height: Int, _ drawn: [HTML]) -> HTML {
        """
        <figure>
        <figcaption>\(title)</figcaption>
        <svg role="img" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)">
        <title>\(title)</title>
        \(drawn)</svg>
        </figure>

        """
    }
}
