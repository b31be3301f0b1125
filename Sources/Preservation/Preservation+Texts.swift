import Age
import ArchiveCore
import BlobStore
import Catalogue
import Crypto
import Foundation
import Vault

/// What a check reads besides the payloads of recordings.
extension Preservation {
    // MARK: Texts

    /// The texts of recordings whose ids begin with `prefix`. Keys after texts: what is destroyed meanwhile has none.
    func recordingTexts(_ prefix: String, _ pace: Pace?) async throws -> [StorageFault] {
        let texts = try await catalogue.read { try $0.sealedTexts(ofRecordingsBeginningWith: prefix) }
        guard !texts.isEmpty else { return [] }
        let keys = try vault.keys(ofRecordingsBeginningWith: prefix)
        let faults = texts.compactMap { text -> StorageFault? in
            guard case .success(let secrets)? = keys[text.recording],
                (try? secrets.seal.open(text.sealed, field: text.field)) == nil
            else { return nil }
            return StorageFault(.descriptionDamaged, text.recording, "its \(text.field) does not open")
        }
        try await pace?.spend(texts.reduce(0) { $0 + $1.sealed.count })
        return faults
    }

    /// The titles of tombstones of recordings whose ids begin with `prefix`. A key that does not open is named as such; at the
    /// end of its time the key goes first, then the title.
    func titles(_ prefix: String, _ pace: Pace?) async throws -> [StorageFault] {
        let titles = try await catalogue.read { try $0.sealedTitles(ofRecordingsBeginningWith: prefix) }
        guard !titles.isEmpty else { return [] }
        let seals = try vault.tombstones(ofRecordingsBeginningWith: prefix)
        var faults: [StorageFault] = []
        for (recording, title) in titles {
            let message: String
            switch seals[recording] {
            case .failure: continue
            case .success(let seal):
                guard (try? seal.open(title.sealed, context: DescribingFields.tombstoneTitle)) == nil else { continue }
                message = "the title does not open"
            case nil:
                guard title.expires > clock.now else { continue }
                message = "the title is kept until later, and its key is not there"
            }
            // It may have been forgotten meanwhile.
            guard try await catalogue.read({ try $0.tombstoneTitle(of: recording) })?.sealed == title.sealed else {
                continue
            }
            faults.append(StorageFault(.textDamaged, "tombstone \(recording)", message))
        }
        try await pace?.spend(titles.reduce(0) { $0 + $1.title.sealed.count })
        return faults
    }

    /// Texts under the archive's own keys, some at a time: a letter that was scanned has megabytes.
    func ownTexts(_ pace: Pace?) async throws -> StorageCheck {
        typealias Page = @Sendable (CatalogueReader, OwnTextPlace?) throws -> ([OwnSealedText], OwnTextPlace?)
        let tables: [(secret: String, page: Page)] = [
            ("destruction lists", { try $0.sealedStatements(after: $1, limit: 20) }),
            ("destruction lists", { try $0.sealedBackdatings(after: $1, limit: 1000) }),
            (DescribingFields.meetingSecret, { try $0.sealedExpectations(after: $1, limit: 1000) }),
            ("directory", { try $0.sealedNames(after: $1, limit: 1000) }),
        ]
        var check = StorageCheck()
        for table in tables {
            var place: OwnTextPlace?
            repeat {
                let (texts, last) = try await catalogue.read { [place] in try table.page($0, place) }
                place = last
                // A key that does not open is named as such.
                guard !texts.isEmpty, let seal = try? vault.seal(table.secret) else { break }
                for text in texts where (try? seal.open(text.sealed, context: text.context)) == nil {
                    check.add(StorageFault(.textDamaged, text.object, "the text does not open"))
                }
                try await pace?.spend(texts.reduce(0) { $0 + $1.sealed.count })
            } while place != nil
        }
        return check
    }

    // MARK: Payloads on their way

    func receivingPayloads(_ pace: Pace?) async throws -> [StorageFault] {
        var faults: [StorageFault] = []
        for row in try await catalogue.read({ try $0.receivingUploads() }) {
            // Keys that do not open are named as such.
            guard let opened = try? vault.opened(row.id), let reader = try blobs.read(.incoming(row.id)) else {
                continue
            }
            guard let chunk = try await badChunk(reader, upTo: row.durable, under: opened.fileKey, pace),
                // It may have become something else meanwhile.
                try await catalogue.read({ try $0.upload(row.id) })?.state == .receiving
            else { continue }
            let message = "chunk \(chunk) of its payload, which was acknowledged, does not open"
            faults.append(StorageFault(.uploadDamaged, row.id.description, message))
        }
        return faults
    }

    /// The first whole chunk among the first `length` bytes that does not open; nil for none.
    private func badChunk(
        _ payload: any BlobReader,
        upTo length: Int,
        under key: FileKey,
        _ pace: Pace?
    ) async throws -> Int? {
        var bad: Int?
        var salvager = PayloadSalvager(fileKey: key)
        try await forEachBlock(of: payload, upTo: min(length, payload.length), pace) { block in
            try salvager.update(block) { piece in
                if case .lost(let index) = piece { bad = bad ?? index }
            }
        }
        return bad
    }

    func quarantinedPayloads(_ pace: Pace?) async throws -> [StorageFault] {
        var faults: [StorageFault] = []
        for row in try await catalogue.read({ try $0.quarantine() }) {
            // One that is not there is named by the other check, or was released.
            guard let reader = try blobs.read(.quarantined(row.upload)) else { continue }
            var digest = SHA256()
            try await forEachBlock(of: reader, upTo: reader.length, pace) { digest.update(bufferPointer: $0) }
            if reader.length == row.bytes, Data(digest.finalize()) == row.digest { continue }
            faults.append(
                StorageFault(.uploadDamaged, row.upload.description, "its payload in quarantine is not what came")
            )
        }
        return faults
    }

    private func forEachBlock(
        of payload: any BlobReader,
        upTo length: Int,
        _ pace: Pace?,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) async throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var position = 0
        while position < length {
            let wanted = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, length - position)])
            let count = try payload.read(into: wanted, at: position)
            guard count > 0 else { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            position += count
            // Others want the processor too.
            if let pace { try await pace.spend(count) } else { await Task.yield() }
        }
    }
}
