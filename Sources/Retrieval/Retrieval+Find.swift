import AccessPolicy
public import ArchiveCore
import AuditLog
public import Catalogue
public import Foundation
import Retention
import Vault

extension Retrieval {
    /// What a caller looks for.
    public struct Query: Codable, Sendable, Hashable {
        /// Only of this level.
        public var level: String?
        /// Only of this unit.
        public var unit: String?
        /// Only of this meeting.
        public var meeting: String?
        /// Only what was made of this.
        public var source: SourceDigest?
        /// Only in this state.
        public var state: RecordingRow.State?
        /// Not before.
        public var since: Date?
        /// Not after.
        public var until: Date?
        /// How many at most, 1 to ``maximumLimit``.
        public var limit: Int

        /// The longest page.
        public static let maximumLimit = 500

        /// Everything visible, `limit` at a time.
        public init(limit: Int = 50) { self.limit = limit }
    }

    /// A page of what was found.
    public struct Page: Sendable {
        /// Newest first.
        public let views: [View]
        /// What brings the next page, for the same caller and query; nil at the end.
        public let next: String?
    }

    /// Recordings that the caller may see and that answer `query`; one entry for each call.
    ///
    /// - Parameter cursor: ``Page/next`` of the page before. It is sealed and bound to its caller and query.
    public func find(_ query: Query, cursor: String?, by caller: Caller) async throws -> Page {
        let request = try PageRequest<Query, RecordingID>(
            "recordings",
            query,
            limit: query.limit,
            cursor: cursor,
            by: caller,
            under: cursors
        )
        let classes = try await visibleClasses(query, to: caller)
        let tag = query.meeting.map { meetings.tag(Data($0.utf8)) }
        let source = query.source.map { sources.tag($0.data) }
        let found = try await catalogue.read { reader in
            var filter = RecordingFilter(classes: classes)
            filter.meeting = tag
            filter.source = source
            filter.state = query.state
            filter.since = query.since
            filter.until = query.until
            filter.after = request.after.map { ($0.position, $0.id) }
            return try reader.recordings(filter, limit: request.count)
        }
        let (page, next) = try request.cut(found) { .init(position: $0.position, id: $0.recording.id) }
        let views = try await told(views(of: page.map(\.recording)), to: caller)
        try await log.record(
            actor: caller.actor,
            action: "recording.list",
            details: [
                "count": String(views.count),
                "query": cursors.tag(try CanonicalJSON.encode(query)).prefix(16).hexadecimal,
            ]
        )
        return Page(views: views, next: next)
    }

    private func visibleClasses(_ query: Query, to caller: Caller) async throws -> [Int64] {
        guard case .allow = policy.decide(question(caller, .find, nil)) else {
            try await log.record(actor: caller.actor, action: "recording.list", decision: .refuse)
            throw ArchiveError(.refused, "role \(caller.principal.role.rawValue) may not look for recordings")
        }
        if let level = query.level { _ = try policy.checked(level: level) }
        let unit = try query.unit.map { try policy.checked(unit: $0) }
        return try await catalogue.read { try $0.classes() }.filter { _, visibility in
            policy.isVisible(visibility, to: caller.principal)
                && (query.level == nil || visibility.label.level.name == query.level)
                && (unit == nil || visibility.unit == unit)
        }.map(\.id)
    }
}
