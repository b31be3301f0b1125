import AccessPolicy
public import ArchiveCore
import AuditLog
public import Catalogue
public import Foundation
import Vault

extension RecordsDesk {
    /// What a hold is to reach.
    public enum HoldTarget: Sendable {
        /// These.
        case recordings([RecordingID])
        /// Whatever of these the caller sees now; what comes later it does not reach.
        case search(HoldSearch)
    }

    /// Which recordings to hold; without anything, all that the caller sees.
    public struct HoldSearch: Sendable {
        /// Only of this level.
        public var level: String?
        /// Only of this unit.
        public var unit: String?
        /// Only of this meeting.
        public var meeting: String?
        /// Only in this state.
        public var state: RecordingRow.State?
        /// Not before.
        public var since: Date?
        /// Not after.
        public var until: Date?

        /// All of them.
        public init() {}
    }

    /// A hold with its texts opened.
    public struct Hold: Sendable {
        /// As the catalogue has it.
        public let row: HoldRow
        /// The matter that it is for.
        public let matter: String
        /// Why it was placed.
        public let reason: String
        /// Why it was released.
        public let releaseReason: String?
    }

    /// Holds placed in one request (DESIGN.md invariant 14).
    public static let holdsAtOnce = 10_000
    /// Holds that are in force on one recording, and that a list of them shows.
    public static let holdsOnOne = 100

    /// Forbids destroying recordings, for a `matter` and a `reason`: all of them or none, one transaction. A recording whose
    /// destruction has begun goes back to what it was, if its key is still there (DESIGN.md invariant 8).
    ///
    /// - Returns: the holds, one for each recording.
    /// - Throws: `not-found` where one of the recordings is not the caller's to know, or a search finds none; `refused` where
    ///   the caller may not hold; `bad-request` for a search that finds more than ``holdsAtOnce``.
    public func hold(
        _ target: HoldTarget,
        matter: String,
        because reason: String,
        by caller: Caller
    ) async throws -> [HoldRow] {
        let matter = try Self.checked(matter, as: "matter")
        let reason = try Self.checked(reason, as: "reason")
        let (now, batch) = (clock.now, HoldBatchID())
        var object: RecordingID?
        if case .recordings(let ids) = target, ids.count == 1 { object = ids.first }
        return try await attempt("hold.place", on: object?.description, by: caller) { [self] writer, caller in
            let rows = try reach(target, caller, writer.reader)
            let seals = try vault.seals(of: rows.map(\.id))
            let inForce = try writer.reader.holdsInForce(on: rows.map(\.id))
            var placed: [HoldRow] = []
            for row in rows {
                guard let seal = seals[row.id] else {
                    // Its keys went a moment ago: for a search it is not there, for somebody who names it neither.
                    if case .search = target { continue }
                    throw ArchiveError.notFound
                }
                guard inForce[row.id] ?? 0 < Self.holdsOnOne else {
                    throw ArchiveError(.quotaSpent, "\(Self.holdsOnOne) holds are in force on recording \(row.id)")
                }
                let id = HoldID()
                let hold = HoldRow(
                    id: id,
                    recording: row.id,
                    batch: batch,
                    matter: try seal.seal(Data(matter.utf8), field: Self.matterField(id)),
                    reason: try seal.seal(Data(reason.utf8), field: Self.reasonField(id)),
                    principal: caller.principal.id,
                    placed: now
                )
                try writer.insert(hold)
                placed.append(hold)
                try log.append(
                    to: writer,
                    actor: caller.actor,
                    action: "hold.place",
                    object: row.id.description,
                    label: row.visibility.label,
                    details: ["hold": id.description, "batch": batch.description],
                    texts: ["matter": matter, "reason": reason]
                )
                try save(row, by: id, caller, writer)
            }
            guard !placed.isEmpty else { throw ArchiveError.notFound }
            return placed
        }
    }

    /// Takes back a destruction that has begun. The key was seen in this transaction; whoever deletes it asks for the state in
    /// one that comes before this or after.
    private func save(_ row: RecordingRow, by hold: HoldID, _ caller: Caller, _ writer: CatalogueWriter) throws {
        guard row.state == .destroying else { return }
        guard let item = try writer.saveFromDestruction(row.id) else {
            throw ArchiveError(.storage, "recording \(row.id) is being destroyed and stands on no list")
        }
        try log.append(
            to: writer,
            actor: caller.actor,
            action: "destruction.saved",
            object: row.id.description,
            label: row.visibility.label,
            details: ["list": item.list.description, "kind": item.kind.rawValue, "hold": hold.description]
        )
    }

