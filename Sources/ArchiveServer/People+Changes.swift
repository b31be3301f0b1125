import AccessPolicy
import ArchiveConfiguration
import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue
import Foundation
import Retrieval
import Vault

/// Changing and renewing principals.
extension Archive {
    // MARK: Changes

    /// Changes what a principal is given. What takes something away counts at once; what gives more, and would need a second
    /// person if the principal were new, waits for one, while the old grant counts on.
    func set(_ change: PrincipalChange, by actor: Actor) async throws -> GrantOutcome {
        let (id, now) = (change.principal, clock.now)
        var change = change
        if let name = change.name { try Self.check(name: name) }
        if let clearance = change.clearance { try policy.checked(label: clearance) }
        if let unit = change.unit { change.unit = try policy.checked(unit: unit) }
        let hostUser = try Self.hostUser(change.hostUser)
        let directory = try Directory(vault: vault)
        let (outcome, closed) = try await catalogue.write { [self, change] writer -> (GrantOutcome, [AccessRow]) in
            let row = try changeable(id, writer.reader, now)
            let target = try apply(change, to: row, writer, actor, now)
            if let hostUser { try writer.setHostUser(hostUser, of: id) }
            if let name = change.name {
                var entry = try directory.entry(of: row)
                entry.name = name
                try writer.setSealed(directory.seal(entry, of: id), of: id)
            }
            var details = Self.details(of: target)
            details["was"] = row.principal.clearance.description
            details["waits"] = "false"
            if try writer.reader.grantChange(of: id) != nil {
                // Else nobody could tell from the log what counts until the second person's word.
                let given = try changeable(id, writer.reader, now).grant
                details["waits"] = "true"
                details["given-clearance"] = given.clearance.description
                for (name, value) in Self.details(of: given) { details["given-\(name)"] = value }
            }
            details["host-user"] = change.hostUser
            try log.append(
                to: writer,
                actor: actor,
                action: "principal.set",
                object: id.description,
                label: target.clearance,
                details: details,
                texts: change.name.map { ["name": $0] } ?? [:]
            )
            let closed = try closeUncovered(id, writer, actor, now)
            let current = try changeable(id, writer.reader, now)
            let outcome = GrantOutcome(
                principal: id,
                grant: current.grant,
                waiting: try waiting(current, directory, writer.reader),
                closed: closed.map(\.id)
            )
            return (outcome, closed)
        }
        try forgetHeaders(of: closed)
        return outcome
    }

    private func changeable(_ id: PrincipalID, _ reader: CatalogueReader, _ now: Date) throws -> PrincipalRow {
        guard let row = try reader.principal(id, at: now) else { throw Self.noPrincipal(id) }
        switch row.state {
        case .disabled: throw ArchiveError(.conflict, "principal \(id) is closed for good", hint: "add a new one")
        case .unconfirmed:
            throw ArchiveError(
                .conflict,
                "principal \(id) waits for its confirmation as it is",
                hint: "let it be confirmed first, or disable it and add another"
            )
        case .invited, .active, .notYetValid, .expired: return row
        }
    }

    /// Sets the grant of a principal, or as much of it as counts at once and the rest aside; returns what was asked for.
    private func apply(
        _ change: PrincipalChange,
        to row: PrincipalRow,
        _ writer: CatalogueWriter,
        _ actor: Actor,
        _ now: Date
    ) throws -> Grant {
        guard change.changesGrant else { return row.grant }
        let id = row.principal.id
        // One's own change that waits can be changed further. That of somebody else is replaced: who confirms what is there
        // then must not find a part of it that they asked for themselves.
        let old = try writer.reader.grantChange(of: id)
        let own = old.flatMap { $0.askedBy == actor.name ? $0 : nil }
        var target = own?.grant ?? row.grant
        if let clearance = change.clearance { target.clearance = clearance }
        if let unit = change.unit { target.unit = unit }
        if let text = change.floor { target.floor = try floor(text) }
        target.validity = try validity(target.validity, starts: change.starts, ends: change.ends)
        let needsSecond = !isSolo && policy.needsSecondPerson(role: row.principal.role, clearance: target.clearance)
        let given = needsSecond ? policy.narrowed(row.grant, towards: target) : target
        if given != row.grant { try writer.setGrant(given, of: id) }
        try writer.removeGrantChange(of: id)
        if given != target {
            try writer.setGrantChange(
                GrantChange(
                    principal: id,
                    grant: target,
                    askedBy: actor.name,
                    askedByPerson: try writer.reader.person(ofActor: actor.name) ?? own?.askedByPerson,
                    asked: now
                )
            )
        }
        return target
    }

    private func floor(_ text: String) throws(ArchiveError) -> Label? {
        if text == PrincipalChange.none { return nil }
        guard let floor = Label(parsing: text) else {
            throw ArchiveError(.badRequest, "floor \(text.prefix(64).debugDescription) is no label")
        }
        return try policy.checked(label: floor)
    }

    /// The number of a user of the host, nil within for none; nil where nothing is said.
    private static func hostUser(_ text: String?) throws(ArchiveError) -> UInt32?? {
        guard let text else { return nil }
        if text == PrincipalChange.none { return .some(nil) }
        guard let user = UInt32(text) else {
            throw ArchiveError(.badRequest, "\(text.prefix(64).debugDescription) is no number of a user of this host")
        }
        return user
    }

