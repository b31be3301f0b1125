import Age
public import ArchiveCore
import AuditLog
import BlobStore
import Catalogue
import Crypto
import Foundation
import Vault

extension Preservation {
    /// Reads what ``check(by:)`` takes as it is, payloads of recordings aside: every page of the databases, every sealed row
    /// and text, and what is on its way in or in quarantine. It changes nothing.
    ///
    /// Of an upload only whole chunks can be told from others: of those that are acknowledged, a last part that is no chunk
    /// yet is found to be damaged when more comes.
    public func checkContents(by actor: Actor) async throws -> StorageCheck {
        var check = StorageCheck()
        for (path, faults) in [
            (layout.archiveDatabase, try await catalogue.faults()), (layout.vaultDatabase, try await vault.faults()),
        ] {
            for fault in faults { check.add(StorageFault(.database, path, fault)) }
        }
        for row in try vault.damagedRows() { check.add(StorageFault(.keysDamaged, row, "the row does not open")) }
        for fault in try await ownTexts() { check.add(fault) }
        try await withThrowingTaskGroup(of: [StorageFault].self) { group in
            var prefixes = RecordingID.prefixes.makeIterator()
            for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
                guard let prefix = prefixes.next() else { break }
                group.addTask { try await texts(prefix) }
            }
            while let faults = try await group.next() {
                for fault in faults { check.add(fault) }
                guard let prefix = prefixes.next() else { continue }
                group.addTask { try await texts(prefix) }
            }
        }
        for fault in try await receivingPayloads() { check.add(fault) }
        for fault in try await quarantinedPayloads() { check.add(fault) }
        try await log.record(
            actor: actor,
            action: "storage.check",
            details: ["contents": "true", "faults": String(check.faults.count + check.omitted)]
        )
        return check
    }

    // MARK: Texts

    /// The texts of recordings whose ids begin with `prefix`. Keys after texts: what is destroyed meanwhile has none.
    private func texts(_ prefix: String) async throws -> [StorageFault] {
        let texts = try await catalogue.read { try $0.sealedTexts(ofRecordingsBeginningWith: prefix) }
        guard !texts.isEmpty else { return [] }
        let keys = try vault.keys(ofRecordingsBeginningWith: prefix)
        return texts.compactMap { text in
            guard case .success(let secrets)? = keys[text.recording],
                (try? secrets.seal.open(text.sealed, field: text.field)) == nil
            else { return nil }
            return StorageFault(.descriptionDamaged, text.recording, "its \(text.field) does not open")
        }
    }

    private func ownTexts() async throws -> [StorageFault] {
        let (statements, meetings, names) = try await catalogue.read { reader in
            (try reader.sealedStatements(), try reader.sealedExpectations(), try reader.sealedNames())
        }
        var faults: [StorageFault] = []
        for (secret, texts) in [
            ("destruction lists", statements), (DescribingFields.meetingSecret, meetings), ("directory", names),
        ] {
            let seal = try vault.seal(secret)
            for text in texts where (try? seal.open(text.sealed, context: text.context)) == nil {
                faults.append(StorageFault(.textDamaged, text.object, "the text does not open"))
            }
        }
        return faults
    }

    // MARK: Payloads on their way

    private func receivingPayloads() async throws -> [StorageFault] {
        var faults: [StorageFault] = []
        for row in try await catalogue.read({ try $0.receivingUploads() }) {
            // Keys that do not open are named as such.
            guard let opened = try? vault.opened(row.id), let reader = try blobs.read(.incoming(row.id)) else {
                continue
            }
            guard let chunk = try await badChunk(reader, upTo: row.durable, under: opened.fileKey),
                // It may have become something else meanwhile.
                try await catalogue.read({ try $0.upload(row.id) })?.state == .receiving
            else { continue }
            let message = "chunk \(chunk) of its payload, which was acknowledged, does not open"
            faults.append(StorageFault(.uploadDamaged, row.id.description, message))
        }
        return faults
    }

    /// The first whole chunk among the first `length` bytes that does not open; nil for none.
    private func badChunk(_ payload: any BlobReader, upTo length: Int, under key: FileKey) async throws -> Int? {
        var bad: Int?
        var salvager = PayloadSalvager(fileKey: key)
        try await forEachBlock(of: payload, upTo: min(length, payload.length)) { block in
            try salvager.update(block) { piece in
                if case .lost(let index) = piece { bad = bad ?? index }
            }
        }
        return bad
    }

    private func quarantinedPayloads() async throws -> [StorageFault] {
        var faults: [StorageFault] = []
        for row in try await catalogue.read({ try $0.quarantine() }) {
            // One that is not there is named by the other check, or was released.
            guard let reader = try blobs.read(.quarantined(row.upload)) else { continue }
            var digest = SHA256()
            try await forEachBlock(of: reader, upTo: reader.length) { digest.update(bufferPointer: $0) }
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
            await Task.yield()
        }
    }
}
