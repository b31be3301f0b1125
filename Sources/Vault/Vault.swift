public import Age
public import ArchiveCore
import Crypto
public import Foundation
import GRDB

/// Keeps the keys; the only part that can open anything.
///
/// Orders kept here: a recording's row is durable before its payload is committed, and rows are deleted before payloads
/// are removed (DESIGN.md invariants 3 and 7).
public final class Vault: HeaderOpening, Sendable {
    let store: VaultStore
    let clock: any ArchiveClock

    /// Opens the vault at `path`, making it where it is absent.
    ///
    /// - Parameter clock: says when keys were made and used.
    /// - Throws: `configuration` where the root key is not this vault's.
    public init(
        path: String,
        root: any RootKeyProvider,
        clock: any ArchiveClock = SystemClock(),
        files: any FileSystem = LocalFileSystem()
    ) throws {
        store = try VaultStore(path: path, root: root.rootKey(), at: clock.now, files: files)
        self.clock = clock
    }

    /// Opens the vault at `path` with a root key that was read or made already, for nobody is asked twice.
    public convenience init(
        path: String,
        rootKey: SecretBytes,
        clock: any ArchiveClock = SystemClock(),
        files: any FileSystem = LocalFileSystem()
    ) throws {
        try self.init(path: path, root: KnownRootKey(key: rootKey), clock: clock, files: files)
    }

    /// Throws `storage` where the schema is not this program's.
    public func assertSound() throws { try store.assertSchema() }

    /// Closes the database; nothing can be opened afterwards.
    public func close() throws { try store.pool.close() }

    func encode(_ value: some Encodable) throws -> Data { try CanonicalJSON.encode(value) }
    func decode<Value: Decodable>(_ type: Value.Type, _ data: Data) throws -> Value {
        try CanonicalJSON.decode(type, from: data)
    }

    // MARK: The archive's own keys

    /// The 32-byte key called `name`, made on first use.
    public func secret(_ name: String) throws -> SecretBytes {
        if let found = try store.pool.read({ try self.store.contents($0, .secret, name) }) { return SecretBytes(found) }
        return try store.pool.write { database in
            if let found = try self.store.contents(database, .secret, name) { return SecretBytes(found) }
            let fresh = SecretBytes(randomCount: 32)
            try self.store.put(database, .secret, name, Data(fresh.exposedBytes))
            return fresh
        }
    }

    /// A seal under the key called `name`.
    public func seal(_ name: String) throws -> SecretSeal { SecretSeal(secret: try secret(name), name: name) }

    /// Keeps a secret document (a key or certificate of the archive, PEM or DER) under `name`.
    public func keep(_ document: Data, as name: String) throws {
        try store.pool.write { try self.store.put($0, .secret, name, document) }
    }

    /// The newest document kept under `name`.
    public func document(_ name: String) throws -> Data? {
        try store.pool.read { try self.store.contents($0, .secret, name) }
    }

    // MARK: Streams on their way in

    /// See ``HeaderOpening/begin(_:recording:)``.
    public func begin(_ upload: UploadID, recording: RecordingID) throws {
        let keys = UploadKeys(recordingKey: Data(Random.bytes(32)))
        try store.pool.write { try self.store.put($0, .upload, upload.description, try self.encode(keys)) }
    }

    func uploadKeys(_ database: Database, _ upload: UploadID) throws -> UploadKeys {
        guard let contents = try store.contents(database, .upload, upload.description) else {
            throw ArchiveError(.storage, "the vault has no keys for upload \(upload)")
        }
        return try decode(UploadKeys.self, contents)
    }

    /// See ``HeaderOpening/keep(headerPart:of:)``.
    public func keep(headerPart: [UInt8], of upload: UploadID) throws {
        guard !headerPart.isEmpty else { return }
        try store.pool.write { database in
            let before = try self.store.contents(database, .headerPart, upload.description) ?? Data()
            try self.store.put(database, .headerPart, upload.description, before + headerPart)
        }
    }

