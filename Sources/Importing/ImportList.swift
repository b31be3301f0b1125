public import ArchiveClient
internal import ArchiveCore
internal import Foundation

/// A table of paths and what is known of each: `--from-list`.
public struct ImportList: Sendable {
    /// Its columns; `path` has to be there, the rest may be.
    public static let columns = [
        "path", "title", "level", "compartments", "unit", "series", "meeting", "participants", "performer", "started",
        "description",
        "transcript", "attachments",
    ]

    /// A line of it.
    public struct Row: Sendable, Equatable {
        /// Where it stands: line and column of the path.
        public let line: Int
        /// The audio, from the folder that paths begin in.
        public let path: String
        /// What is said of it.
        public let metadata: RecordingMetadata
        /// A transcript, likewise.
        public let transcript: String?
        /// What else belongs to it, likewise.
        public let attachments: [String]
    }

    /// The lines.
    public let rows: [Row]

    /// Reads a list.
    ///
    /// - Throws: ``CSVTable/Mistake``: columns that are not there or unknown, cells that cannot be read.
    public init(_ data: some Sequence<UInt8>) throws(CSVTable.Mistake) {
        let table = try CSVTable(data)
        var places: [String: Int] = [:]
        for (place, cell) in table.heading.enumerated() {
            let name = FoundText.line(cell.text)?.lowercased() ?? ""
            guard Self.columns.contains(name) else {
                throw CSVTable.Mistake(
                    line: cell.line,
                    column: cell.column,
                    message:
                        "there is no column \(cell.text.debugDescription); columns are \(Self.columns.joined(separator: ", "))"
                )
            }
            guard places.updateValue(place, forKey: name) == nil else {
                throw CSVTable.Mistake(line: cell.line, column: cell.column, message: "the column \(name) comes twice")
            }
        }
        guard places["path"] != nil else {
            throw CSVTable.Mistake(line: 1, column: 1, message: "there is no column path")
        }
        var rows: [Row] = []
        for cells in table.rows { rows.append(try Self.row(cells, places)) }
        self.rows = rows
    }

    private static func row(_ cells: [CSVTable.Cell], _ places: [String: Int]) throws(CSVTable.Mistake) -> Row {
        func cell(_ name: String) -> CSVTable.Cell? { places[name].map { cells[$0] } }
        // A path is as the file system has it, blanks and all.
        func text(_ name: String) -> String? { cell(name).flatMap { FoundText.line($0.text) } }
        func list(_ name: String) -> [String] {
            FoundText.names(
                cell(name)?.text.split(whereSeparator: { $0 == "|" || $0.isNewline }).map(String.init) ?? []
            )
        }
        func mistake(_ name: String, _ message: String) -> CSVTable.Mistake {
            CSVTable.Mistake(line: cell(name)?.line ?? 1, column: cell(name)?.column ?? 1, message: message)
        }
        let path = cell("path")?.text ?? ""
        guard !path.isEmpty else { throw mistake("path", "the path is empty") }
        var started: Date?
        if let said = text("started") {
            guard let date = Timestamp.date(said) else {
                throw mistake("started", "\(said.debugDescription) is no RFC 3339 time, like 2020-04-15T09:30:00+07:00")
            }
            started = date
        }
        let description = cell("description")?.text ?? ""
        let transcript = cell("transcript")?.text ?? ""
        return Row(
            line: cell("path")?.line ?? 1,
            path: path,
            metadata: RecordingMetadata(
                title: text("title"),
                level: text("level").map { Level($0) },
                compartments: list("compartments"),
                unit: text("unit"),
                series: text("series"),
                meeting: text("meeting"),
                participants: list("participants"),
                performer: text("performer"),
                started: started,
                description: description.isEmpty
                    ? nil : FoundText.cut(description.replacing("\r\n", with: "\n"), to: FoundText.longestDescription)
            ),
            transcript: transcript.isEmpty ? nil : transcript,
            attachments: (cell("attachments")?.text ?? "")
                .split(whereSeparator: { $0 == "|" || $0.isNewline }).map(String.init)
        )
    }

    /// What its lines name, below `root`; what is not there, or lies elsewhere, is refused alone.
    public func findings(below root: SourceRoot) -> Findings {
        var findings = Findings()
        var seen: [PathKey: Int] = [:]
        for row in rows {
            do throws(ArchiveError) {
                let path = root.inner(row.path)
                if let line = seen.updateValue(row.line, forKey: PathKey(path)) {
                    throw ArchiveError(.badMetadata, "it stands on line \(line), too")
                }
                var item = ImportItem(.list, SourceTree.File(path, bytes: try root.open(path).bytes), row.metadata)
                item.metadata.title = item.metadata.title ?? FoundText.line(SourceTree.File(path).stem)
                item.transcript = row.transcript.map(root.inner)
                item.attachments = row.attachments.map(root.inner)
                if let transcript = item.transcript { _ = try root.open(transcript) }
                findings.items.append(item)
            } catch {
                let place = ArchiveError(error.code, "line \(row.line): \(error.message)", hint: error.hint)
                findings.refusals.append(ImportRefusal(row.path, place))
            }
        }
        return findings
    }
}
