/// A page to print, A4, that needs nothing else: no script, no font or picture from elsewhere. Its classification stands at
/// the head of every sheet, in a row that browsers and word processors repeat.
public struct PrintedPage: Sendable {
    private let title: String
    private let label: String
    private let language: String
    private let style: HTML
    private let columns: [Int]
    private let rows: HTML

    /// A page.
    ///
    /// - Parameters:
    ///   - title: of the document.
    ///   - label: its classification, as it is printed.
    ///   - language: of the page, as a tag of BCP 47.
    ///   - style: rules beside those that all pages have.
    ///   - columns: how wide the cells of a row are, in pixels of 1/96 in; 680 are the page.
    ///   - rows: the rows of the page.
    public init(title: String, label: String, language: String, style: HTML = "", columns: [Int] = [680], rows: HTML) {
        self.title = title
        self.label = label
        self.language = language
        self.style = style
        self.columns = columns
        self.rows = rows
    }

    /// The page.
    public var markup: String { html.markup }

    private var html: HTML {
        // LibreOffice keeps to the attributes, and not to the same in style sheets or in percent; and it puts the margins of the
        // body around every paragraph of a cell, unless they are for screens.
        let widths = columns.map { width -> HTML in "<col width=\"\(String(width))\"/>" }
        return """
            <!DOCTYPE html>
            <html lang="\(language)">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width"/>
            <title>\(title)</title>
            <style>
            @page { size: A4; margin: 25mm 15mm 20mm }
            body { font: 10pt/1.4 sans-serif; color: #111; background: #fff }
            @media screen { body { max-width: 180mm; margin: 12mm auto } }
            h1 { font-size: 14pt } h2 { font-size: 11pt; border-bottom: 1px solid #999; margin-top: 7mm }
            table { border-collapse: collapse; width: 100%; margin: 2mm 0 }
            th, td { border: 1px solid #bbb; padding: 1mm 2mm; text-align: left; vertical-align: top; overflow-wrap: anywhere }
            th { background: #eee } pre { font-size: 7pt; border: 1px solid #bbb; padding: 2mm; white-space: pre-wrap; overflow-wrap: anywhere }
            .label { text-align: center; font-weight: bold; letter-spacing: 1px; border: 1px solid #111; padding: 1mm }
            .pages, .pages > * > tr > td { border: none; padding: 0; margin: 0 } .pages > * > tr > td { padding: 0 1px } .pages > thead > tr > td { padding-bottom: 5mm }
            \(style)@media print { body { margin: 0 } tr, pre { break-inside: avoid } .pages > tbody > tr { break-inside: auto }
            thead { display: table-header-group } }
            </style>
            </head>
            <body>
            <table class="pages" width="100%">
            <colgroup>\(widths)</colgroup>
            <thead><tr><td colspan="\(String(columns.count))"><div class="label">\(label)</div></td></tr></thead>
            <tbody>\(rows)</tbody>
            </table>
            </body>
            </html>

            """
    }
}
