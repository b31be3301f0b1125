import AccessPolicy
import ArchiveConfiguration
public import ArchiveCore
import AuditLog
import Catalogue
import Foundation
import Vault

/// Deciding on lists.
extension RecordsDesk {
    /// Takes items off a proposal, for a reason. Who has witnessed the list as it was is asked again.
    public func strike(
        _ recordings: [RecordingID],
        off id: ListID,
        of family: Family,
        because reason: String,
        by caller: Caller
    ) async throws -> ListView {
        let reason = try Self.checked(reason, as: "reason")
        guard (1...1000).contains(recordings.count), Set(recordings).count == recordings.count else {
            throw ArchiveError(.badRequest, "one request strikes 1 to 1000 recordings, each once")
        }
        return try await attempt(family.action("strike"), on: id.description, by: caller) { [self] writer, caller in
            let reader = writer.reader
            let list = try list(id, family, for: [.propose, .approve], to: "strike items off lists", caller, reader)
            guard list.state == .proposed else { throw Self.isOver(list) }
            for recording in recordings {
                guard let item = try reader.item(recording, of: id) else { throw ArchiveError.notFound }
                guard item.outcome == .listed else {
                    throw ArchiveError(.conflict, "recording \(recording) was struck off before")
                }
                try writer.end(item, as: .struck, because: "struck")
            }
            let digest = try ListDigest(list, reader.items(of: id)).bytes
            let content = StatementContent(text: reason, struck: recordings)
            let person = try person(of: caller, reader)
            let number = try add(.strike, content, to: id, digest, person, caller, writer)
            let count = ["count": String(recordings.count)]
            try record(.strike, content, number, list, digest, caller, details: count, writer)
            return try view(list, reader)
        }
    }

    /// Approves a proposal that another person made: it is frozen as it is, and executed when its cooling is over.
    ///
    /// - Parameter digest: of what was seen.
    /// - Throws: `refused` for one's own; `stale` where it is not what was seen; `conflict` where it was decided, nothing is
    ///   left of it, or persons are missing who have to witness it.
    public func approve(
        _ id: ListID,
        of family: Family,
        seen digest: String,
        because reason: String?,
        by caller: Caller
    ) async throws -> ListView {
        let content = try StatementContent(text: reason).checked()
        let now = clock.now
        return try await attempt(family.action("approve"), on: id.description, by: caller) { [self] writer, caller in
            let reader = writer.reader
            let (list, person) = try deciding(id, family, caller, reader)
            let items = try reader.items(of: id)
            let present = try ListDigest(list, items).bytes
            try Self.require(digest, toBe: present)
            guard items.contains(where: { $0.outcome == .listed }) else {
                throw ArchiveError(.conflict, "nothing is left on the list", hint: "refuse it")
            }
            let cooling = try cooling(of: list)
            let witnesses = Self.witnesses(try reader.statements(on: id), list, present, without: person).count
            guard witnesses >= witnessesNeeded(list) else {
                throw ArchiveError(
                    .conflict,
                    "\(witnesses) of \(witnessesNeeded(list)) persons have witnessed the list as it is",
                    hint: "others than who proposed it and who approves it have to"
                )
            }
            let number = try add(.approval, content, to: id, present, person, caller, writer)
            let executable = cooling.date(after: now, in: timeZone)
            try writer.freeze(
                id,
                at: now,
                executable: executable,
                digest: present,
                by: caller.principal.id,
                witnesses: witnesses
            )
            let facts = ["executable": Timestamp.text(executable), "witnesses": String(witnesses)]
            try record(.approval, content, number, list, present, caller, details: facts, writer)
            guard let frozen = try reader.list(id) else { throw ArchiveError.notFound }
            return try view(frozen, reader)
        }
    }

    private func cooling(of list: ListRow) throws(ArchiveError) -> CalendarDuration {
        guard let code = list.series else { return Self.withdrawalCooling }
        guard let series = schedule[code] else {
            throw ArchiveError(.conflict, "the schedule has no series \(code) any more")
        }
        return series.cooling
    }

