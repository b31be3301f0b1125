internal import ArchiveClient
internal import CommandShell

/// Prints a list page by page as it comes: one JSON object a line, or a table; and says where there is nothing.
struct Listing<Item: Encodable, Cursor> {
    /// Items asked for at once.
    let page: Int
    /// Items in all; nil for every one.
    let limit: Int?
    /// What is said on stderr where there are none.
    let nothing: String
    /// The columns.
    var table: TextTable
    /// An item as the table shows it.
    let row: (Item) -> [String]

    /// Prints what `fetch` gives for a cursor (nil at the beginning) and a number of items at most.
    mutating func print(
        json: Bool,
        _ fetch: (_ cursor: Cursor?, _ limit: Int) async throws -> (items: [Item], next: Cursor?)
    ) async throws {
        var left = limit ?? .max
        var cursor: Cursor?
        var isFirst = true
        repeat {
            let (found, next) = try await fetch(cursor, min(left, page))
            let items = found.prefix(left)
            if json {
                for item in items { try Console.print(json: item) }
            } else if !items.isEmpty {
                let rows = items.map(row)
                table.fit(rows)
                if isFirst { try Console.print(table.heading) }
                for row in rows { try Console.print(table.line(row)) }
            } else if isFirst {
                Console.note("risalah: \(nothing)")
            }
            isFirst = false
            left -= items.count
            cursor = next
        } while cursor != nil && left > 0
    }
}
