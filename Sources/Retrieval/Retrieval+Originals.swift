import AccessPolicy
public import ArchiveCore
import AuditLog
public import Catalogue
public import Foundation
import Vault

extension Retrieval {
    /// What there is to be stated of files that recordings were made of.
    public struct OriginalFacts: Sendable {
        /// A recording that is there whole.
        public struct Item: Sendable {
            /// As the catalogue has it.
            public let row: RecordingRow
            /// What it was made of, by the word of its sender.
            public let source: OriginalSource
            /// When its payload was read last, whole.
            public let checked: Date
        }

        /// Why nothing is stated of a recording.
        public enum Omission: Sendable {
            /// It is not there, or not the caller's to know.
            case notFound
            /// It came without its end.
            case incomplete
            /// Not all of it opened when it was read last.
            case damaged
            /// Nobody said what it was made of.
            case noSource
            /// It was not read since it was stored.
            case unread
        }

        /// In the order of the question.
        public internal(set) var items: [Item] = []
        /// In the order of the question.
        public internal(set) var omitted: [(recording: RecordingID, reason: Omission)] = []
        /// The join of the labels of the items.
        public internal(set) var classification: Label
    }

    /// Recordings that one statement can be asked about (DESIGN.md invariant 14).
    public static let originalsAtOnce = 100

    /// Those of `recordings` that a statement could name, so that they can be read again before it is made; nothing that
    /// the caller does not see is among them.
    public func statable(_ recordings: [RecordingID], by caller: Caller) async throws -> [RecordingID] {
        guard (1...Self.originalsAtOnce).contains(recordings.count) else {
            throw ArchiveError(.badRequest, "a statement is about 1 to \(Self.originalsAtOnce) recordings")
        }
        return try await catalogue.read { [self] reader in
            try recordings.filter { id in
                try reader.recording(id).map { $0.state == .stored && visible($0, to: caller, for: .show) } ?? false
            }
        }
    }

    /// States what there is of the files that `recordings` were made of. Facts and the entry that names the statement are one
    /// transaction.
    ///
    /// - Parameters:
    ///   - read: those that were read just now, whatever the clock says of it.
    ///   - make: makes the statement, and its SHA-256 in hex.
    /// - Returns: the statement, and the place of its entry in the log.
    /// - Throws: `refused` for who may not see descriptions at all.
    public func certifyOriginals<Statement: Sendable>(
        _ recordings: [RecordingID],
        read: Set<RecordingID>,
        by caller: Caller,
        as make: @escaping @Sendable (OriginalFacts) throws -> (statement: Statement, digest: String)
    ) async throws -> (statement: Statement, entry: Int) {
        let outcome = try await log.write(by: caller) { [self] writer, caller -> (Statement, Int)? in
            let action = "originals.certificate"
            guard policy.rules(for: caller.principal.role).actions.contains(.show) else {
                try log.append(to: writer, actor: caller.actor, action: action, decision: .refuse)
                return nil
            }
            let facts = try originalFacts(of: recordings, read, caller, writer.reader)
            let (statement, digest) = try make(facts)
            let entry = try log.append(
                to: writer,
                actor: caller.actor,
                action: action,
                label: facts.items.isEmpty ? nil : facts.classification,
                details: [
                    "sha256": digest, "count": String(facts.items.count), "omitted": String(facts.omitted.count),
                ]
            )
            return (statement, entry)
        }
        guard let outcome else {
            throw ArchiveError(.refused, "role \(caller.principal.role.rawValue) may not see what describes recordings")
        }
        return outcome
    }

    private func originalFacts(
        of recordings: [RecordingID],
        _ read: Set<RecordingID>,
        _ caller: Caller,
        _ reader: CatalogueReader
    ) throws -> OriginalFacts {
        var facts = OriginalFacts(classification: policy.join([]))
        var seen: Set<RecordingID> = []
        for id in recordings where seen.insert(id).inserted {
            let row = try reader.recording(id).flatMap { visible($0, to: caller, for: .show) ? $0 : nil }
            guard let row, let view = try views(of: [row]).first, let check = try reader.payloadCheck(of: id) else {
                facts.omitted.append((id, .notFound))
                continue
            }
            if row.state != .stored {
                facts.omitted.append((id, .incomplete))
            } else if check.damagedChunks > 0 {
                facts.omitted.append((id, .damaged))
            } else if check.isUnread, !read.contains(id) {
                facts.omitted.append((id, .unread))
            } else if let source = view.fields.source {
                facts.items.append(.init(row: row, source: source, checked: check.checked))
            } else {
                facts.omitted.append((id, .noSource))
            }
        }
        facts.classification = policy.join(facts.items.map(\.row.visibility.label))
        return facts
    }
}
