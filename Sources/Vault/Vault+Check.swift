public import ArchiveCore
import Foundation
import DurableSQLite
import GRDB

/// All that the vault has of one recording.
public struct RecordingSecrets: Sendable {
    /// What opens its payload.
    public let keys: PayloadKeys
    /// What opens its describing fields.
    public let seal: RecordingSeal
}

extension Vault {
    /// The keys of every recording whose id begins with `prefix`; an error where a row does not open.
    public func keys(
        ofRecordingsBeginningWith prefix: String
    ) throws -> [RecordingID: Result<RecordingSecrets, ArchiveError>] {
        try store.pool.read { database in
            try store.contents(database, .recording, prefix: prefix).reduce(into: [:]) { found, row in
                guard let recording = RecordingID(row.id) else { return }
                found[recording] = secrets(of: recording, row.contents)
            }
        }
    }

    /// The keys of `recording`; nil where there are none, an error where they do not open.
    public func keys(of recording: RecordingID) throws -> Result<RecordingSecrets, ArchiveError>? {
        try keys(ofRecordingsBeginningWith: recording.description)[recording]
    }

    /// The rows that do not open, of the archive's own and of streams on their way in.
    public func damagedRows() throws -> DamagedRows {
        try damagedRows([.identity, .secret, .upload, .headerPart], prefix: "")
    }

    /// The rows that do not open, of accesses to recordings whose ids begin with `prefix`.
    public func damagedRows(ofRecordingsBeginningWith prefix: String) throws -> DamagedRows {
        try damagedRows([.header, .excerpt], prefix: prefix)
    }

    private func damagedRows(_ kinds: [RowKind], prefix: String) throws -> DamagedRows {
        try store.pool.read { database in
            var damaged = DamagedRows()
            for kind in kinds {
                try store.forEach(database, kind, prefix: prefix) { id, contents in
                    if case .failure = contents { damaged.add(kind, id) }
                }
            }
            return damaged
        }
    }

    /// What SQLite finds wrong with the file.
    public func faults() async throws -> [String] { try await DurableDatabase.faults(store.pool) }

    private func secrets(
        of recording: RecordingID,
        _ contents: Result<Data, ArchiveError>
    ) -> Result<RecordingSecrets, ArchiveError> {
        contents.flatMap { contents in
            do {
                let row = try CanonicalJSON.decode(RecordingKeys.self, from: contents)
                return .success(
                    RecordingSecrets(
                        keys: try PayloadKeys(row),
                        seal: RecordingSeal(recordingKey: row.recordingKey, recording: recording)
                    )
                )
            } catch {
                return .failure(error as? ArchiveError ?? ArchiveError(.storage, "\(error)"))
            }
        }
    }
}
