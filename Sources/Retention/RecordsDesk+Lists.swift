import AccessPolicy
import ArchiveConfiguration
public import ArchiveCore
import AuditLog
public import Catalogue
public import Foundation
import Vault

extension RecordsDesk {
    /// Lists that go by one name: what destroys, and what hands over.
    public enum Family: String, Sendable, Codable {
        /// By their schedule, or withdrawn.
        case destructions
        /// To another archive.
        case transfers

        /// What its lists are for.
        public var kinds: [ListRow.Kind] { self == .transfers ? [.transfer] : [.destroy, .withdraw] }

        /// An action of the log on such a list.
        func action(_ verb: String) -> String { (self == .transfers ? "transfer." : "destruction.") + verb }
    }

    /// What is to come onto a list.
    public struct Proposal: Sendable {
        /// What the list is for.
        public var kind: ListRow.Kind
        /// The code of its series; nil where recordings are named, and for what is withdrawn.
        public var series: String?
        /// These; empty for all of the series that are due and that the caller may propose.
        public var recordings: [RecordingID]
        /// Why.
        public var reason: String

        /// A proposal of these fields.
        public init(kind: ListRow.Kind, series: String? = nil, recordings: [RecordingID] = [], reason: String) {
            self.kind = kind
            self.series = series
            self.recordings = recordings
            self.reason = reason
        }
    }

    /// Recordings that one withdrawal names.
    public static let withdrawnAtOnce = 1000
    /// How long a withdrawal waits once it is frozen, whatever the series of its recordings says.
    static let withdrawalCooling = CalendarDuration(days: 1)

    // MARK: Proposing

    /// Proposes a list: of a series whose recordings are due, or of recordings that are named. What ends in review is put on a
    /// list by name only, since people have to have looked at each.
    ///
    /// - Throws: `not-found` for a recording that is not the caller's to know; `refused` where they may not propose; `conflict`
    ///   with the reason where one that is named cannot come onto such a list, or where nothing is due.
    public func propose(_ proposal: Proposal, by caller: Caller) async throws -> ListRow {
        let reason = try Self.checked(proposal.reason, as: "reason")
        let now = clock.now
        let family: Family = proposal.kind == .transfer ? .transfers : .destructions
        return try await attempt(family.action("propose"), on: nil, by: caller) { [self] writer, caller in
            guard hasAction(caller, [.propose]) else { throw Self.refusal(caller, to: "propose lists") }
            let rows =
                try proposal.recordings.isEmpty
                ? due(proposal, at: now, caller, writer.reader) : named(proposal, at: now, caller, writer.reader)
            let person = try person(of: caller, writer.reader)
            let list = ListRow(
                id: ListID(),
                kind: proposal.kind,
                series: proposal.kind == .withdraw ? nil : rows.first?.series,
                proposed: now,
                proposedBy: caller.principal.id,
                proposer: person
            )
            let items = rows.map { DestructionItem($0, on: list) }
            try writer.insert(list, items: items)
            let digest = try ListDigest(list, items).bytes
            try add(.proposal, StatementContent(text: reason), to: list.id, digest, person, caller, writer)
            var details = ["kind": list.kind.rawValue, "count": String(items.count), "digest": digest.hexadecimal]
            details["series"] = list.series
            try log.append(
                to: writer,
                actor: caller.actor,
                action: family.action("propose"),
                object: list.id.description,
                details: details,
                texts: ["reason": reason]
            )
            return list
        }
    }

    private func due(
        _ proposal: Proposal,
        at now: Date,
        _ caller: Caller,
        _ reader: CatalogueReader
    ) throws -> [RecordingRow] {
        guard proposal.kind != .withdraw, let code = proposal.series else {
            throw ArchiveError(
                .badRequest,
                "nothing says what to put on the list",
                hint: "name a series, or recordings"
            )
        }
        let schedule = schedule
        let series = try schedule.checked(series: code)
        guard proposal.kind == .transfer || series.then != .review else {
            throw ArchiveError(
                .conflict,
                "series \(code) ends in review: its recordings come onto a list by name",
                hint: "look at them (risalah due), then name those that are to go"
            )
        }
        let rows = try Candidates(schedule, at: now, timeZone).find(
            [code],
            classes: classes(.propose, caller, reader),
            Retention.listLimit,
            reader
        ) { Self.fits($0, proposal.kind) }
        guard !rows.isEmpty else {
            throw ArchiveError(.conflict, "nothing of series \(code) is due that can come onto such a list")
        }
        return rows
    }

