public import ArchiveCore
import Foundation
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
