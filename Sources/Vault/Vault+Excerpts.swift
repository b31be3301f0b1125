public import Age
public import ArchiveCore
public import Foundation
import GRDB

/// What seals the excerpt that one access is for.
public struct ExcerptKeys: Sendable {
    /// The header that gives ``fileKey`` to whoever asked.
    public let header: [UInt8]
    /// The key of this one plaintext.
    public let fileKey: FileKey
    /// The nonce of this one plaintext.
    public let nonce: PayloadNonce
}

/// The one row of an access to an excerpt.
private struct ExcerptRow: Codable {
    /// SHA-256 of the plaintext that the key may seal.
    var digest: Data
    var fileKey: Data
    var header: Data
    var nonce: Data
}

extension Vault {
    /// Key, nonce and header of an excerpt for one access and its owner's own key: made once, then the same.
    ///
    /// A request for a part of an excerpt, or for all of it again, seals the same plaintext under the same key and nonce,
    /// which gives the same bytes. Of two plaintexts that must never happen, so the row says by its digest which one its
    /// key is for: should a later version of the program make other bytes of the same seconds, they get a new key.
    ///
    /// - Parameter digest: SHA-256 of all of the plaintext.
    /// - Throws: `gone` where the recording's keys are destroyed.
    public func excerptKeys(
        of recording: RecordingID,
        for recipient: Recipient,
        access: AccessID,
        digest: Data
    ) throws -> ExcerptKeys {
        let id = "\(recording)/\(access)"
        func kept(_ database: Database) throws -> ExcerptKeys? {
            guard let contents = try self.store.contents(database, .excerpt, id) else { return nil }
            let row = try CanonicalJSON.decode(ExcerptRow.self, from: contents)
            guard row.digest == digest else { return nil }
            return ExcerptKeys(
                header: Array(row.header),
                fileKey: try FileKey(bytes: row.fileKey),
                nonce: try PayloadNonce(bytes: row.nonce)
            )
        }
        if let keys = try store.pool.read(kept) { return keys }
        return try store.pool.write { database in
            if let keys = try kept(database) { return keys }
            guard try self.recordingKeys(database, recording) != nil else { throw Self.gone }
            let (fileKey, nonce) = (FileKey(), PayloadNonce())
            let header = try Header(fileKey: fileKey, recipients: [recipient]).serialized
            let row = ExcerptRow(
                digest: digest,
                fileKey: fileKey.withUnsafeBytes { Data($0) },
                header: Data(header),
                nonce: Data(nonce.bytes)
            )
            try self.store.put(database, .excerpt, id, try CanonicalJSON.encode(row))
            return ExcerptKeys(header: header, fileKey: fileKey, nonce: nonce)
        }
    }
}
