import AccessPolicy
public import ArchiveCore
import AuditLog
public import Catalogue
import Crypto
public import Foundation

/// What became of what stood on a list, in one number.
struct OutcomeDigest {
    let bytes: Data

    init(_ list: ListID, _ items: [DestructionItem], _ tombstones: [RecordingID: TombstoneRow]) throws {
        let lines = items.filter { $0.outcome != .struck }.map { item in
            ListOutcome.Line(
                recording: item.recording,
                outcome: item.outcome.rawValue,
                reason: item.reason,
                intent: tombstones[item.recording]?.intent,
                gone: tombstones[item.recording]?.gone
            )
        }
        bytes = Data(SHA256.hash(data: try ListOutcome(list: list, items: lines).bytes()))
    }
}

extension RecordsDesk {
    /// Everything that a certificate says, names and proofs aside.
    public struct CertificateFacts: Sendable {
        /// What of an item is said.
        public struct Item: Sendable {
            /// As it stood on the list.
            public let item: DestructionItem
            /// Who could see it.
            public let visibility: VisibilityClass
            /// What is left of it; nil where it was left as it is.
            public let tombstone: TombstoneRow?
            /// Who had received it.
            public let deliveries: [DeliveryRow]
            /// What it was called, where that is kept.
            public internal(set) var title: String?
        }

        /// The list.
        public let view: ListView
        /// What stood on it when it was frozen, by recording.
        public internal(set) var items: [Item]
        /// SHA-256 over what became of them.
        public let outcomes: Data
        /// The join of their labels.
        public let classification: Label
        /// Entries on the list, and their actions, in the order of the log.
        public let entries: [(seq: Int, action: String)]
        /// When the copies of the deleted keys were made noise.
        public let scrubbed: Date?
    }

    /// Deliveries that one certificate names; there are hardly ever more.
    private static let deliveriesOnOne = 50_000
    private static let undecided: Set<String> = ["show", "list", "certificate"]

    /// What a certificate of a list says that has run to its end.
    ///
    /// - Throws: `not-found`; `refused` for who neither proposes nor approves; `conflict` where it is not at its end.
    public func certificateFacts(_ id: ListID, of family: Family, by caller: Caller) async throws -> CertificateFacts {
        let (facts, gone) = try await attempt(family.action("certificate"), on: id.description, by: caller) {
            [self] writer, caller in
            let reader = writer.reader
            let row = try list(id, family, for: [.propose, .approve], to: "certify lists", caller, reader)
            guard row.state == .done else {
                throw ArchiveError(
                    .conflict,
                    "the list is \(row.state.rawValue)",
                    hint: "a certificate is of one that has run to its end"
                )
            }
            let tombstones = try reader.tombstones(of: id)
            let deliveries = try Dictionary(grouping: reader.deliveries(of: id, limit: Self.deliveriesOnOne)) {
                $0.recording
            }
            let all = try reader.items(of: id)
            let items = try all.filter { $0.outcome != .struck }.map { item in
                guard let recording = try reader.recording(item.recording) else { throw ArchiveError.notFound }
                return CertificateFacts.Item(
                    item: item,
                    visibility: recording.visibility,
                    tombstone: tombstones[item.recording],
                    deliveries: deliveries[item.recording] ?? []
                )
            }
            var filter = EntryFilter()
            filter.object = id.description
            filter.decision = .allow
            let entries = try reader.entries(filter, limit: 10_000).filter { entry in
                let verb = entry.columns.action.split(separator: ".").last.map(String.init) ?? ""
                return !Self.undecided.contains(verb)
            }
            let facts = CertificateFacts(
                view: try view(row, reader),
                items: items,
                outcomes: try OutcomeDigest(id, all, tombstones).bytes,
                classification: policy.join(items.map(\.visibility.label)),
                entries: entries.map { ($0.seq, $0.columns.action) },
                scrubbed: try scrubbed(after: entries.last?.seq, reader)
            )
            return (facts, try reader.gone(by: id))
        }
        let titles = try titles(of: gone)
        var titled = facts
        for index in titled.items.indices { titled.items[index].title = titles[titled.items[index].item.recording] }
        return titled
    }

    private func scrubbed(after seq: Int?, _ reader: CatalogueReader) throws -> Date? {
        var filter = EntryFilter()
        filter.action = "destruction.scrub"
        filter.after = seq
        return try reader.entries(filter, limit: 1).first.flatMap { Timestamp.date($0.columns.time) }
    }
}
