import ArchiveCore
import AuditLog
import BlobStore
import Catalogue
import Crypto
import Foundation
import Transcription
import Vault

/// What becomes of transcripts and attachments between one look and the next.
extension Preservation {
    // MARK: Files and rows

    /// Compares what the catalogue has that follows recordings with the files that were found before these rows were read.
    func companionFaults(
        _ rows: [CompanionFile],
        _ files: [RecordingID: [Companion: Int]],
        by actor: Actor
    ) async throws -> [StorageFault] {
        var faults: [StorageFault] = []
        var unknown = files
        for row in rows {
            let found = unknown[row.recording]?.removeValue(forKey: row.companion)
            if let fault = companionFault(row, found), try await isKept(row.recording) { faults.append(fault) }
        }
        for (recording, companions) in unknown where !companions.isEmpty {
            faults += try await unknownCompanions(of: recording, by: actor)
        }
        return faults
    }

    private func companionFault(_ row: CompanionFile, _ listed: Int?) -> StorageFault? {
        let kind = row.companion.kind
        do throws(ArchiveError) {
            let found: Int? =
                if let listed { listed } else { try blobs.length(of: .companion(row.recording, row.companion)) }
            guard let length = found else {
                let message = "\(row.companion) of \(row.size) bytes is not there"
                return StorageFault(.missing(kind), row.recording, message)
            }
            guard length == row.size else {
                let message = "\(row.companion) has \(length) bytes, not \(row.size)"
                return StorageFault(.length(kind), row.recording, message)
            }
            return nil
        } catch {
            return StorageFault(.damaged(kind), row.recording, "\(row.companion): \(error.message)")
        }
    }

    /// Files that follow a recording and have no row.
    ///
    /// The file comes before the row, and who made it is told after both: a crash in between leaves what nobody was told of.
    /// That is removed where it is what the catalogue says was begun, and nobody is keeping it just now, for which its turn is
    /// taken. Anything else may be the only copy of what a newer catalogue than this one knew.
    private func unknownCompanions(of id: RecordingID, by actor: Actor) async throws -> [StorageFault] {
        try await companionTurns.holding([id]) {
            let lying = try blobs.companions(of: id)
            let (isKept, known, begun) = try await catalogue.read { reader in
                (
                    try (reader.recording(id)?.state).isKept, try reader.companions(of: [id]).map(\.companion),
                    try Companion.Kind.allCases.compactMap { try reader.begunCompanion($0, of: id) }
                )
            }
            // What is of no recording, or of one that is gone, is looked at with it.
            guard isKept else { return [] }
            var faults: [StorageFault] = []
            for companion in Set(lying).subtracting(known).sorted() {
                guard let begun = begun.first(where: { $0.companion == companion }), try await isThere(begun)
                else {
                    let message = "\(companion) is not in the catalogue, which may be older"
                    faults.append(StorageFault(.unexpected(companion.kind), id, message))
                    continue
                }
                try blobs.remove(.companion(id, companion))
                try await note(Self.name(of: companion.kind), of: id, by: actor)
                let message = "\(companion) was left by a write that did not end"
                faults.append(StorageFault(.unexpected(companion.kind), id, message, isRepaired: true))
            }
            return faults
        }
    }

    private func isThere(_ begun: CompanionFile) async throws -> Bool {
        guard let reader = try blobs.read(.companion(begun.recording, begun.companion)), reader.length == begun.size
        else { return false }
        var digest = SHA256()
        try await forEachBlock(of: reader, upTo: begun.size, nil) { digest.update(bufferPointer: $0) }
        return Data(digest.finalize()) == begun.digest
    }

    // MARK: Contents

    /// What reading one file that follows a recording found.
    struct CompanionVerdict {
        var companion: Companion
        /// nil where it is whole.
        var fault: StorageFault?
    }

    /// Reads everything that follows a recording, digests it anew and opens it.
    func companionVerdicts(of id: RecordingID, under seal: RecordingSeal, _ pace: Pace?) async throws
        -> [CompanionVerdict]
    {
        var verdicts: [CompanionVerdict] = []
        for row in try await catalogue.read({ try $0.companions(of: [id]) }) {
            var verdict = CompanionVerdict(companion: row.companion)
            // Destruction may have begun while it was read.
            if let fault = try await damage(of: row, under: seal, pace), try await isKept(id) { verdict.fault = fault }
            verdicts.append(verdict)
        }
        return verdicts
    }