    private func named(
        _ proposal: Proposal,
        at now: Date,
        _ caller: Caller,
        _ reader: CatalogueReader
    ) throws -> [RecordingRow] {
        let limit = proposal.kind == .withdraw ? Self.withdrawnAtOnce : Retention.listLimit
        guard proposal.recordings.count <= limit, Set(proposal.recordings).count == proposal.recordings.count else {
            throw ArchiveError(.badRequest, "such a list names 1 to \(limit) recordings, each once")
        }
        let candidates = Candidates(schedule, at: now, timeZone)
        let rows = try proposal.recordings.map { id in
            guard let row = try reader.recording(id), sees(row, caller) else { throw ArchiveError.notFound }
            guard may(.propose, row.visibility, caller) else { throw Self.refusal(caller, to: "propose lists") }
            if let reason = try obstacle(row, to: proposal.kind, candidates, reader) {
                throw ArchiveError(.conflict, "recording \(id) cannot come onto such a list: \(reason)")
            }
            return row
        }
        let all = Set(rows.map(\.series) + [proposal.series].compactMap(\.self))
        guard proposal.kind == .withdraw || all.count == 1 else {
            throw ArchiveError(.badRequest, "the recordings of one list are of one series, not of \(all.count)")
        }
        return rows
    }

    /// Why a recording cannot come onto a list of this kind; nil where it can.
    private func obstacle(
        _ row: RecordingRow,
        to kind: ListRow.Kind,
        _ candidates: Candidates,
        _ reader: CatalogueReader
    ) throws -> String? {
        guard row.state != .destroying else { return "it is being destroyed" }
        if kind == .withdraw {
            if try reader.isHeld(row.id) { return Verdict.Obstacle.held.rawValue }
            return try reader.liveItem(of: row.id) == nil ? nil : Verdict.Obstacle.listed.rawValue
        }
        let verdict = try candidates.verdict(on: row, reader)
        if Self.fits(verdict, kind) || (kind == .destroy && verdict == .review) { return nil }
        switch verdict {
        case .keep(let until): return "its time is over at \(Timestamp.text(until))"
        case .skip(let obstacle): return obstacle.rawValue
        case .transfer: return "it is permanent"
        case .destroy, .review: return "it is not permanent"
        }
    }

    private static func fits(_ verdict: Verdict, _ kind: ListRow.Kind) -> Bool {
        switch (verdict, kind) {
        case (.destroy, .destroy), (.transfer, .transfer): true
        default: false
        }
    }

    // MARK: Looking

    /// A list as those see it who see every recording on it.
    public struct ListView: Sendable {
        /// As the catalogue has it.
        public let row: ListRow
        /// How many items have come to what.
        public let outcomes: [DestructionItem.Outcome: Int]
        /// What stands on it now, in one number; nil in pages of lists.
        public let digest: Data?
        /// What was said of it, the earliest first; nil in pages of lists.
        public let statements: [Statement]?
        /// How many persons have to witness it.
        public let witnessesNeeded: Int
        /// How many have, as it stands now.
        public let witnessesGiven: Int
    }

    /// The list with this id, where the caller sees every recording on it.
    func list(_ id: ListID, _ family: Family, _ caller: Caller, _ reader: CatalogueReader) throws -> ListRow {
        guard let list = try reader.list(id), family.kinds.contains(list.kind),
            try reader.classes(of: id).allSatisfy({ sees($0, caller) })
        else { throw ArchiveError.notFound }
        return list
    }

    /// The same, to whose recordings the caller may do one of `actions`.
    func list(
        _ id: ListID,
        _ family: Family,
        for actions: Set<Action>,
        to verb: String,
        _ caller: Caller,
        _ reader: CatalogueReader
    ) throws -> ListRow {
        let list = try list(id, family, caller, reader)
        let classes = try reader.classes(of: id)
        guard classes.allSatisfy({ one in actions.contains { may($0, one, caller) } }) else {
            throw Self.refusal(caller, to: verb)
        }
        return list
    }

    /// A list and all that was said of it; one entry for each call.
    ///
    /// - Throws: `not-found` where one recording on it is not the caller's to know.
    public func show(_ id: ListID, of family: Family, by caller: Caller) async throws -> ListView {
        try await attempt(family.action("show"), on: id.description, by: caller) { [self] writer, caller in
            let row = try list(id, family, caller, writer.reader)
            try log.append(
                to: writer,
                actor: caller.actor,
                action: family.action("show"),
                object: id.description
            )
            return try view(row, writer.reader)
        }
    }

