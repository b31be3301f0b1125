public import ArchiveCore
public import Foundation
import GRDB

/// A row of the vault in clear, as a backup of it has it.
public struct VaultRow: Codable, Sendable {
    /// What is in it.
    public let contents: Data
    /// Which of its kind.
    public let id: String
    /// What it holds.
    public let kind: String

    /// A row with these fields.
    public init(contents: Data, id: String, kind: String) {
        self.contents = contents
        self.id = id
        self.kind = kind
    }

    /// The recording that it belongs to, with which it goes; nil for keys of the archive's own.
    public var recording: RecordingID? {
        guard let known = RowKind(rawValue: kind), Vault.ofRecordings.contains(known) else { return nil }
        return RecordingID(String(id.prefix { $0 != "/" }))
    }
}

extension Vault {
    /// What goes with a recording.
    static let ofRecordings = [RowKind.recording, .header, .excerpt]
    /// What the archive has of its own.
    private static let ofArchive = [RowKind.identity, .secret]
    private static let ofThisVault = [VaultStore.rootFactsName, KeyChange.name]

    /// Gives `body` every row that outlives a restart elsewhere, in one consistent view: the keys of the archive and of its
    /// recordings. Keys of streams on their way in are left out, for no backup has what they open, and so is what is known of
    /// the root key, for a vault elsewhere has another.
    ///
    /// - Returns: the rows that do not open.
    public func readAll(_ body: @escaping @Sendable (VaultRow) throws -> Void) async throws -> DamagedRows {
        let store = store
        return try await store.pool.read { database in
            var damaged = DamagedRows()
            for kind in Self.ofArchive + Self.ofRecordings {
                // A row at a time: memory stays flat however many there are.
                try store.forEach(database, kind, prefix: "") { id, contents in
                    switch contents {
                    case .success where kind == .secret && Self.ofThisVault.contains(where: id.hasPrefix): return
                    case .success(let contents): try body(VaultRow(contents: contents, id: id, kind: kind.rawValue))
                    case .failure: damaged.add(kind, id)
                    }
                }
            }
            return damaged
        }
    }

    /// Puts rows of a backup into this vault, durably.
    ///
    /// - Throws: `storage` where one is of a kind that this program does not know.
    public func putBack(_ rows: [VaultRow]) throws {
        try store.pool.write { database in
            for row in rows {
                guard let kind = RowKind(rawValue: row.kind), (Self.ofArchive + Self.ofRecordings).contains(kind) else {
                    throw ArchiveError(
                        .storage,
                        "the backup of the vault has a row of the kind \(row.kind.prefix(40).debugDescription)",
                        hint: "use the version of Risalah that wrote it, or a newer one"
                    )
                }
                try self.store.put(database, kind, row.id, row.contents)
            }
        }
    }
}
