import ArchiveCore
import ArchiveInterface
import Catalogue
import Foundation
import Hummingbird
import Retention

/// What forbids destroying recordings: below `/v1/recordings`, and `/v1/holds`.
struct HoldRoutes: Sendable {
    /// The longest body that names ``RecordsDesk/holdsAtOnce`` recordings.
    private static let longestBody = 1 << 20

    let archive: Archive

    /// Adds the routes below `/v1/recordings`.
    func add(toRecordings group: RouterGroup<ArchiveContext>) {
        group.on(":id/holds", method: .post) { request, context in
            let id: RecordingID = try context.identifier("id")
            let body = try await request.json(HoldBody.self)
            let placed = try await archive.desk.hold(
                .recordings([id]),
                matter: body.matter,
                because: body.reason,
                by: context.authenticated()
            )
            return try Response.json(PlacedHolds(placed), status: .created)
        }
        group.on(":id/holds", method: .get) { _, context in
            let holds = try await archive.desk.holds(on: context.identifier("id"), by: context.authenticated())
            let people = holds.flatMap { [$0.row.principal, $0.row.release?.principal].compactMap(\.self) }
            let names = try await archive.names(of: people)
            return try Response.json(HoldList(holds: holds.map { HoldReport($0, names) }))
        }
    }

    /// Adds the routes below `/v1/holds`.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on("", method: .post) { request, context in
            let body = try await request.json(HoldsBody.self, limit: Self.longestBody)
            let placed = try await archive.desk.hold(
                Self.target(body),
                matter: body.matter,
                because: body.reason,
                by: context.authenticated()
            )
            return try Response.json(PlacedHolds(placed), status: .created)
        }
        group.on(":id/release", method: .post) { request, context in
            let id: HoldID = try context.identifier("id")
            let body = try await request.json(RefusalBody.self)
            let row = try await archive.desk.release(id, because: body.reason, by: context.authenticated())
            return try Response.json(ReleasedHold(id: row.id, recording: row.recording))
        }
    }

    private static func target(_ body: HoldsBody) throws(ArchiveError) -> RecordsDesk.HoldTarget {
        guard body.isBounded else {
            throw ArchiveError(
                .badRequest,
                "nothing says what to hold",
                hint: "name recordings, or a level, unit, meeting, state or time"
            )
        }
        if let recordings = body.recordings {
            guard body.level == nil, body.unit == nil, body.meeting == nil, body.state == nil, body.since == nil,
                body.until == nil
            else { throw ArchiveError(.badRequest, "recordings come without anything to look for") }
            return .recordings(recordings)
        }
        var search = RecordsDesk.HoldSearch()
        search.level = body.level
        search.unit = body.unit
        search.meeting = body.meeting
        switch body.state {
        case nil: break
        case .stored: search.state = .stored
        case .incomplete: search.state = .incomplete
        default: throw ArchiveError(.badRequest, "state is stored or incomplete")
        }
        search.since = body.since
        search.until = body.until
        return .search(search)
    }
}

extension PlacedHolds {
    fileprivate init(_ rows: [HoldRow]) throws(ArchiveError) {
        // A request that places none fails.
        guard let batch = rows.first?.batch else { throw ArchiveError.notFound }
        self.init(batch: batch, holds: rows.map { Item(id: $0.id, recording: $0.recording) })
    }
}

extension HoldReport {
    fileprivate init(_ hold: RecordsDesk.Hold, _ names: [PrincipalID: String]) {
        let row = hold.row
        self.init(
            id: row.id,
            recording: row.recording,
            batch: row.batch,
            matter: hold.matter,
            reason: hold.reason,
            principal: row.principal,
            name: names[row.principal],
            placed: row.placed,
            released: row.release?.time,
            releasedBy: row.release?.principal,
            releasedByName: row.release.flatMap { names[$0.principal] },
            releaseReason: hold.releaseReason
        )
    }
}
