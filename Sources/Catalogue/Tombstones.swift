public import ArchiveCore
public import Foundation
import GRDB

/// What is left of a recording that is gone.
public struct TombstoneRow: Sendable {
    /// When it was gone.
    public let gone: Date
    /// The entry of the intent.
    public let intent: Int
    /// Under which rule it went.
    public let rule: String
}

/// Somebody who had received a recording.
public struct DeliveryRow: Sendable {
    /// The recording.
    public let recording: RecordingID
    /// Who.
    public let principal: PrincipalID
    /// When they opened it.
    public let opened: Date
    /// In which forms it left.
    public let forms: [AccessRow.Form]
}

extension CatalogueReader {
    /// The tombstones that a list has made.
    public func tombstones(of list: ListID) throws -> [RecordingID: TombstoneRow] {
        try Row.fetchAll(
            database.cachedStatement(sql: "SELECT recording, destroyed, intent, rule FROM tombstone WHERE list = ?"),
            arguments: [list.description]
        ).reduce(into: [:]) { found, row in
            found[try row.value("recording", RecordingID.init)] = TombstoneRow(
                gone: try row.date("destroyed"),
                intent: row["intent"],
                rule: row["rule"]
            )
        }
    }

    /// Up to `limit` deliveries of what stood on a list and is gone, the earliest first.
    public func deliveries(of list: ListID, limit: Int) throws -> [DeliveryRow] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT access.recording, access.principal, access.opened, access.delivered_sealed, access.delivered_opened
                    FROM access JOIN tombstone ON tombstone.recording = access.recording
                    WHERE tombstone.list = ? AND (access.delivered_sealed OR access.delivered_opened)
                    ORDER BY access.opened, access.id LIMIT ?
                    """
            ),
            arguments: [list.description, limit]
        ).map { row in
            var forms: [AccessRow.Form] = []
            if row["delivered_sealed"] { forms.append(.sealed) }
            if row["delivered_opened"] { forms.append(.opened) }
            return DeliveryRow(
                recording: try row.value("recording", RecordingID.init),
                principal: try row.value("principal", PrincipalID.init),
                opened: try row.date("opened"),
                forms: forms
            )
        }
    }
}
