import AccessPolicy
public import ArchiveCore
import AuditLog
public import Catalogue
public import Foundation
import Retention
import Vault

extension Retrieval {
    /// A meeting that was announced, as its caller may see it.
    public struct Announcement: Sendable {
        /// As the catalogue has it.
        public let row: ExpectationRow
        /// The meeting's name.
        public let meeting: String
        /// Whether its time is over and no recording is there, nor on its way, that the caller may know of.
        public let isMissing: Bool
    }

    /// Which announcements a caller looks for.
    public struct AnnouncementQuery: Codable, Sendable, Hashable {
        /// Only meetings that are missing.
        public var missing = false
        /// Not beginning before.
        public var since: Date?
        /// Not beginning after.
        public var until: Date?
        /// How many at most, 1 to ``Query/maximumLimit``.
        public var limit = 50

        /// Everything visible.
        public init() {}
    }

    /// A page of announcements.
    public struct AnnouncementPage: Sendable {
        /// The latest first.
        public let announcements: [Announcement]
        /// What brings the next page, for the same caller and query; nil at the end.
        public let next: String?
    }

    /// How long after its announced end a meeting without a recording is not missing yet.
    public static let grace: TimeInterval = 15 * 60
    /// The longest meeting that can be announced.
    public static let longestMeeting: TimeInterval = 7 * 86_400
    private static let longestName = 500
    private static let settledAtOnce = 100

    // MARK: Announcing

