import AccessPolicy
import ArchiveConfiguration
import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue
import Crypto
import Foundation
import Vault

/// Adding principals, and the second person's word.
extension Archive {
    static let nameLimit = 200

    /// Adds a principal and, unless its certificates are of another CA, makes its invite.
    func add(_ new: NewPrincipal, by actor: Actor) async throws -> AdministrationResponse {
        let now = clock.now
        let grant = Grant(
            clearance: try policy.checked(label: new.clearance ?? Label(policy.lowest)),
            unit: try unit(new.unit),
            floor: try new.floor.map { try policy.checked(label: $0) },
            validity: try validity(Validity(), starts: new.starts, ends: new.ends)
        )
        try Self.check(name: new.name)
        if let person = new.person { try Self.check(name: person) }
        let needsConfirmation = !isSolo && policy.needsSecondPerson(role: new.role, clearance: grant.clearance)
        let principal = Principal(
            id: PrincipalID(),
            role: new.role,
            clearance: grant.clearance,
            unit: grant.unit,
            state: needsConfirmation ? .unconfirmed : .invited,
            floor: grant.floor
        )
        let directory = try Directory(vault: vault)
        let external = try new.external.map { try authorities.checked($0) }
        let invite = try new.external == nil ? makeInvite(for: principal.id, now: now) : nil
        try await catalogue.write { [log] writer in
            let entry = Directory.Entry(
                name: new.name,
                person: try Self.person(of: new, directory, writer.reader),
                external: new.external
            )
            let row = PrincipalRow(
                principal: principal,
                validity: grant.validity,
                addedBy: actor.name,
                addedByPerson: try writer.reader.person(ofActor: actor.name),
                person: directory.tag(person: entry.person),
                created: now,
                sealed: try directory.seal(entry, of: principal.id)
            )
            try writer.insert(row)
            if let user = new.hostUser { try writer.setHostUser(user, of: principal.id) }
            if let invite { try writer.setInvite(of: principal.id, digest: invite.digest, expires: invite.expires) }
            if let external {
                let name = directory.tag(external: external.name)
                try writer.setExternalIdentity(of: principal.id, issuer: external.issuer, name: name)
            }
            try Self.logAddition(
                of: row,
                entry,
                issuer: new.external?.issuer,
                hostUser: new.hostUser,
                log,
                writer,
                actor
            )
        }
        guard let invite else {
            return .added(AddedPrincipal(principal: principal.id, needsConfirmation: needsConfirmation))
        }
        return .invited(
            Invitation(
                principal: principal.id,
                invite: invite.text,
                expires: invite.expires,
                needsConfirmation: needsConfirmation
            )
        )
    }

    /// The entry of a principal that is added.
    static func logAddition(
        of row: PrincipalRow,
        _ entry: Directory.Entry,
        issuer: String? = nil,
        hostUser: UInt32? = nil,
        _ log: AuditLog,
        _ writer: CatalogueWriter,
        _ actor: Actor
    ) throws {
        var details = [
            "role": row.principal.role.rawValue, "unit": row.principal.unit, "state": row.state.rawValue,
            "floor": row.principal.floor?.description ?? "",
        ]
        details["starts"] = row.validity.starts.map(Timestamp.text)
        details["ends"] = row.validity.ends.map(Timestamp.text)
        details["issuer"] = issuer
        details["host-user"] = hostUser.map(String.init)
        try log.append(
            to: writer,
            actor: actor,
            action: "principal.add",
            object: row.principal.id.description,
            label: row.principal.clearance,
            details: details,
            texts: ["name": entry.name, "person": entry.person]
        )
    }

    // MARK: Persons

    /// The natural person or machine that `new` is, which is one that has no principals yet, or is said to be known.
    private static func person(
        of new: NewPrincipal,
        _ directory: Directory,
        _ reader: CatalogueReader
    ) throws -> String {
        let wanted = new.person ?? new.name
        var others = try reader.principals(ofPerson: directory.tag(person: wanted))
        if new.person == nil, others.isEmpty {
            // People of one name are told apart by what was given as their person.
            let name = Directory.plain(new.name)
            others = try reader.principals().filter { try Directory.plain(directory.entry(of: $0).name) == name }
        }
        let ids = others.map(\.principal.id.description).joined(separator: ", ")
        guard new.samePerson == true else {
            guard others.isEmpty else {
                throw ArchiveError(
                    .badRequest,
                    "this person has principal \(ids) already",
                    hint:
                        "the same person: --same-person; another one of that name: --person with what tells them apart"
                )
            }
            return wanted
        }
        guard let known = others.first else {
            throw ArchiveError(.badRequest, "--same-person: no principal is of this person", hint: "leave it out")
        }
        guard others.allSatisfy({ $0.person == known.person }) else {
            throw ArchiveError(
                .badRequest,
                "principals \(ids) of that name are of different persons",
                hint: "say which with --person, as risalahd principal show ID has it"
            )
        }
        return try directory.entry(of: known).person
    }

    /// Throws `bad-request` where `name` cannot be that of a principal or a person.
    static func check(name: String) throws(ArchiveError) {
        guard !Directory.plain(name).isEmpty, name.utf8.count <= nameLimit else {
            throw ArchiveError(.badRequest, "name and person have 1 to \(nameLimit) bytes")
        }
    }

    func unit(_ name: String?) throws(ArchiveError) -> String {
        if let name { return try policy.checked(unit: name) }
        guard let only = policy.units.first, policy.units.count == 1 else {
            throw ArchiveError(
                .badRequest,
                "--unit is needed, for there are several",
                hint: policy.units.joined(separator: ", ")
            )
        }
        return only
    }

    // MARK: Invites

    /// An invite that was made, and what the catalogue keeps of it.
    struct MadeInvite: Sendable {
        let text: String
        let digest: Data
        let expires: Date
    }

    /// Makes an invite for `principal`; it counts once the catalogue has its digest.
    func makeInvite(for principal: PrincipalID, now: Date) throws -> MadeInvite {
        try Self.makeInvite(for: principal, authority, settings, now: now)
    }

    static func makeInvite(
        for principal: PrincipalID,
        _ authority: Authority,
        _ settings: Settings,
        now: Date
    ) throws -> MadeInvite {
        let secret = SecretBytes(randomCount: 32)
        let invite = Invite(principal: principal, secret: secret, authority: try authority.certificate.derBytes())
        return MadeInvite(
            text: invite.text,
            digest: Data(SHA256.hash(data: secret.exposedBytes)),
            expires: settings.inviteLifetime.date(after: now, in: settings.timeZone)
        )
    }

    static func noPrincipal(_ id: PrincipalID) -> ArchiveError {
        ArchiveError(.notFound, "there is no principal \(id)", hint: "risalahd principal list")
    }
}