    /// See ``HeaderOpening/headerPart(of:)``.
    public func headerPart(of upload: UploadID) throws -> [UInt8] {
        try store.pool.read { try self.store.contents($0, .headerPart, upload.description) }.map(Array.init) ?? []
    }

    /// See ``HeaderOpening/open(_:length:of:)``.
    public func open(_ header: Header, length: Int, of upload: UploadID) throws -> OpenedStream {
        try store.pool.write { database in
            let (fileKey, used) = try Self.unwrap(header, try self.identities(database))
            let levels = used.map(\.level).reduce(into: [Level]()) { if !$0.contains($1) { $0.append($1) } }
            let opened = OpenedBy(levels: levels, hybrid: header.kinds == [.hybrid], headerLength: length)
            var keys = try self.uploadKeys(database, upload)
            keys.fileKey = fileKey.withUnsafeBytes { Data($0) }
            keys.opened = opened
            try self.store.put(database, .upload, upload.description, try self.encode(keys))
            try self.store.delete(database, .headerPart, upload.description)
            for key in used { try self.noteUse(database, of: key.id) }
            return OpenedStream(fileKey: fileKey, opened: opened)
        }
    }

    /// The file key, and every key of a level that can open the header: a recording's label joins all of their levels
    /// (invariant 10).
    private static func unwrap(_ header: Header, _ candidates: [LevelIdentities]) throws -> (FileKey, [LevelIdentities])
    {
        var found: FileKey?
        var used: [LevelIdentities] = []
        for candidate in candidates {
            do {
                // One kind of recipient is in a header, and never both (DESIGN.md section 5, Recording).
                found = try header.open(with: candidate.identities)
                used.append(candidate)
            } catch  where error.code == .noMatch {
                continue
            } catch {
                throw ArchiveError(.badEncryption, error.message, offset: error.offset.map(Int64.init))
            }
        }
        guard let found else {
            throw ArchiveError(
                .wrongRecipient,
                "no level of this archive can open the header",
                hint: "seal to a recipient that GET /v1/recipients names"
            )
        }
        return (found, used)
    }

    /// See ``HeaderOpening/opened(_:)``.
    public func opened(_ upload: UploadID) throws -> OpenedStream? {
        let keys = try store.pool.read { try self.uploadKeys($0, upload) }
        guard let fileKey = keys.fileKey, let opened = keys.opened else { return nil }
        return OpenedStream(fileKey: try FileKey(bytes: fileKey), opened: opened)
    }

    /// Makes the keys of a stream that the archive seals itself on arrival, durably.
    public func sealHere(_ upload: UploadID, level: Level) throws -> OpenedStream {
        try store.pool.write { database in
            let fileKey = FileKey()
            let opened = OpenedBy(levels: [level], hybrid: false, headerLength: 0)
            var keys = try self.uploadKeys(database, upload)
            keys.fileKey = fileKey.withUnsafeBytes { Data($0) }
            keys.opened = opened
            try self.store.put(database, .upload, upload.description, try self.encode(keys))
            return OpenedStream(fileKey: fileKey, opened: opened)
        }
    }

    /// See ``HeaderOpening/reseal(_:)``.
    public func reseal(_ upload: UploadID) throws -> FileKey {
        try store.pool.write { database in
            let fileKey = FileKey()
            var keys = try self.uploadKeys(database, upload)
            keys.resealingKey = fileKey.withUnsafeBytes { Data($0) }
            try self.store.put(database, .upload, upload.description, try self.encode(keys))
            return fileKey
        }
    }

    /// See ``HeaderOpening/seal(of:recording:)``.
    public func seal(of upload: UploadID, recording: RecordingID) throws -> RecordingSeal {
        let keys = try store.pool.read { try self.uploadKeys($0, upload) }
        return RecordingSeal(recordingKey: keys.recordingKey, recording: recording)
    }