    /// Announces a meeting; announcing the same again changes nothing.
    ///
    /// - Throws: `refused` where the caller may not announce under this label and unit; `bad-metadata` or `unknown-name`.
    public func announce(
        _ meeting: String,
        label: Label,
        unit: String,
        starts: Date,
        duration: TimeInterval,
        by caller: Caller
    ) async throws -> Announcement {
        guard (1...Self.longestName).contains(meeting.utf8.count),
            meeting.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else {
            throw ArchiveError(
                .badMetadata,
                "a meeting's name has 1 to \(Self.longestName) bytes and no control characters"
            )
        }
        guard duration > 0, duration <= Self.longestMeeting else {
            throw ArchiveError(.badMetadata, "a meeting lasts up to \(Int(Self.longestMeeting)) seconds, and some")
        }
        let visibility = VisibilityClass(
            label: try policy.checked(label: label),
            unit: try policy.checked(unit: unit)
        )
        let decision = policy.decide(question(caller, .expect, visibility, purposeGiven: true))
        guard case .allow = decision else {
            try await log.record(actor: caller.actor, action: "meeting.expect", decision: .refuse)
            throw ArchiveError(.refused, decision.reasons.map(\.text).joined(separator: "; "))
        }
        let id = ExpectationID()
        let row = ExpectationRow(
            id: id,
            visibility: visibility,
            meeting: meetings.tag(Data(meeting.utf8)),
            sealed: try meetings.seal(Data(meeting.utf8), context: id.description),
            starts: starts,
            ends: starts.addingTimeInterval(duration),
            announced: clock.now
        )
        let kept = try await log.write(by: caller) { [log] writer, caller -> ExpectationRow in
            let kept = try writer.insert(row, by: caller.principal.id)
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "meeting.expect",
                object: kept.description,
                label: visibility.label,
                details: [
                    "unit": visibility.unit, "starts": Timestamp.text(row.starts), "ends": Timestamp.text(row.ends),
                ]
            )
            return try writer.reader.expectation(kept)?.expectation ?? row
        }
        // Whether it is recorded already is for lists to say, which look at what the caller may see.
        return Announcement(row: kept, meeting: meeting, isMissing: false)
    }

    // MARK: Finding

    /// Announcements that the caller may see and that answer `query`; one entry for each call.
    ///
    /// Recordings that the caller may not know of do not count: else an announcement would be a question about them. A
    /// stream on its way has no label yet and counts for those only who may see everything (DESIGN.md invariant 10).
    ///
    /// - Parameter underWay: gives the streams on their way; asked where that makes a difference.
    public func announcements(
        _ query: AnnouncementQuery,
        cursor: String?,
        underWay: @Sendable () async throws -> [MeetingUnderWay],
        by caller: Caller
    ) async throws -> AnnouncementPage {
        let request = try PageRequest<AnnouncementQuery, ExpectationID>(
            "meetings",
            query,
            limit: query.limit,
            cursor: cursor,
            by: caller,
            under: cursors
        )
        guard case .allow = policy.decide(question(caller, .find, nil)) else {
            try await log.record(actor: caller.actor, action: "meeting.list", decision: .refuse)
            throw ArchiveError(.refused, "role \(caller.principal.role.rawValue) may not look for meetings")
        }
        let over = clock.now.addingTimeInterval(-Self.grace)
        let found = try await catalogue.read { [self] reader in
            var filter = ExpectationFilter(classes: try visibleClasses(reader, to: caller))
            filter.missingSince = query.missing ? over : nil
            filter.since = query.since
            filter.until = query.until
            filter.after = request.after.map { ($0.position, $0.id) }
            return try reader.expectations(filter, limit: request.count)
        }
        let (page, next) = try request.cut(found) {
            .init(position: Timestamp.text($0.expectation.starts), id: $0.expectation.id)
        }
        let candidates = page.contains { !$0.isRecorded && $0.expectation.ends <= over }
        let streams = candidates ? try await underWay().filter { sees($0, caller) } : []
        let announcements = try page.map { row, isRecorded in
            Announcement(
                row: row,
                meeting: String(decoding: try meetings.open(row.sealed, context: row.id.description), as: UTF8.self),
                isMissing: !isRecorded && row.ends <= over && !streams.contains { $0.isOf(row) }
            )
        }.filter { !query.missing || $0.isMissing }
        try await log.record(
            actor: caller.actor,
            action: "meeting.list",
            details: [
                "count": String(announcements.count),
                "query": cursors.tag(try CanonicalJSON.encode(query)).prefix(16).hexadecimal,
            ]
        )
        return AnnouncementPage(announcements: announcements, next: next)
    }

    private func visibleClasses(_ reader: CatalogueReader, to caller: Caller) throws -> [Int64] {
        try reader.classes().filter { policy.isVisible($0.visibility, to: caller.principal) }.map(\.id)
    }

    /// Whether the caller may know of a stream that has no label yet.
    private func sees(_ stream: MeetingUnderWay, _ caller: Caller) -> Bool {
        let top = Label(policy.highest, compartments: policy.compartments)
        return policy.isVisible(VisibilityClass(label: top, unit: stream.unit), to: caller.principal)
    }

    // MARK: What was announced of a recording

    /// `views` with the announcements of their meetings that the caller may see.
    func announced(_ views: [View], to caller: Caller) async throws -> [View] {
        let ids = views.filter { $0.row.meeting != nil }.map(\.row.id)
        guard !ids.isEmpty else { return views }
        let found = try await catalogue.read { [self] reader in
            try reader.announcements(of: ids, classes: visibleClasses(reader, to: caller))
        }
        return views.map { view in
            var view = view
            view.announced = found[view.row.id]?.span
            view.late = found[view.row.id]?.late
            return view
        }
    }

    // MARK: Missing

    /// Looks at the announced meetings whose time is over, and makes one entry for each that has no recording, nor one
    /// on its way.
    public func noteMissing(underWay: @Sendable () async throws -> [MeetingUnderWay]) async throws {
        let over = clock.now.addingTimeInterval(-Self.grace)
        let found = try await catalogue.read { try $0.unsettledExpectations(endedBy: over, limit: Self.settledAtOnce) }
        guard !found.isEmpty else { return }
        let streams = found.allSatisfy(\.isRecorded) ? [] : try await underWay()
        for (row, isRecorded) in found where isRecorded || !streams.contains(where: { $0.isOf(row) }) {
            try await catalogue.write { [log] writer in
                // Read again: a recording may have come since, or the announcement gone with one.
                guard let current = try writer.reader.expectation(row.id), try writer.settle(row.id),
                    !current.isRecorded
                else { return }
                try log.append(
                    to: writer,
                    actor: .service,
                    action: "meeting.missing",
                    object: row.id.description,
                    label: row.visibility.label,
                    details: [
                        "unit": row.visibility.unit, "starts": Timestamp.text(row.starts),
                        "ends": Timestamp.text(row.ends),
                    ]
                )
            }
        }
    }
}

extension MeetingUnderWay {
    /// Whether the stream may be of this announced meeting, which is over.
    fileprivate func isOf(_ row: ExpectationRow) -> Bool { meeting == row.meeting && since < row.ends }
}
