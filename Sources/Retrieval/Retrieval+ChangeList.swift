import AccessPolicy
public import ArchiveCore
import AuditLog
public import Catalogue
import Foundation
import Retention
import Vault

extension Retrieval {
    /// A change of label with its texts opened.
    public struct LabelRequest: Sendable {
        /// As the catalogue has it.
        public let row: RelabellingRow
        /// Where it stands now: what has expired is closed.
        public let state: RelabellingRow.State
        /// Whose label changes; nil where that is no longer there for whoever looks.
        public let recording: View?
        /// Why.
        public let reason: String?
        /// Why it was refused.
        public let refusal: String?
    }

    /// A page of changes of labels.
    public struct LabelRequestPage: Sendable {
        /// The changes.
        public let requests: [LabelRequest]
        /// What brings the next page, for the same caller; nil at the end.
        public let next: String?
    }

    /// Changes of labels of one list; one entry for each call.
    ///
    /// - Parameter limit: 1 to ``Query/maximumLimit``.
    public func labelRequests(
        _ list: RequestList,
        limit: Int,
        cursor: String?,
        by caller: Caller
    ) async throws -> LabelRequestPage {
        let page = try PageRequest<RequestList, RelabellingID>(
            "relabellings",
            list,
            limit: limit,
            cursor: cursor,
            by: caller,
            under: cursors
        )
        let place = page.after.map { (asked: $0.position, id: $0.id) }
        let found = try await catalogue.read { [self] reader in
            switch list {
            case .own: try reader.relabellings(of: caller.principal.id, after: place, limit: page.count)
            case .awaiting: try awaitingChanges(caller, after: place, limit: page.count, reader)
            }
        }
        let (rows, next) = try page.cut(found) { .init(position: Timestamp.text($0.asked), id: $0.id) }
        let requests = try await opened(rows, to: caller)
        try await log.record(
            actor: caller.actor,
            action: "relabelling.list",
            details: ["count": String(requests.count), "list": list.rawValue]
        )
        return LabelRequestPage(requests: requests, next: next)
    }

    func awaitingChanges(
        _ caller: Caller,
        after place: (asked: String, id: RelabellingID)?,
        limit: Int,
        _ reader: CatalogueReader
    ) throws -> [RelabellingRow] {
        let classes = try reader.classes().filter { _, visibility in
            guard policy.isVisible(visibility, to: caller.principal),
                case .allow = policy.decide(question(caller, .approve, visibility))
            else { return false }
            return true
        }.map(\.id)
        guard !classes.isEmpty, let own = try reader.principal(caller.principal.id, at: clock.now)?.person else {
            return []
        }
        var found: [RelabellingRow] = []
        var place = place
        while found.count < limit {
            let rows = try reader.pendingRelabellings(classes: classes, at: clock.now, after: place, limit: limit)
            guard let last = rows.last else { return found }
            found += try rows.filter { try reader.principal($0.principal, at: clock.now)?.person != own }
            place = (Timestamp.text(last.asked), last.id)
        }
        return Array(found.prefix(limit))
    }

    private func opened(_ rows: [RelabellingRow], to caller: Caller) async throws -> [LabelRequest] {
        let now = clock.now
        let recordings = try await catalogue.read { [self] reader in
            try rows.map { row in
                try reader.recording(row.recording).flatMap { visible($0, to: caller, for: .show) ? $0 : nil }
            }
        }
        let there = recordings.compactMap(\.self)
        let views = Dictionary(try views(of: there).map { ($0.row.id, $0) }) { first, _ in first }
        let seals = try vault.seals(of: Array(Set(there.map(\.id))))
        return try zip(rows, recordings).map { row, recording in
            let seal = recording.flatMap { seals[$0.id] }
            func text(_ sealed: Data?, _ field: String) throws -> String? {
                guard let sealed, let seal else { return nil }
                return String(decoding: try seal.open(sealed, field: field), as: UTF8.self)
            }
            let isOver = row.expires <= now || recording?.labelVersion != row.labelVersion
            return LabelRequest(
                row: row,
                state: isOver && row.state == .pending ? .closed : row.state,
                recording: recording.flatMap { views[$0.id] },
                reason: try text(row.reason, Self.reasonField(row.id)),
                refusal: try text(row.refusal, Self.refusalField(row.id))
            )
        }
    }
}