    func view(_ row: ListRow, _ reader: CatalogueReader) throws -> ListView {
        let digest = try ListDigest(row, reader.items(of: row.id)).bytes
        let rows = try reader.statements(on: row.id)
        return ListView(
            row: row,
            outcomes: try reader.outcomes(of: row.id),
            digest: digest,
            statements: try rows.map(opened),
            witnessesNeeded: witnessesNeeded(row),
            witnessesGiven: row.frozen == nil
                ? Self.witnesses(rows, row, digest, without: nil).count : row.witnesses
        )
    }

    /// How many persons have to witness a list: as many as its series wants; of a withdrawal none, for two persons decide it.
    func witnessesNeeded(_ list: ListRow) -> Int { list.series.flatMap { schedule[$0] }?.witnesses ?? 0 }

    /// A page of lists.
    public struct ListPage: Sendable {
        /// The newest first.
        public let lists: [ListView]
        /// What brings the next page, for the same caller; nil at the end.
        public let next: String?
    }

    private struct ListQuery: Codable, Equatable, Sendable {
        var family: Family
        var state: ListRow.State?
    }

    /// Lists of which the caller sees every recording, the newest first; one entry for each call.
    ///
    /// - Parameter limit: 1 to 500.
    public func lists(
        of family: Family,
        state: ListRow.State?,
        limit: Int,
        cursor: String?,
        by caller: Caller
    ) async throws -> ListPage {
        let page = try PageRequest<ListQuery, ListID>(
            "lists",
            ListQuery(family: family, state: state),
            limit: limit,
            cursor: cursor,
            by: caller,
            under: cursors
        )
        return try await attempt(family.action("list"), on: nil, by: caller) { [self] writer, caller in
            guard hasAction(caller, [.find]) else { throw Self.refusal(caller, to: "look for lists") }
            let reader = writer.reader
            let found = try reader.lists(
                family.kinds,
                state: state,
                classes: reader.classes().filter { sees($0.visibility, caller) }.map(\.id),
                after: page.after.map { ($0.position, $0.id) },
                limit: page.count
            )
            let (rows, next) = try page.cut(found) { .init(position: Timestamp.text($0.proposed), id: $0.id) }
            try log.append(
                to: writer,
                actor: caller.actor,
                action: family.action("list"),
                details: ["count": String(rows.count)]
            )
            return ListPage(
                lists: try rows.map { row in
                    ListView(
                        row: row,
                        outcomes: try reader.outcomes(of: row.id),
                        digest: row.digest,
                        statements: nil,
                        witnessesNeeded: witnessesNeeded(row),
                        witnessesGiven: row.witnesses
                    )
                },
                next: next
            )
        }
    }

    // MARK: Items

    /// An item with what its recording is called.
    public struct ItemView: Sendable {
        /// As the catalogue has it.
        public let item: DestructionItem
        /// Nil once it is gone.
        public let title: String?
    }

    /// A page of the items of a list, and what brings the next.
    public func items(
        of id: ListID,
        _ family: Family,
        limit: Int,
        cursor: String?,
        by caller: Caller
    ) async throws -> (items: [ItemView], next: String?) {
        let page = try PageRequest<ListID, RecordingID>(
            "items",
            id,
            limit: limit,
            cursor: cursor,
            by: caller,
            under: cursors
        )
        let (items, rows, next) = try await attempt(family.action("show"), on: id.description, by: caller) {
            [self] writer, caller in
            _ = try list(id, family, caller, writer.reader)
            let found = try writer.reader.items(of: id, after: page.after?.id, limit: page.count)
            let (items, next) = try page.cut(found) { .init(position: "", id: $0.recording) }
            try log.append(
                to: writer,
                actor: caller.actor,
                action: family.action("show"),
                object: id.description,
                details: ["items": String(items.count)]
            )
            return (items, try items.compactMap { try writer.reader.recording($0.recording) }, next)
        }
        let titles = try titles(of: rows)
        return (items.map { ItemView(item: $0, title: titles[$0.recording]) }, next)
    }

    /// What these are called whose keys are there.
    func titles(of rows: [RecordingRow]) throws -> [RecordingID: String] {
        let seals = try vault.seals(of: rows.map(\.id))
        return try rows.reduce(into: [:]) { titles, row in
            guard let seal = seals[row.id], let sealed = row.sealed else { return }
            let fields = try CanonicalJSON.decode(
                DescribingFields.self,
                from: seal.open(sealed, field: DescribingFields.field)
            )
            titles[row.id] = fields.title
        }
    }
}
