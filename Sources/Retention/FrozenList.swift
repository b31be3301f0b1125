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

/// What stands on a list, in one number: whoever signs for a list names it.
///
/// SHA-256 of the canonical JSON of `{"items":[{"digest","due","recording","series"}],"kind","list"}`, items by recording; those
/// that were struck off are left out. `digest` is SHA-256, hex, of the payload.
struct ListDigest {
    let bytes: Data

    private struct Line: Encodable {
        var recording: RecordingID
        var series: String
        var due: Date
        var digest: String
    }

    private struct Content: Encodable {
        var list: ListID
        var kind: ListRow.Kind
        var items: [Line]
    }

    init(_ list: ListRow, _ items: [DestructionItem]) throws {
        let lines = items.filter { $0.outcome != .struck }
            .map { Line(recording: $0.recording, series: $0.series, due: $0.due, digest: $0.digest.hexadecimal) }
            .sorted { $0.recording.description < $1.recording.description }
        let content = Content(list: list.id, kind: list.kind, items: lines)
        bytes = Data(SHA256.hash(data: try CanonicalJSON.encode(content)))
    }
}