    private func damage(of row: CompanionFile, under seal: RecordingSeal, _ pace: Pace?) async throws -> StorageFault? {
        if let fault = companionFault(row, nil) { return fault }
        let problem =
            switch row.companion {
            case .transcript(let revision): try await transcriptDamage(row, revision, under: seal, pace)
            case .attachment(let number): try await attachmentDamage(row, number, under: seal, pace)
            }
        return problem.map { StorageFault(.damaged(row.companion.kind), row.recording, "\(row.companion) \($0)") }
    }

    private func transcriptDamage(
        _ row: CompanionFile,
        _ revision: Int,
        under seal: RecordingSeal,
        _ pace: Pace?
    ) async throws -> String? {
        try await spend(row.size, pace)
        let key = BlobKey.companion(row.recording, row.companion)
        guard let bytes = try? blobs.read(key)?.contents() else { return "cannot be read" }
        guard Data(SHA256.hash(data: bytes)) == row.digest else { return "is not what was kept" }
        guard let opened = try? seal.open(Data(bytes), field: DescribingFields.transcript(revision)) else {
            return "does not open"
        }
        return (try? Transcript(compressed: opened)) == nil ? "opens, and is none" : nil
    }

    private func attachmentDamage(
        _ row: CompanionFile,
        _ number: Int,
        under seal: RecordingSeal,
        _ pace: Pace?
    ) async throws -> String? {
        let sealed = try await catalogue.read { try $0.attachments(of: row.recording, number: number).first?.sealed }
        // Destroyed meanwhile.
        guard let sealed else { return nil }
        guard let opened = try? seal.open(sealed, field: AttachmentFacts.field(number)),
            let facts = try? CanonicalJSON.decode(AttachmentFacts.self, from: opened),
            let keys = try? PayloadKeys(facts, length: row.size, digest: row.digest)
        else { return "has a name and a key that do not open" }
        guard let reader = try? blobs.read(.companion(row.recording, row.companion)) else { return "cannot be read" }
        let chunks = try await PayloadExamination(of: reader, with: keys).damagedChunks { try await spend($0, pace) }
        return chunks.isEmpty ? nil : "is not what was kept: \(chunks.count) of its chunks do not open"
    }

    /// Others want the processor too.
    func spend(_ count: Int, _ pace: Pace?) async throws {
        if let pace { try await pace.spend(count) } else { await Task.yield() }
    }

    /// Damage is an entry when it is found, and when it is gone; what was found before stands in the log.
    func remember(_ verdicts: [CompanionVerdict], of id: RecordingID, _ writer: CatalogueWriter, by actor: Actor) throws
    {
        for verdict in verdicts {
            let wasDamaged = try Self.wasDamaged(verdict.companion, of: id, writer.reader)
            guard wasDamaged != (verdict.fault != nil) else { continue }
            var details = [Self.name(of: verdict.companion.kind): String(verdict.companion.number)]
            details["fault"] = verdict.fault?.kind.rawValue
            try log.append(
                to: writer,
                actor: actor,
                action: verdict.fault == nil ? Self.mended : Self.damaged,
                object: id.description,
                details: details
            )
        }
    }

    private static func wasDamaged(_ companion: Companion, of id: RecordingID, _ reader: CatalogueReader) throws -> Bool
    {
        guard try reader.lastEntry(on: id, action: damaged) != nil else { return false }
        func newest(_ action: String) throws -> Int? {
            var filter = EntryFilter()
            filter.object = id.description
            filter.action = action
            filter.isNewestFirst = true
            return try reader.entries(filter, limit: 10_000).first { entry in
                LogEntry(leaf: entry.leaf)?.details[name(of: companion.kind)] == String(companion.number)
            }?.seq
        }
        guard let found = try newest(damaged) else { return false }
        return try newest(mended).map { $0 < found } ?? true
    }

    /// The action of the entry of damage.
    static let damaged = "storage.damage"
    /// The action of the entry that says that it is gone.
    static let mended = "storage.mended"

    /// What the number of one is called in entries.
    private static func name(of kind: Companion.Kind) -> String {
        switch kind {
        case .transcript: "revision"
        case .attachment: "attachment"
        }
    }
}