    private func reach(
        _ target: HoldTarget,
        _ caller: Caller,
        _ reader: CatalogueReader
    ) throws -> [RecordingRow] {
        switch target {
        case .recordings(let ids):
            guard (1...Self.holdsAtOnce).contains(ids.count), Set(ids).count == ids.count else {
                throw ArchiveError(.badRequest, "one request has 1 to \(Self.holdsAtOnce) recordings, each once")
            }
            return try ids.map { id in
                guard let row = try reader.recording(id), sees(row, caller) else { throw ArchiveError.notFound }
                guard may(.hold, row.visibility, caller) else { throw Self.refusal(caller, to: "hold") }
                return row
            }
        case .search(let search):
            guard hasAction(caller, [.hold]) else { throw Self.refusal(caller, to: "hold") }
            if let level = search.level { _ = try policy.checked(level: level) }
            let unit = try search.unit.map { try policy.checked(unit: $0) }
            let classes = try reader.classes().filter { _, visibility in
                sees(visibility, caller) && may(.hold, visibility, caller)
                    && (search.level == nil || visibility.label.level.name == search.level)
                    && (unit == nil || visibility.unit == unit)
            }
            var filter = RecordingFilter(classes: classes.map(\.id))
            filter.meeting = search.meeting.map { meetings.tag(Data($0.utf8)) }
            filter.state = search.state
            filter.since = search.since
            filter.until = search.until
            let rows = try reader.holdable(filter, limit: Self.holdsAtOnce + 1)
            guard rows.count <= Self.holdsAtOnce else {
                throw ArchiveError(
                    .badRequest,
                    "more than \(Self.holdsAtOnce) recordings answer this",
                    hint: "say less at once: by unit, or by time"
                )
            }
            return rows
        }
    }

    /// Takes a hold off, for a `reason`. Others on the same recording stay.
    ///
    /// - Throws: `not-found` where it is not the caller's to know; `refused` where they may not hold; `conflict` where it was
    ///   released before.
    public func release(_ id: HoldID, because reason: String, by caller: Caller) async throws -> HoldRow {
        let reason = try Self.checked(reason, as: "reason")
        let now = clock.now
        return try await attempt("hold.release", on: nil, by: caller) { [self] writer, caller in
            guard let hold = try writer.reader.hold(id), let row = try writer.reader.recording(hold.recording),
                sees(row, caller), mayHear(row.visibility, caller)
            else { throw ArchiveError.notFound }
            guard may(.hold, row.visibility, caller) else { throw Self.refusal(caller, to: "release a hold") }
            guard let seal = try vault.seals(of: [row.id])[row.id] else { throw ArchiveError.notFound }
            let sealed = try seal.seal(Data(reason.utf8), field: Self.releaseField(id))
            try writer.release(id, at: now, by: caller.principal.id, because: sealed)
            let left = try writer.reader.holdsInForce(on: [row.id])[row.id] ?? 0
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "hold.release",
                object: row.id.description,
                label: row.visibility.label,
                details: ["hold": id.description, "left": String(left)],
                texts: ["reason": reason]
            )
            guard let released = try writer.reader.hold(id) else { throw ArchiveError.notFound }
            return released
        }
    }

    /// The holds on a recording, those in force before released ones, the newest first; one entry for each call.
    ///
    /// - Throws: `not-found` where the recording is not the caller's to know; `refused` where it is, and holds are not.
    public func holds(on id: RecordingID, by caller: Caller) async throws -> [Hold] {
        let rows = try await attempt("hold.list", on: id.description, by: caller) { [self] writer, caller in
            guard let row = try writer.reader.recording(id), sees(row, caller) else { throw ArchiveError.notFound }
            guard mayHear(row.visibility, caller) else { throw Self.refusal(caller, to: "hear of holds") }
            let rows = try writer.reader.holds(on: id, limit: Self.holdsOnOne)
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "hold.list",
                object: id.description,
                label: row.visibility.label,
                details: ["count": String(rows.count)]
            )
            return rows
        }
        guard !rows.isEmpty else { return [] }
        guard let seal = try vault.seals(of: [id])[id] else { throw ArchiveError.notFound }
        func text(_ sealed: Data, _ field: String) throws -> String {
            String(decoding: try seal.open(sealed, field: field), as: UTF8.self)
        }
        return try rows.map { row in
            Hold(
                row: row,
                matter: try text(row.matter, Self.matterField(row.id)),
                reason: try text(row.reason, Self.reasonField(row.id)),
                releaseReason: try row.release.map { try text($0.reason, Self.releaseField(row.id)) }
            )
        }
    }

    /// How many holds are in force on each of these recordings of which the caller may hear; absent of all others.
    public func holdsInForce(on rows: [RecordingRow], by caller: Caller) async throws -> [RecordingID: Int] {
        let heard = rows.filter { mayHear($0.visibility, caller) }.map(\.id)
        guard !heard.isEmpty else { return [:] }
        let found = try await catalogue.read { try $0.holdsInForce(on: heard) }
        return heard.reduce(into: [:]) { $0[$1] = found[$1] ?? 0 }
    }

    /// Whether the caller hears of holds and lists of recordings of this class.
    func mayHear(_ visibility: VisibilityClass, _ caller: Caller) -> Bool {
        Self.actions.contains { may($0, visibility, caller) }
    }

    private static func matterField(_ hold: HoldID) -> String { "hold matter \(hold)" }
    private static func reasonField(_ hold: HoldID) -> String { "hold reason \(hold)" }
    private static func releaseField(_ hold: HoldID) -> String { "hold release \(hold)" }
}
