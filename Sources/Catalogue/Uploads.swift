public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

/// Where an upload stands.
public enum UploadState: String, Sendable {
    /// Bytes are still to come, or its end has not been worked off.
    case receiving
    /// It has become a recording.
    case stored
    /// It cannot become one.
    case failed
}

/// A stream on its way in.
public struct UploadRow: Sendable {
    /// The upload.
    public let id: UploadID
    /// The recording that it becomes.
    public let recording: RecordingID
    /// Who sends it.
    public let principal: PrincipalID
    /// Where it stands.
    public let state: UploadState
    /// Whether its sender can go on after a broken connection.
    public let isResumable: Bool
    /// Bytes in all, header and payload; nil until the sender says so.
    public let length: Int?
    /// Bytes of the payload that were acknowledged.
    public let durable: Int
    /// Bytes, header and payload, that were acknowledged.
    public let acknowledged: Int
    /// The recording that it has become: its own, or the one that the same sender had sent before.
    public let became: RecordingID?
    /// What the sender said of it, sealed under the recording's key; gone once it has ended, unless it is in quarantine.
    public let sealed: Data?
    /// Why it failed, sealed.
    public let problem: String?
    /// When it was begun.
    public let created: Date
    /// When it last moved.
    public let touched: Date
}

extension CatalogueReader {
    private func uploadRow(_ row: Row) throws -> UploadRow {
        UploadRow(
            id: try row.value("id", UploadID.init),
            recording: try row.value("recording", RecordingID.init),
            principal: try row.value("principal", PrincipalID.init),
            state: try row.value("state", UploadState.init(rawValue:)),
            isResumable: row["resumable"],
            length: row["length"],
            durable: row["durable"],
            acknowledged: row["acknowledged"],
            became: (row["became"] as String?).flatMap(RecordingID.init),
            sealed: row["sealed"],
            problem: row["problem"],
            created: try row.date("created"),
            touched: try row.date("touched")
        )
    }

    /// The upload with this id.
    public func upload(_ id: UploadID) throws -> UploadRow? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT * FROM upload WHERE id = ?"),
            arguments: [id.description]
        )
        .map(uploadRow)
    }

    /// Uploads that are receiving and have not moved since `time`, the longest silent first.
    public func silentUploads(since time: Date) throws -> [UploadRow] {
        let sql = "SELECT * FROM upload WHERE state = 'receiving' AND touched <= ? ORDER BY touched"
        return try Row.fetchAll(database.cachedStatement(sql: sql), arguments: [Timestamp.text(time)]).map(uploadRow)
    }

    /// How much a principal has under way and in quarantine; bytes of an upload are those it announced or brought.
    public func use(of principal: PrincipalID) throws -> (uploads: Int, bytes: Int) {
        let sql = """
            SELECT count(*), coalesce(sum(max(coalesce(length, 0), durable)), 0),
                (SELECT coalesce(sum(bytes), 0) FROM quarantine WHERE principal = ?1)
            FROM upload WHERE principal = ?1 AND state = 'receiving'
            """
        guard let row = try Row.fetchOne(database.cachedStatement(sql: sql), arguments: [principal.description]) else {
            return (0, 0)
        }
        return (row[0], row[1] + row[2])
    }

    /// How many uploads are under way, and the bytes that were announced for them and have not come.
    public func underWay() throws -> (uploads: Int, awaited: Int) {
        let sql = """
            SELECT count(*), coalesce(sum(max(0, coalesce(length, 0) - durable)), 0)
            FROM upload WHERE state = 'receiving'
            """
        guard let row = try Row.fetchOne(database.cachedStatement(sql: sql)) else { return (0, 0) }
        return (row[0], row[1])
    }

    /// Uploads that are still receiving.
    public func receivingUploads() throws -> [UploadRow] {
        try Row.fetchAll(
            database.cachedStatement(sql: "SELECT * FROM upload WHERE state = 'receiving' ORDER BY created")
        )
        .map(uploadRow)
    }
}

extension CatalogueWriter {
    /// Adds an upload.
    public func insertUpload(
        _ id: UploadID,
        recording: RecordingID,
        principal: PrincipalID,
        isResumable: Bool,
        length: Int?,
        sealed: Data,
        at time: Date
    ) throws {
        try database.executeCached(
            sql: """
                INSERT INTO upload (id, recording, principal, state, resumable, length, created, touched, sealed)
                VALUES (?, ?, ?, 'receiving', ?, ?, ?, ?, ?)
                """,
            arguments: [
                id.description, recording.description, principal.description, isResumable, length,
                Timestamp.text(time), Timestamp.text(time), sealed,
            ]
        )
    }

    /// Sets the length of an upload that had none.
    public func setLength(_ length: Int, of upload: UploadID, at time: Date) throws {
        try database.executeCached(
            sql: "UPDATE upload SET length = ?, touched = ? WHERE id = ? AND (length IS NULL OR length = ?)",
            arguments: [length, Timestamp.text(time), upload.description, length]
        )
        guard database.changesCount == 1 else {
            throw ArchiveError(.badRequest, "the length of this upload was given before, and differs")
        }
    }

    /// Notes how many bytes of the payload, and of header and payload, are durable, before that is acknowledged.
    public func setDurable(_ bytes: Int, offset: Int, of upload: UploadID, at time: Date) throws {
        try database.executeCached(
            sql: "UPDATE upload SET durable = ?, acknowledged = ?, touched = ? WHERE id = ? AND state = 'receiving'",
            arguments: [bytes, offset, Timestamp.text(time), upload.description]
        )
    }

    /// An upload has become a recording: what was sealed for the way goes.
    public func markStored(_ upload: UploadID, as recording: RecordingID, at time: Date) throws {
        try end(upload, state: .stored, became: recording, problem: nil, at: time)
    }

    /// An upload cannot become a recording, for this reason, which may quote the stream and comes sealed.
    ///
    /// - Parameter isKept: whether it lies in quarantine, and what its sender said of it with it.
    public func markFailed(_ upload: UploadID, problem: String, isKept: Bool = false, at time: Date) throws {
        try end(upload, state: .failed, became: nil, problem: problem, isKept: isKept, at: time)
    }

    private func end(
        _ upload: UploadID,
        state: UploadState,
        became: RecordingID?,
        problem: String?,
        isKept: Bool = false,
        at time: Date
    ) throws {
        try database.executeCached(
            sql: """
                UPDATE upload SET state = ?, became = ?, problem = ?, sealed = iif(?, sealed, NULL), touched = ?
                WHERE id = ? AND state = 'receiving'
                """,
            arguments: [
                state.rawValue, became?.description, problem, isKept, Timestamp.text(time), upload.description,
            ]
        )
        guard database.changesCount == 1 else {
            throw ArchiveError(.conflict, "upload \(upload) has ended already")
        }
    }

    /// Forgets an upload that has become a recording; the recording stays.
    public func deleteStoredUpload(_ upload: UploadID) throws {
        try database.executeCached(
            sql: "DELETE FROM upload WHERE id = ? AND state = 'stored'",
            arguments: [upload.description]
        )
    }

    /// Ends an upload whose keys were destroyed with the recording that it was a copy of; nothing is said of why.
    public func endDestroyed(_ upload: UploadID, at time: Date) throws {
        try deleteQuarantine(upload)
        guard try reader.upload(upload)?.state == .receiving else { return }
        try markFailed(upload, problem: Self.noProblem, at: time)
    }

    /// Stands for an answer that is not kept: no base64 of any.
    private static let noProblem = "-"
}
