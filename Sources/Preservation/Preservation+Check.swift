import Age
public import ArchiveCore
import AuditLog
import BlobStore
import Catalogue
import Foundation
import Vault

extension Preservation {
    /// Compares catalogue, vault, payloads, transcripts, attachments, search index and log with each other, without reading a payload; the service goes
    /// on meanwhile.
    ///
    /// What is certain is put right, each with an entry: keys, payloads, transcripts and attachments that a destruction left, which says
    /// that they are gone, revisions that a crash left before anybody was told of them, jobs that nobody ends, and temporary
    /// files. Nothing that may be the only copy of anything is removed, and no key whose payload
    /// exists (DESIGN.md invariant 3).
    public func check(by actor: Actor) async throws -> StorageCheck {
        var check = StorageCheck()
        try await withThrowingTaskGroup(of: StorageCheck.self) { group in
            var prefixes = RecordingID.prefixes.makeIterator()
            for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
                guard let prefix = prefixes.next() else { break }
                group.addTask { try await recordings(prefix, actor) }
            }
            while let part = try await group.next() {
                check.add(part)
                guard let prefix = prefixes.next() else { continue }
                group.addTask { try await recordings(prefix, actor) }
            }
        }
        for fault in try await uploads() { check.add(fault) }
        for fault in try await jobs(by: actor) { check.add(fault) }
        for fault in try await strays(by: actor) { check.add(fault) }
        let verification = try await log.verify()
        check.entries = verification.size
        if let fault = verification.fault {
            check.add(StorageFault(.log, fault.seq.map { "entry \($0)" } ?? "log", fault.reason))
        }
        try await log.record(
            actor: actor,
            action: Self.checked,
            details: [
                "recordings": String(check.recordings),
                "faults": String(check.faults.count { !$0.isRepaired } + check.omitted),
                "repaired": String(check.faults.count(where: \.isRepaired)),
            ]
        )
        return check
    }

    // MARK: Recordings

    /// Compares everything whose id begins with `prefix`.
    ///
    /// The catalogue is read last: payload and keys of what it has by then were durable before (invariant 3). What goes
    /// or comes meanwhile is looked at once more before it is called a fault.
    private func recordings(_ prefix: String, _ actor: Actor) async throws -> StorageCheck {
        var check = StorageCheck()
        let payloads = try blobs.recordings(beginningWith: prefix)
        let companions = try blobs.companions(beginningWith: prefix)
        let keys = try vault.keys(ofRecordingsBeginningWith: prefix)
        let (rows, following) = try await catalogue.read { reader in
            (try reader.storedFacts(beginningWith: prefix), try reader.companions(beginningWith: prefix))
        }
        for row in rows {
            switch row.state {
            case .stored, .incomplete:
                check.recordings += 1
                check.bytes += row.size
                if let fault = payloadFault(row, payloads[row.id]), try await isKept(row.id) { check.add(fault) }
                if let fault = try keysFault(row, keys[row.id]), try await isKept(row.id) { check.add(fault) }
            case .destroying:
                // Retention finishes it.
                continue
            case .destroyed, .transferred:
                guard payloads[row.id] != nil || keys[row.id] != nil || companions[row.id] != nil else { continue }
                for fault in try await removeLeft(of: row.id, by: actor) { check.add(fault) }
            }
        }
        for fault in try await companionFaults(following, companions, by: actor) { check.add(fault) }
        for difference in try await index.mend(beginningWith: prefix) {
            check.add(StorageFault(.indexStale, difference.recording, difference.message, isRepaired: true))
        }
        let known = Set(rows.map(\.id))
        let unknown = Set(payloads.keys).union(keys.keys).union(companions.keys).subtracting(known)
        for id in unknown.sorted(by: { $0.description < $1.description }) {
            for fault in try await unexpected(id) { check.add(fault) }
        }
        return check
    }

    /// Whether a recording is one that is kept, now.
    func isKept(_ id: RecordingID) async throws -> Bool {
        try await catalogue.read { try $0.recording(id)?.state }.isKept
    }

    private func payloadFault(_ row: StoredFacts, _ listed: Int?) -> StorageFault? {
        do throws(ArchiveError) {
            let found: Int? = if let listed { listed } else { try blobs.length(of: .recording(row.id)) }
            guard let length = found else {
                return StorageFault(.payloadMissing, row.id, "its payload of \(row.size) bytes is not there")
            }
            guard length == row.size else {
                return StorageFault(.payloadLength, row.id, "its payload has \(length) bytes, not \(row.size)")
            }
            return nil
        } catch {
            return StorageFault(.payloadDamaged, row.id, error.message)
        }
    }

    private func keysFault(_ row: StoredFacts, _ listed: Result<RecordingSecrets, ArchiveError>?) throws
        -> StorageFault?
    {
        guard let found = try listed ?? vault.keys(of: row.id) else {
            return StorageFault(.keysMissing, row.id, "the vault has no keys of it")
        }
        do {
            let secrets = try found.get()
            let keys = secrets.keys
            guard keys.digest == row.digest, keys.length == row.size, Data(keys.nonce.bytes) == row.nonce else {
                return StorageFault(
                    .keysDamaged,
                    row.id,
                    "the vault's keys are of another payload than the catalogue's"
                )
            }
            guard let sealed = row.sealed, (try? secrets.seal.open(sealed, field: DescribingFields.field)) != nil else {
                return StorageFault(.descriptionDamaged, row.id, "what describes it does not open")
            }
            return nil
        } catch {
            return StorageFault(.keysDamaged, row.id, "its keys do not open: \(error.message)")
        }
    }

    /// What is there of a recording that the catalogue does not have.
    private func unexpected(_ id: RecordingID) async throws -> [StorageFault] {
        let (row, isExpected) = try await catalogue.read { reader in
            (try reader.recording(id), try reader.isExpected(id))
        }
        guard row == nil, !isExpected else { return [] }
        var faults: [StorageFault] = []
        let (hasPayload, hasKeys) = (try blobs.length(of: .recording(id)) != nil, try vault.keys(of: id) != nil)
        if hasPayload {
            let message = "a payload without a recording" + (hasKeys ? "; its keys are there" : " and without keys")
            faults.append(StorageFault(.payloadUnexpected, id, message))
        }
        if hasKeys {
            let message =
                "keys without a recording" + (hasPayload ? "; its payload is there" : " and without a payload")
            faults.append(StorageFault(.keysUnexpected, id, message))
        }
        for companion in try blobs.companions(of: id) {
            let message = "\(companion) is there without a recording"
            faults.append(StorageFault(.unexpected(companion.kind), id, message))
        }
        return faults
    }

    /// Finishes a destruction whose end is in the catalogue: first the payload and what follows it, which are noise if their keys are
    /// gone; keys only where nothing is left that they could open.
    private func removeLeft(of id: RecordingID, by actor: Actor) async throws -> [StorageFault] {
        let hasKeys = try vault.keys(of: id) != nil
        var left: [(kind: StorageFault.Kind, what: String, keys: [BlobKey])] = []
        if try blobs.length(of: .recording(id)) != nil { left.append((.payloadLeft, "payload", [.recording(id)])) }
        for (kind, companions) in Dictionary(grouping: try blobs.companions(of: id), by: \.kind)
            .sorted(by: { $0.value[0] < $1.value[0] })
        {
            left.append((.left(kind), kind.rawValue, companions.map { .companion(id, $0) }))
        }
        if hasKeys, !left.isEmpty {
            let names = left.map(\.what).joined(separator: " and ")
            let message = "it was destroyed, and keys and \(names) are there: Storage was put back in part"
            return ([.keysLeft] + left.map(\.kind)).map { StorageFault($0, id, message) }
        }
        if hasKeys {
            try await catalogue.write { try $0.markUnscrubbed() }
            try vault.destroyKeysAndCopies(of: [id])
            try await note("keys", of: id, by: actor)
            return [StorageFault(.keysLeft, id, "its keys were left by its destruction", isRepaired: true)]
        }
        var faults: [StorageFault] = []
        for (kind, what, keys) in left {
            try blobs.remove(keys)
            try await note(what, of: id, by: actor)
            faults.append(StorageFault(kind, id, "its \(what) was left by its destruction", isRepaired: true))
        }
        return faults
    }

    func note(_ what: String, of id: RecordingID, by actor: Actor) async throws {
        try await log.record(
            actor: actor,
            action: Self.repaired,
            object: id.description,
            details: ["removed": what]
        )
    }

    /// The action of every repair.
    static let repaired = "storage.repair"

    // MARK: Uploads

    private func uploads() async throws -> [StorageFault] {
        let (receiving, waiting) = try await catalogue.read { reader in
            (try reader.receivingUploads(), try reader.quarantine())
        }
        var faults: [StorageFault] = []
        // After the rows: keys come before them.
        let kept = Set(try vault.uploads())
        for row in receiving {
            guard let message = try uploadFault(row, hasKeys: kept.contains(row.id)) else { continue }
            // It may have become a recording, or failed, since.
            guard try await catalogue.read({ try $0.upload(row.id) })?.state == .receiving else { continue }
            faults.append(StorageFault(.uploadDamaged, row.id.description, message))
        }
        for row in waiting {
            let length = try blobs.length(of: .quarantined(row.upload))
            guard length == nil || !kept.contains(row.upload) else { continue }
            guard try await catalogue.read({ try $0.quarantine() }).contains(where: { $0.upload == row.upload }) else {
                continue
            }
            let message = "in quarantine without its " + (length == nil ? "payload" : "keys")
            faults.append(StorageFault(.uploadDamaged, row.upload.description, message))
        }
        return faults
    }

    private func uploadFault(_ row: UploadRow, hasKeys: Bool) throws -> String? {
        // Wherever it has come to on its way.
        let places: [BlobKey] = [.incoming(row.id), .recording(row.recording), .quarantined(row.id)]
        let length = try places.lazy.compactMap { try blobs.length(of: $0) }.first ?? 0
        guard length >= row.durable else {
            return "its payload has \(length) bytes, and \(row.durable) were acknowledged"
        }
        return hasKeys ? nil : "the vault has no keys of it"
    }

    // MARK: Files

    private func strays(by actor: Actor) async throws -> [StorageFault] {
        var faults = try blobs.strays().map { StorageFault(.fileUnexpected, $0, "none of the archive's files") }
        for name in try files.names(in: layout.storage) {
            let path = "\(layout.storage)/\(name)"
            if layout.isOwn(path) { continue }
            guard path == "\(layout.checkpoint).tmp" else {
                faults.append(StorageFault(.fileUnexpected, path, "none of the archive's files"))
                continue
            }
            // Within a transaction, in which nobody writes a checkpoint.
            let isLeft = try await catalogue.write { [files] _ in
                guard try files.length(path) != nil else { return false }
                try files.remove(path, label: "check.remove-temporary")
                return true
            }
            guard isLeft else { continue }
            faults.append(StorageFault(.temporaryLeft, path, "left by a write that did not end", isRepaired: true))
        }
        return faults
    }
}
