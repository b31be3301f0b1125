import AccessPolicy
public import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue
public import Foundation
import Glibc
import Vault

/// One of the two persons that an archive begins with.
public struct Founder: Codable, Sendable {
    /// What people call them.
    public let name: String
    /// Their first principal, a records manager.
    public let principal: PrincipalID
    /// What enrols it once: for their eyes only, and on no sheet.
    public let invite: String
    /// When the invite ends.
    public let expires: Date
}

extension Archive {
    /// Throws `bad-request` where `people` are not the two that an archive can begin with.
    static func checkFounders(_ people: [String], isSolo: Bool) throws(ArchiveError) {
        guard !people.isEmpty else { return }
        guard !isSolo else {
            throw ArchiveError(.badRequest, "--solo is without a second person, --person is for two", hint: "take one")
        }
        guard people.count == 2 else {
            throw ArchiveError(.badRequest, "an archive begins with two persons: --person A --person B, or with none")
        }
        for person in people { try check(name: person) }
        guard Directory.plain(people[0]) != Directory.plain(people[1]) else {
            throw ArchiveError(.badRequest, "two different persons are needed, told apart by their names")
        }
    }

    /// Adds the two principals that confirm each other: records managers, cleared for everything, since whoever confirms a
    /// grant has to be cleared for what is given.
    ///
    /// Each counts for nothing but the other's confirmation until the other has confirmed it. Whoever runs `init` hands
    /// the invites over and could use both; that is what the sheet, which both sign, is for.
    static func addFounders(
        _ people: [String],
        _ policy: Policy,
        _ settings: Settings,
        _ catalogue: Catalogue,
        _ vault: Vault,
        _ log: AuditLog,
        _ authority: Authority,
        now: Date
    ) async throws -> [Founder] {
        guard let unit = policy.units.first, people.count == 2 else { return [] }
        guard policy.secondPersonFrom != nil else {
            throw ArchiveError(
                .configuration,
                "policy.yaml wants no second person for grants (second_person_from: never), --person is for two",
                hint: "name a level there, or leave --person out"
            )
        }
        let directory = try Directory(vault: vault)
        let clearance = Label(policy.highest, compartments: policy.compartments)
        let actor = Actor.hostUser(getuid())
        let made = try people.map { name in
            let id = PrincipalID()
            let entry = Directory.Entry(name: name, person: name)
            let row = PrincipalRow(
                principal: Principal(
                    id: id,
                    role: .recordsManager,
                    clearance: clearance,
                    unit: unit,
                    state: .unconfirmed
                ),
                addedBy: actor.name,
                person: directory.tag(person: name),
                created: now,
                sealed: try directory.seal(entry, of: id)
            )
            return (row: row, entry: entry, invite: try makeInvite(for: id, authority, settings, now: now))
        }
        try await catalogue.write { writer in
            for one in made {
                try writer.insert(one.row, inviteDigest: one.invite.digest, inviteExpires: one.invite.expires)
                try logAddition(of: one.row, one.entry, log, writer, actor)
            }
            try writer.pair(made[0].row.principal.id, made[1].row.principal.id)
        }
        return made.map { one in
            Founder(
                name: one.entry.name,
                principal: one.row.principal.id,
                invite: one.invite.text,
                expires: one.invite.expires
            )
        }
    }
}
