internal import ArchiveClient
internal import ArchiveCore
internal import Foundation

/// Zoom's report of who was there, a CSV: names with or without the facts of the meeting in front of them.
struct ZoomReport {
    private(set) var topic: String?
    private(set) var participants: [String] = []

    /// Nothing known.
    init() {}

    /// Reads a report.
    ///
    /// - Throws: `bad-metadata` with line and column.
    init(_ data: Data) throws(ArchiveError) {
        // The two tables are parted by an empty line, and have different columns.
        let lines = String(decoding: data, as: UTF8.self).replacing("\r\n", with: "\n").split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        var first = 0
        for block in lines.split(
            omittingEmptySubsequences: false,
            whereSeparator: { $0.allSatisfy { ",; ".contains($0) } }
        ) {
            defer { first += block.count + 1 }
            guard !block.isEmpty else { continue }
            do throws(CSVTable.Mistake) {
                try read(CSVTable(Array(block.joined(separator: "\n").utf8)))
            } catch {
                throw ArchiveError(.badMetadata, "line \(first + error.line), column \(error.column): \(error.message)")
            }
        }
    }

    private mutating func read(_ table: CSVTable) {
        func column(_ names: [String]) -> Int? {
            table.heading.firstIndex { cell in names.contains { cell.text.lowercased().hasPrefix($0) } }
        }
        if let place = column(["topic"]), let row = table.rows.first { topic = FoundText.line(row[place].text) }
        if let place = column(["name", "participant name", "display name"]) {
            participants = FoundText.names(participants + table.rows.map { $0[place].text })
        }
    }
}
