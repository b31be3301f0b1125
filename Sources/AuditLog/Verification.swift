import ArchiveCore
import Catalogue
import Foundation
import TransparencyLog

/// What rebuilding the log from its entries found.
public struct Verification: Sendable {
    /// Something that does not agree.
    public struct Fault: Error, Sendable {
        /// The entry, where it is one.
        public let seq: Int?
        /// What about it.
        public let reason: String
    }

    /// Entries read.
    public let size: Int
    /// Merkle root over them, base64.
    public let root: String
    /// Texts that were erased.
    public let erased: Int
    /// The first thing that does not agree; nil for a whole log.
    public let fault: Fault?
}

extension AuditLog {
    private static let batch = 1000

    private struct Progress {
        var tree = TreeFrontier()
        var erased = 0
        var texts = 0
        /// The root at the size of the checkpoint's copy, once that size is reached.
        var rootAtCopy: TreeHash?
    }

    /// Rebuilds the tree from the leaves alone and checks everything else against it: numbers, columns, texts, the signed
    /// head, and the copy of the last checkpoint.
    public func verify() async throws -> Verification {
        // The copy is read first: commits that come meanwhile only add to the log.
        let copy = Result { try copiedCheckpoint() }
        return try await catalogue.read { reader in
            var progress = Progress()
            do {
                try self.replay(reader, copy: try? copy.get(), into: &progress)
                try self.checkHead(reader, progress)
                try self.checkCopy(copy, progress)
                return self.verdict(progress, nil)
            } catch let fault as Verification.Fault {
                return self.verdict(progress, fault)
            }
        }
    }

    private func verdict(_ progress: Progress, _ fault: Verification.Fault?) -> Verification {
        Verification(
            size: progress.tree.size,
            root: progress.tree.root.description,
            erased: progress.erased,
            fault: fault
        )
    }

    private func replay(_ reader: CatalogueReader, copy: Checkpoint?, into progress: inout Progress) throws {
        if copy?.size == 0 { progress.rootAtCopy = progress.tree.root }
        var filter = EntryFilter()
        filter.after = -1
        while true {
            let rows = try reader.entries(filter, limit: Self.batch)
            for row in rows {
                try check(row, expected: progress.tree.size, &progress)
                progress.tree.append(leafBytes: row.leaf)
                if progress.tree.size == copy?.size { progress.rootAtCopy = progress.tree.root }
            }
            guard let last = rows.last else { return }
            filter.after = last.seq
        }
    }

    private func check(_ row: EntryRow, expected: Int, _ progress: inout Progress) throws {
        func fail(_ reason: String) -> Verification.Fault { Verification.Fault(seq: expected, reason: reason) }
        guard row.seq == expected else { throw fail("entry \(expected) is missing") }
        guard let entry = LogEntry(leaf: row.leaf) else { throw fail("the leaf is not a canonical entry") }
        let truth: [(column: String, value: String?)] = [
            ("time", Timestamp.text(entry.time)), ("actor", entry.actor), ("action", entry.action),
            ("object", entry.object), ("decision", entry.decision.rawValue),
        ]
        for (column, value) in truth where row.columns[column] != value {
            throw fail("column \(column) differs from the leaf")
        }
        // A leaf that was changed with all that stands beside it still is not what was hashed into the tree.
        guard TreeHash.leaf(row.leaf).data == row.hash else { throw fail("the leaf differs from its hash") }
        for text in row.texts {
            guard entry.commitments[text.field] == text.commitment else {
                throw fail("a text stands at \(text.field) that the entry does not commit to")
            }
            do { _ = try open(text) } catch { throw fail(error.message) }
        }
        progress.texts += row.texts.count
        progress.erased += entry.commitments.count - row.texts.count
    }

    private func checkHead(_ reader: CatalogueReader, _ progress: Progress) throws {
        let tree = progress.tree
        func fail(_ reason: String) -> Verification.Fault { Verification.Fault(seq: nil, reason: reason) }
        guard try reader.textCount() == progress.texts else {
            throw fail("texts stand beside entries that do not exist")
        }
        let head: Checkpoint
        do {
            guard let note = try reader.headCheckpoint() else {
                guard tree.size == 0 else { throw fail("the log has entries and no signed head") }
                return
            }
            head = try verified(note, as: "the head of the log")
        } catch let error as ArchiveError {
            throw fail(error.message)
        }
        guard head.size == tree.size else {
            throw fail("the head is signed for \(head.size) entries; there are \(tree.size)")
        }
        guard head.root == tree.root else {
            throw fail("the \(tree.size) entries do not hash to the root that the head is signed for")
        }
    }

    private func checkCopy(_ result: Result<Checkpoint, any Error>, _ progress: Progress) throws {
        func fail(_ reason: String) -> Verification.Fault { Verification.Fault(seq: nil, reason: reason) }
        let copy: Checkpoint
        do {
            copy = try result.get()
        } catch let error as ArchiveError {
            throw fail(error.message)
        }
        guard copy.size <= progress.tree.size else {
            throw fail("the last checkpoint was signed for \(copy.size) entries; there are \(progress.tree.size)")
        }
        guard progress.rootAtCopy == copy.root else {
            throw fail("the first \(copy.size) entries are not those of the last checkpoint")
        }
    }
}
