import AccessPolicy
public import ArchiveCore
import AuditLog
public import Catalogue
import Foundation
import Retention
import Vault

extension Retrieval {
    /// A request to open a recording, with its texts opened.
    public struct Request: Sendable {
        /// As the catalogue has it.
        public let row: AccessRow
        /// Where it stands now: what has expired is closed.
        public let state: AccessRow.State
        /// What it opens; nil where that is no longer there for whoever looks.
        public let recording: View?
        /// What for.
        public let purpose: String?
        /// Why it was refused.
        public let refusal: String?
        /// How many persons have to agree.
        public let needed: Int
        /// How many have, of those that count.
        public let given: Int
        /// In which role.
        public let role: Role?
    }

    /// A page of requests.
    public struct RequestPage: Sendable {
        /// The requests.
        public let requests: [Request]
        /// What brings the next page, for the same caller; nil at the end.
        public let next: String?
    }

    /// Which list of requests.
    public enum RequestList: String, Codable, Sendable {
        /// The caller's own, in any state, the newest first.
        case own
        /// Those that wait for the caller to decide, the oldest first.
        case awaiting
    }

    /// Requests of one list; one entry for each call.
    ///
    /// - Parameter limit: 1 to ``Query/maximumLimit``.
    public func requests(
        _ list: RequestList,
        limit: Int,
        cursor: String?,
        by caller: Caller
    ) async throws -> RequestPage {
        let page = try PageRequest<RequestList, AccessID>(
            "accesses",
            list,
            limit: limit,
            cursor: cursor,
            by: caller,
            under: cursors
        )
        let place = page.after.map { (asked: $0.position, id: $0.id) }
        let found = try await catalogue.read { [self] reader in
            switch list {
            case .own: try reader.accesses(of: caller.principal.id, after: place, limit: page.count)
            case .awaiting: try awaiting(caller, after: place, limit: page.count, reader)
            }
        }
        let (rows, next) = try page.cut(found) { .init(position: Timestamp.text($0.asked), id: $0.id) }
        let requests = try await opened(rows, to: caller)
        try await log.record(
            actor: caller.actor,
            action: "access.list",
            details: ["count": String(requests.count), "list": list.rawValue]
        )
        return RequestPage(requests: requests, next: next)
    }

    /// How many requests wait for the caller; counted up to a hundred.
    public func awaitingCount(_ caller: Caller) async throws -> Int {
        try await catalogue.read { [self] reader in
            let accesses = try awaiting(caller, after: nil, limit: 100, reader).count
            return try min(100, accesses + awaitingChanges(caller, after: nil, limit: 100, reader).count)
        }
    }

    private func awaiting(
        _ caller: Caller,
        after place: (asked: String, id: AccessID)?,
        limit: Int,
        _ reader: CatalogueReader
    ) throws -> [AccessRow] {
        let capacities = try capacities(of: caller, reader)
        let classes = try reader.classes().filter { _, visibility in
            capacities.contains { mayDecide($0, visibility) }
        }.map(\.id)
        guard !classes.isEmpty else { return [] }
        var found: [AccessRow] = []
        var place = place
        while found.count < limit {
            let rows = try reader.pendingAccesses(classes: classes, at: clock.now, after: place, limit: limit)
            guard let last = rows.last else { return found }
            found += try rows.filter { row in
                guard let capacity = try capacity(of: caller, for: row, reader) else { return false }
                let heard = try reader.approvals(of: row.id).flatMap { [$0.person, $0.voice] }
                return !heard.contains(capacity.person) && !heard.contains(capacity.voice)
            }
            place = (Timestamp.text(last.asked), last.id)
        }
        return Array(found.prefix(limit))
    }

    /// One request that the caller made or may decide; one entry for each call.
    public func request(_ id: AccessID, by caller: Caller) async throws -> Request {
        let row = try await catalogue.write { [self] writer -> AccessRow? in
            let reader = writer.reader
            let row = try reader.access(id).flatMap { row in
                try row.principal == caller.principal.id || capacity(of: caller, for: row, reader) != nil ? row : nil
            }
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "access.show",
                object: row?.recording.description,
                decision: row == nil ? .refuse : .allow,
                details: ["access": id.description]
            )
            return row
        }
        guard let row, let request = try await opened([row], to: caller).first else { throw ArchiveError.notFound }
        return request
    }

    private func opened(_ rows: [AccessRow], to caller: Caller) async throws -> [Request] {
        let now = clock.now
        let facts = try await catalogue.read { [self] reader in
            try rows.map { row in
                let recording = try reader.recording(row.recording)
                let isThere =
                    try recording.map {
                        try visible($0, to: caller, for: .show) || capacity(of: caller, for: row, reader) != nil
                    } ?? false
                // What the label of one that is hidden by now asks for would tell of it.
                let rules = isThere ? recording.flatMap { policy.rules(for: $0.visibility.label.level) } : nil
                let given = try rules.map { try approvals(of: row, $0, reader) } ?? 0
                return (recording: isThere ? recording : nil, rules: rules, given: given)
            }
        }
        let there = facts.compactMap(\.recording)
        let views = Dictionary(try views(of: there).map { ($0.row.id, $0) }) { first, _ in first }
        let seals = try vault.seals(of: Array(Set(there.map(\.id))))
        return try zip(rows, facts).map { row, facts in
            let seal = facts.recording.flatMap { seals[$0.id] }
            func text(_ sealed: Data?, _ field: String) throws -> String? {
                guard let sealed, let seal else { return nil }
                return String(decoding: try seal.open(sealed, field: field), as: UTF8.self)
            }
            let isOver = row.expires <= now || facts.recording?.labelVersion != row.binding.labelVersion
            return Request(
                row: row,
                state: isOver && [.pending, .open].contains(row.state) ? .closed : row.state,
                recording: facts.recording.flatMap { views[$0.id] },
                purpose: try text(row.sealed, Self.purposeField(row.id)),
                refusal: try text(row.refusal, Self.refusalField(row.id)),
                needed: facts.rules?.approvals.count ?? 0,
                given: facts.given,
                role: facts.rules?.approvals.role
            )
        }
    }
}