    /// `validity` with what `starts` and `ends` say.
    ///
    /// - Throws: `bad-request` where one is no date, or there is no time between them.
    func validity(_ validity: Validity, starts: String?, ends: String?) throws(ArchiveError) -> Validity {
        var validity = validity
        if let starts { validity.starts = try day(starts, "--from")?.lowerBound }
        // A date is the last day, with all of it.
        if let ends { validity.ends = try day(ends, "--ends")?.upperBound }
        if let starts = validity.starts, let ends = validity.ends, starts >= ends {
            throw ArchiveError(.badRequest, "its time ends \(Timestamp.text(ends)), before it begins")
        }
        return validity
    }

    private func day(_ text: String, _ option: String) throws(ArchiveError) -> Range<Date>? {
        if text == PrincipalChange.none { return nil }
        if let moment = Timestamp.date(text) { return moment..<moment }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = settings.timeZone
        guard let parts = text.wholeMatch(of: /(\d{4})-(\d{2})-(\d{2})/)?.output,
            let year = Int(parts.1), let month = Int(parts.2), let day = Int(parts.3),
            let start = calendar.date(from: DateComponents(year: year, month: month, day: day)),
            // A calendar makes 3 March of 31 February; people meant something else.
            calendar.dateComponents([.month, .day], from: start) == DateComponents(month: month, day: day),
            let end = calendar.date(byAdding: .day, value: 1, to: start)
        else {
            throw ArchiveError(
                .badRequest,
                "\(option) \(text.prefix(64).debugDescription) is neither YYYY-MM-DD nor an RFC 3339 time"
            )
        }
        return start..<end
    }

    // MARK: Accesses

    /// Closes the accesses of a principal that what it is given no longer covers.
    func closeUncovered(
        _ id: PrincipalID,
        _ writer: CatalogueWriter,
        _ actor: Actor,
        _ now: Date
    ) throws -> [AccessRow] {
        guard let principal = try writer.reader.principal(id, at: now)?.principal else { return [] }
        let uncovered = try writer.reader.liveAccesses(of: id).filter { access in
            guard let recording = try writer.reader.recording(access.recording) else { return true }
            return !policy.isVisible(recording.visibility, to: principal)
        }
        try close(uncovered, reason: "grant-changed", writer, actor)
        return uncovered
    }

    func close(
        _ accesses: [AccessRow],
        reason: String,
        _ writer: CatalogueWriter,
        _ actor: Actor
    ) throws {
        for access in accesses where try writer.close(access.id) {
            try log.append(
                to: writer,
                actor: actor,
                action: "access.close",
                object: access.recording.description,
                details: ["access": access.id.description, "reason": reason]
            )
        }
    }

    /// What was minted for accesses that are closed is forgotten.
    func forgetHeaders(of accesses: [AccessRow]) throws {
        for access in accesses { try vault.forgetHeader(of: access.recording, access: access.id) }
    }

    // MARK: Renewing

    /// Makes a new invite for a principal; where its machine was lost, its certificates and accesses end with that.
    func renew(_ id: PrincipalID, lost: Bool, by actor: Actor) async throws -> Invitation {
        let now = clock.now
        let invite = try makeInvite(for: id, now: now)
        let directory = try Directory(vault: vault)
        let (needsConfirmation, closed) = try await catalogue.write { [self] writer -> (Bool, [AccessRow]) in
            guard let row = try writer.reader.principal(id, at: now) else { throw Self.noPrincipal(id) }
            guard row.state != .disabled, row.principal.state != .expired else {
                throw ArchiveError(
                    .conflict,
                    "principal \(id) is \(row.principal.state.rawValue)",
                    hint: row.state == .disabled ? "add a new one" : "give it more time: risalahd principal set --ends"
                )
            }
            guard try directory.entry(of: row).external == nil else {
                throw ArchiveError(
                    .conflict,
                    "the certificates of principal \(id) are of another CA, and renewed there",
                    hint: "a lost one belongs on its list of revoked certificates"
                )
            }
            try writer.setInvite(of: id, digest: invite.digest, expires: invite.expires)
            var details = ["expires": Timestamp.text(invite.expires), "lost": String(lost)]
            var closed: [AccessRow] = []
            if lost {
                closed = try writer.reader.liveAccesses(of: id)
                details["revoked"] = String(try writer.revokeCredentials(of: id, at: now))
                details["delivered"] = String(try writer.reader.deliveredAccesses(of: id))
                // Whoever has the machine may have asked for them.
                try withdrawRelabellings(of: id, because: "certificate-revoked", writer, actor)
            }
            try log.append(
                to: writer,
                actor: actor,
                action: "principal.renew",
                object: id.description,
                label: row.principal.clearance,
                details: details
            )
            try close(closed, reason: "certificate-revoked", writer, actor)
            return (row.state == .unconfirmed, closed)
        }
        try forgetHeaders(of: closed)
        return Invitation(
            principal: id,
            invite: invite.text,
            expires: invite.expires,
            needsConfirmation: needsConfirmation
        )
    }
}
