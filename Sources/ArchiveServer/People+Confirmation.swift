import AccessPolicy
import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue
import Crypto
import Foundation

/// The second person's word: of a user of the host, or of a principal over the network.
extension Archive {
    /// What of a grant its digest covers: all that is shown to whoever confirms it.
    private struct Confirmable: Encodable {
        var principal: PrincipalID
        var name: String
        var role: Role
        var isNew: Bool
        var grant: Grant
        var external: ExternalName?
        var person: Data
        var askedBy: String
        var asked: Date
    }

    private enum Ruling: Sendable {
        case confirmed(GrantOutcome, [AccessRow])
        case refused(ArchiveError)
    }

    /// What of a principal waits for a second person: all of it, or a change.
    func waiting(
        _ row: PrincipalRow,
        _ directory: Directory,
        _ reader: CatalogueReader
    ) throws -> WaitingGrant? {
        let change = try reader.grantChange(of: row.principal.id)
        let isNew = row.state == .unconfirmed
        guard isNew || change != nil else { return nil }
        let entry = try directory.entry(of: row)
        let confirmable = Confirmable(
            principal: row.principal.id,
            name: entry.name,
            role: row.principal.role,
            isNew: isNew,
            grant: change?.grant ?? row.grant,
            external: entry.external,
            person: row.person,
            askedBy: change?.askedBy ?? row.addedBy,
            asked: change?.asked ?? row.created
        )
        return WaitingGrant(
            grant: confirmable.grant,
            external: confirmable.external,
            askedBy: confirmable.askedBy,
            asked: confirmable.asked,
            digest: Base32.encode(SHA256.hash(data: try CanonicalJSON.encode(confirmable)).prefix(16))
        )
    }

    /// Confirms what waits of a principal, if it is what `digest` names.
    ///
    /// Nobody confirms what they asked for, nor a grant of their own, whichever of their principals, or of the users of the
    /// host that they are, they come as.
    ///
    /// - Parameter mayConfirm: whether the actor may confirm this one at all, and so may know of it; users of the host may
    ///   confirm every one.
    func confirm(
        _ id: PrincipalID,
        digest: String,
        by actor: Actor,
        where mayConfirm: (@Sendable (CatalogueReader, PrincipalRow, WaitingGrant) throws -> Bool)? = nil
    ) async throws -> GrantOutcome {
        let now = clock.now
        let directory = try Directory(vault: vault)
        let ruling = try await catalogue.write { [self] writer -> Ruling in
            let reader = writer.reader
            let row = try reader.principal(id, at: now).flatMap { $0.state == .disabled ? nil : $0 }
            let waiting = try row.flatMap { try self.waiting($0, directory, reader) }
            if let mayConfirm {
                guard let row, let waiting, try mayConfirm(reader, row, waiting) else {
                    try log.append(
                        to: writer,
                        actor: actor,
                        action: "principal.confirm",
                        object: id.description,
                        decision: .refuse,
                        details: ["reason": "not-found"]
                    )
                    return .refused(.notFound)
                }
            }
            guard let row else { throw Self.noPrincipal(id) }
            guard let waiting else {
                throw ArchiveError(.conflict, "principal \(id) waits for nobody's confirmation")
            }
            guard digest == waiting.digest else {
                throw ArchiveError(
                    .conflict,
                    "what waits of principal \(id) is no longer what you saw",
                    hint: "look at it again, then confirm it"
                )
            }
            if let reason = try Self.objection(to: actor, confirming: row, askedBy: waiting.askedBy, reader) {
                try log.append(
                    to: writer,
                    actor: actor,
                    action: "principal.confirm",
                    object: id.description,
                    label: waiting.grant.clearance,
                    decision: .refuse,
                    details: ["reason": "same-person"]
                )
                return .refused(reason)
            }
            try writer.setConfirmed(id, by: actor.name)
            if row.state == .unconfirmed {
                try writer.setState(reader.credentials(of: id).isEmpty ? .invited : .active, of: id)
            } else {
                try writer.setGrant(waiting.grant, of: id)
                try writer.removeGrantChange(of: id)
            }
            try log.append(
                to: writer,
                actor: actor,
                action: "principal.confirm",
                object: id.description,
                label: waiting.grant.clearance,
                details: Self.details(of: waiting.grant).merging([
                    "change": String(row.state != .unconfirmed), "asked-by": waiting.askedBy,
                ]) { $1 }
            )
            let closed = try closeUncovered(id, writer, actor, now)
            return .confirmed(
                GrantOutcome(principal: id, grant: waiting.grant, waiting: nil, closed: closed.map(\.id)),
                closed
            )
        }
        switch ruling {
        case .refused(let error): throw error
        case .confirmed(let outcome, let closed):
            try forgetHeaders(of: closed)
            return outcome
        }
    }

    /// Why `actor` is not a second person here; nil where it is one.
    private static func objection(
        to actor: Actor,
        confirming row: PrincipalRow,
        askedBy asker: String,
        _ reader: CatalogueReader
    ) throws -> ArchiveError? {
        let hint = "let another person do it: an administrator of this host under their own user, or a records manager"
        let person = try reader.person(ofActor: actor.name)
        if let person, person == row.person {
            return ArchiveError(.refused, "nobody confirms a grant of their own", hint: hint)
        }
        // As it is known now and as it was known then: a tie to a user of the host can be taken off in between.
        let change = try reader.grantChange(of: row.principal.id)
        let then = if let change { change.askedByPerson } else { row.addedByPerson }
        let askers = [then, try reader.person(ofActor: asker)].compactMap(\.self)
        let isAsker = person.map { askers.contains($0) } ?? false
        guard actor.name == asker || isAsker else { return nil }
        return ArchiveError(.refused, "who asked for a grant does not confirm it", hint: hint)
    }

    /// What an entry says of a grant besides its clearance.
    static func details(of grant: Grant) -> [String: String] {
        var details = ["unit": grant.unit, "floor": grant.floor?.description ?? ""]
        details["starts"] = grant.validity.starts.map(Timestamp.text)
        details["ends"] = grant.validity.ends.map(Timestamp.text)
        return details
    }
}
