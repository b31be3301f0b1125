import AccessPolicy
public import ArchiveCore
import AuditLog
public import Catalogue
import Foundation
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

    private struct RequestCursor: Codable {
        var requests: RequestList
        var asked: String
        var id: AccessID
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
        guard (1...Query.maximumLimit).contains(limit) else {
            throw ArchiveError(.badRequest, "limit must be 1 to \(Query.maximumLimit)")
        }
        let place = try cursor.map { try open(requestCursor: $0, list, caller) }
        let rows = try await catalogue.read { [self] reader in
            switch list {
            case .own: try reader.accesses(of: caller.principal.id, after: place, limit: limit + 1)
            case .awaiting: try awaiting(caller, after: place, limit: limit + 1, reader)
            }
        }
        let page = Array(rows.prefix(limit))
        let requests = try await opened(page, to: caller)
        var next: String?
        if rows.count > page.count, let last = page.last {
            let cursor = RequestCursor(requests: list, asked: Timestamp.text(last.asked), id: last.id)
            next = Base32.encode(
                try cursors.seal(CanonicalJSON.encode(cursor), context: caller.principal.id.description)
            )
        }
        try await log.record(
            actor: caller.actor,
            action: "access.list",
            details: ["count": String(requests.count), "list": list.rawValue]
        )
        return RequestPage(requests: requests, next: next)
    }

    private func open(
        requestCursor text: String,
        _ list: RequestList,
        _ caller: Caller
    ) throws(ArchiveError) -> (asked: String, id: AccessID) {
        guard let sealed = Base32.decode(text),
            let opened = try? cursors.open(Data(sealed), context: caller.principal.id.description),
            let cursor = try? CanonicalJSON.decode(RequestCursor.self, from: opened), cursor.requests == list
        else { throw ArchiveError(.badRequest, "this cursor is not of this list") }
        return (cursor.asked, cursor.id)
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
                let person = try reader.principal(row.principal, at: clock.now)?.person
                guard let capacity = try capacity(of: caller, for: row, reader), capacity.person != person,
                    capacity.voice != person
                else { return false }
                let heard = try reader.approvals(of: row.id).flatMap { [$0.person, $0.voice] }
                return !heard.contains(capacity.person) && !heard.contains(capacity.voice)
            }
            place = (Timestamp.text(last.asked), last.id)
        }
        return Array(found.prefix(limit))
    }

    /// One request that the caller made or may decide.
    public func request(_ id: AccessID, by caller: Caller) async throws -> Request {
        let row = try await catalogue.read { [self] reader -> AccessRow? in
            guard let row = try reader.access(id),
                try row.principal == caller.principal.id || capacity(of: caller, for: row, reader) != nil
            else { return nil }
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
                let rules = recording.flatMap { policy.rules(for: $0.visibility.label.level) }
                let given = try rules.map { try approvals(of: row, $0, reader) } ?? 0
                let isThere =
                    try recording.map {
                        try visible($0, to: caller, for: .show) || capacity(of: caller, for: row, reader) != nil
                    } ?? false
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