    /// Makes the row of the recording that an upload becomes, durably; repeating it after a crash is no error.
    ///
    /// - Parameter isResealed: whether its payload is the one under the key of ``reseal(_:)``.
    public func commit(
        _ upload: UploadID,
        as recording: RecordingID,
        isResealed: Bool = false,
        nonce: PayloadNonce,
        length: Int,
        digest: Data
    ) throws {
        try store.pool.write { database in
            guard try self.store.contents(database, .recording, recording.description) == nil else { return }
            let keys = try self.uploadKeys(database, upload)
            guard let fileKey = isResealed ? keys.resealingKey : keys.fileKey else {
                throw ArchiveError(.unexpected, "upload \(upload) has no file key to commit")
            }
            let row = RecordingKeys(
                recordingKey: keys.recordingKey,
                fileKey: fileKey,
                nonce: Data(nonce.bytes),
                length: length,
                digest: digest,
                original: isResealed ? keys.fileKey.map(Self.digest) : nil
            )
            try self.store.put(database, .recording, recording.description, try self.encode(row))
        }
    }

    /// Whether `recording` has a row whose payload is what came of `upload`, sealed again.
    public func isResealed(_ upload: UploadID, as recording: RecordingID) throws -> Bool {
        try store.pool.read { database in
            guard let contents = try self.store.contents(database, .upload, upload.description),
                let resealing = try self.decode(UploadKeys.self, contents).resealingKey,
                let keys = try self.recordingKeys(database, recording)
            else { return false }
            return SecretBytes(keys.fileKey) == SecretBytes(resealing)
        }
    }

    /// Deletes the rows of an upload that has become a recording, or never will.
    public func forget(_ upload: UploadID) throws {
        try store.pool.write { database in
            try self.store.delete(database, .upload, upload.description)
            try self.store.delete(database, .headerPart, upload.description)
        }
    }

    /// The uploads that have rows here.
    public func uploads() throws -> [UploadID] {
        try store.pool.read { database in
            try String.fetchAll(
                database.cachedStatement(
                    sql: "SELECT DISTINCT id FROM sealed_row WHERE kind IN ('upload', 'header-part')"
                )
            )
        }.compactMap(UploadID.init)
    }

    // MARK: Recordings

    func recordingKeys(_ database: Database, _ recording: RecordingID) throws -> RecordingKeys? {
        try store.contents(database, .recording, recording.description).map { try decode(RecordingKeys.self, $0) }
    }

    /// Whether the vault still has the keys of a recording.
    public func holdsKeys(of recording: RecordingID) throws -> Bool {
        try store.pool.read { try self.recordingKeys($0, recording) } != nil
    }

    /// What opens the payload of a recording; `gone` where its keys are destroyed.
    public func payloadKeys(of recording: RecordingID) throws -> PayloadKeys {
        guard let keys = try store.pool.read({ try self.recordingKeys($0, recording) }) else { throw Self.gone }
        return try PayloadKeys(keys)
    }

    /// The seals of those of `recordings` whose keys are there, in one read.
    public func seals(of recordings: [RecordingID]) throws -> [RecordingID: RecordingSeal] {
        @Sendable func seals(_ database: Database) throws -> [RecordingID: RecordingSeal] {
            try recordings.reduce(into: [:]) { seals, recording in
                guard let keys = try recordingKeys(database, recording) else { return }
                seals[recording] = RecordingSeal(recordingKey: keys.recordingKey, recording: recording)
            }
        }
        // A transaction costs more than one row. Only where the root key changes in between is one needed.
        if recordings.count == 1, let found = try? store.pool.unsafeRead(seals) { return found }
        return try store.pool.read(seals)
    }