    /// Refuses a proposal that another person made, for a reason. Its recordings can come onto another list.
    public func refuse(
        _ id: ListID,
        of family: Family,
        because reason: String,
        by caller: Caller
    ) async throws -> ListView {
        let content = StatementContent(text: try Self.checked(reason, as: "reason"))
        let now = clock.now
        return try await attempt(family.action("refuse"), on: id.description, by: caller) { [self] writer, caller in
            let (list, person) = try deciding(id, family, caller, writer.reader)
            return try end(list, as: .refused, .refusal, content, at: now, person, caller, writer)
        }
    }

    /// The list and the person who decides it: who may approve every recording on it, and has not proposed it.
    private func deciding(
        _ id: ListID,
        _ family: Family,
        _ caller: Caller,
        _ reader: CatalogueReader
    ) throws -> (ListRow, Data) {
        let list = try list(id, family, for: [.approve], to: "decide lists", caller, reader)
        let person = try person(of: caller, reader)
        guard person != list.proposer else {
            throw ArchiveError(.refused, "nobody decides what they proposed themselves", hint: "another person has to")
        }
        guard list.state == .proposed else { throw Self.isOver(list) }
        return (list, person)
    }

    /// Takes a list back, for a reason: a proposal, or a frozen one until it has run. What of it is destroyed stays so.
    public func cancel(
        _ id: ListID,
        of family: Family,
        because reason: String,
        by caller: Caller
    ) async throws -> ListView {
        let content = StatementContent(text: try Self.checked(reason, as: "reason"))
        let now = clock.now
        return try await attempt(family.action("cancel"), on: id.description, by: caller) {
            [self] writer, caller in
            let list = try list(id, family, for: [.propose, .approve], to: "cancel lists", caller, writer.reader)
            guard list.state == .proposed || list.state == .frozen else { throw Self.isOver(list) }
            let person = try person(of: caller, writer.reader)
            return try end(list, as: .cancelled, .cancellation, content, at: now, person, caller, writer)
        }
    }

    private func end(
        _ list: ListRow,
        as state: ListRow.State,
        _ kind: StatementRow.Kind,
        _ content: StatementContent,
        at now: Date,
        _ person: Data,
        _ caller: Caller,
        _ writer: CatalogueWriter
    ) throws -> ListView {
        let digest = try ListDigest(list, writer.reader.items(of: list.id)).bytes
        let number = try add(kind, content, to: list.id, digest, person, caller, writer)
        try writer.end(list.id, as: state, at: now, because: state.rawValue)
        try record(kind, content, number, list, digest, caller, writer)
        guard let ended = try writer.reader.list(list.id) else { throw ArchiveError.notFound }
        return try view(ended, writer.reader)
    }

    /// Records that another archive has what stands on a frozen list: by its name, the number of the record of transfer and its
    /// date. From then on nobody gets a new access to it, and the list is executed when its cooling is over.
    public func recordTransfer(_ id: ListID, _ content: StatementContent, by caller: Caller) async throws -> ListView {
        let content = try content.checked()
        guard content.archive != nil, content.number != nil, content.date != nil else {
            throw ArchiveError(.badRequest, "a record of transfer needs an archive, a number and a date")
        }
        let now = clock.now
        return try await attempt("transfer.record", on: id.description, by: caller) { [self] writer, caller in
            let reader = writer.reader
            let list = try list(id, .transfers, for: [.propose, .approve], to: "record transfers", caller, reader)
            guard list.state == .frozen, let digest = list.digest else { throw Self.isOver(list) }
            guard list.recorded == nil else { throw ArchiveError(.conflict, "the transfer was recorded before") }
            let number = try add(.record, content, to: id, digest, person(of: caller, reader), caller, writer)
            try writer.markRecorded(id, at: now)
            try record(.record, content, number, list, digest, caller, writer)
            guard let recorded = try reader.list(id) else { throw ArchiveError.notFound }
            return try view(recorded, reader)
        }
    }
}
