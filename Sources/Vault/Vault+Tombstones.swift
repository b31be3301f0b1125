public import ArchiveCore
import GRDB

/// What is left of a recording that is gone may have its title, for a time: sealed under a key of its own, and gone with that.
extension Vault {
    private static let beginning = "tombstone "
    private static func name(_ recording: RecordingID) -> String { beginning + recording.description }

    /// The seal of the tombstone of `recording`, whose key is made on first use.
    public func makeTombstone(of recording: RecordingID) throws -> SecretSeal { try seal(Self.name(recording)) }

    /// The seals of those of these tombstones whose keys are there.
    public func tombstones(of recordings: [RecordingID]) throws -> [RecordingID: SecretSeal] {
        try store.pool.read { database in
            try recordings.reduce(into: [:]) { seals, recording in
                let name = Self.name(recording)
                guard let key = try self.store.contents(database, .secret, name) else { return }
                seals[recording] = SecretSeal(secret: SecretBytes(key), name: name)
            }
        }
    }

    /// The seals of the tombstones of recordings whose ids begin with `prefix`; an error where the row of a key does not open.
    public func tombstones(
        ofRecordingsBeginningWith prefix: String
    ) throws -> [RecordingID: Result<SecretSeal, ArchiveError>] {
        let beginning = Self.beginning
        return try store.pool.read { database in
            var seals: [RecordingID: Result<SecretSeal, ArchiveError>] = [:]
            try store.forEach(database, .secret, prefix: beginning + prefix) { name, contents in
                guard let recording = RecordingID(String(name.dropFirst(beginning.count))) else { return }
                seals[recording] = contents.map { SecretSeal(secret: SecretBytes($0), name: name) }
            }
            return seals
        }
    }

    /// Deletes the keys of these tombstones, durably. Until ``renewGeneration()`` a copy of the file taken before can still be
    /// opened with the root key.
    public func destroyTombstones(of recordings: [RecordingID]) throws {
        try store.pool.write { database in
            for recording in recordings { try self.store.delete(database, .secret, Self.name(recording)) }
        }
    }
}