    /// The header of a recording for one access, or the job of one transcriber, and its owner's own key: minted once, then the
    /// same bytes.
    public func header<Kind>(
        of recording: RecordingID,
        for recipient: Recipient,
        access: Identifier<Kind>
    ) throws -> [UInt8] {
        let id = "\(recording)/\(access)"
        if let minted = try store.pool.read({ try self.store.contents($0, .header, id) }) { return Array(minted) }
        return try store.pool.write { database in
            if let minted = try self.store.contents(database, .header, id) { return Array(minted) }
            guard let keys = try self.recordingKeys(database, recording) else { throw Self.gone }
            let header = try Header(fileKey: FileKey(bytes: keys.fileKey), recipients: [recipient]).serialized
            try self.store.put(database, .header, id, Data(header))
            return header
        }
    }

    /// The accesses for which a header was minted, of the whole or of an excerpt, and is still here.
    public func headers() throws -> [(recording: RecordingID, access: AccessID)] {
        try store.pool.read { database in
            try String.fetchAll(
                database.cachedStatement(sql: "SELECT id FROM sealed_row WHERE kind IN ('header', 'excerpt')")
            )
        }.compactMap { id in
            let parts = id.split(separator: "/").map(String.init)
            guard parts.count == 2, let recording = RecordingID(parts[0]), let access = AccessID(parts[1]) else {
                return nil
            }
            return (recording, access)
        }
    }

    /// Deletes the header minted for an access, or a job, that is over, durably, and the key of its excerpt.
    public func forgetHeader<Kind>(of recording: RecordingID, access: Identifier<Kind>) throws {
        try store.pool.write { database in
            for kind in [RowKind.header, .excerpt] { try self.store.delete(database, kind, "\(recording)/\(access)") }
        }
    }

    static let gone = ArchiveError(.gone, "the keys of this recording are destroyed")

    /// Deletes the keys and minted headers of `recordings`, durably, and the keys of ``copies(of:)`` them.
    public func destroyKeysAndCopies(of recordings: [RecordingID]) throws {
        try store.pool.write { database in
            for copy in try self.copies(database, of: recordings).values.joined() {
                try self.store.delete(database, .upload, copy.description)
            }
            try self.destroy(database, recordings)
        }
    }

    /// The uploads that are a copy of one of `recordings` or of a part of it: whatever has its file key.
    public func copies(of recordings: [RecordingID]) throws -> [RecordingID: [UploadID]] {
        try store.pool.read { try self.copies($0, of: recordings) }
    }

    private func copies(_ database: Database, of recordings: [RecordingID]) throws -> [RecordingID: [UploadID]] {
        let uploads = try String.fetchAll(
            database.cachedStatement(sql: "SELECT id FROM sealed_row WHERE kind = 'upload'")
        )
        .compactMap(UploadID.init)
        // Most often nothing is on its way, and nothing in quarantine.
        guard !uploads.isEmpty else { return [:] }
        var owners: [Data: RecordingID] = [:]
        for recording in recordings {
            guard let keys = try recordingKeys(database, recording) else { continue }
            owners[Self.digest(keys.fileKey)] = recording
            if let original = keys.original { owners[original] = recording }
        }
        return try uploads.reduce(into: [:]) { copies, upload in
            guard let key = try uploadKeys(database, upload).fileKey, let owner = owners[Self.digest(key)] else {
                return
            }
            copies[owner, default: []].append(upload)
        }
    }

    /// Tells file keys apart without keeping them.
    private static func digest(_ key: Data) -> Data { Data(SHA256.hash(data: key)) }

    /// Deletes the keys and minted headers of `recordings`, durably. Until ``renewGeneration()`` a copy of the file taken
    /// before can still be opened with the root key.
    public func destroyKeys(of recordings: [RecordingID]) throws {
        try store.pool.write { try self.destroy($0, recordings) }
    }

    private func destroy(_ database: Database, _ recordings: [RecordingID]) throws {
        for recording in recordings {
            try store.delete(database, .recording, recording.description)
            for kind in [RowKind.header, .excerpt] { try store.delete(database, kind, prefix: "\(recording)/") }
        }
    }

    /// Ends a batch of destruction: surviving rows under a new generation key, VACUUM, an empty WAL (invariant 7).
    public func renewGeneration() async throws { try await store.renewGeneration() }
}
