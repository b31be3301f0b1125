import ArchiveCore
import AuditLog
import Catalogue
import Crypto
import Foundation

/// A list as it was frozen: what is executed is exactly that (DESIGN.md section 9).
///
/// Only made of a row and items that have the digest that was frozen.
struct FrozenList {
    let row: ListRow
    /// What is not yet executed or skipped.
    let remaining: [DestructionItem]

    /// - Throws: `storage` where the list is not what was frozen.
    init(_ row: ListRow, _ items: [DestructionItem]) throws {
        guard let frozen = row.digest, try ListDigest(row, items).bytes == frozen else {
            throw ArchiveError(
                .storage,
                "list \(row.id) is not what was frozen; nothing of it was executed",
                hint: "somebody has changed the database: run `risalahd audit verify`"
            )
        }
        self.row = row
        remaining = items.filter { $0.outcome == .frozen }
    }
}

/// What stands on a list, in one number: SHA-256 of a ``ListContent``. Whoever signs for a list names it.
struct ListDigest {
    let bytes: Data

    /// Of all that was not struck off.
    init(_ list: ListRow, _ items: [DestructionItem]) throws {
        let lines = items.filter { $0.outcome != .struck }.map {
            ListContent.Line(
                recording: $0.recording,
                series: $0.series,
                due: $0.due,
                digest: $0.digest.hexadecimal
            )
        }
        let content = ListContent(list: list.id, kind: list.kind.rawValue, items: lines)
        bytes = Data(SHA256.hash(data: try content.bytes()))
    }
}
