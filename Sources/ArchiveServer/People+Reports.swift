import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue
import Foundation

extension Archive {
    /// Every principal, oldest first.
    func principals() async throws -> [PrincipalReport] {
        let directory = try Directory(vault: vault)
        return try await catalogue.read { [self] reader in
            try reader.principals(at: clock.now).map { try report($0, directory, reader) }
        }
    }

    /// The same for `actor`, with its entry.
    func principals(for actor: Actor) async throws -> [PrincipalReport] {
        let found = try await principals()
        try await log.record(actor: actor, action: "principal.list", details: ["count": String(found.count)])
        return found
    }

    /// All that is known of one, for `actor`, with its entry.
    func detail(of id: PrincipalID, for actor: Actor) async throws -> PrincipalDetail {
        let found = try await detail(of: id)
        try await log.record(
            actor: actor,
            action: "principal.show",
            object: id.description,
            label: found.summary.clearance
        )
        return found
    }

    private func report(
        _ row: PrincipalRow,
        _ directory: Directory,
        _ reader: CatalogueReader
    ) throws -> PrincipalReport {
        PrincipalReport(
            principal: row.principal.id,
            name: try directory.entry(of: row).name,
            role: row.principal.role,
            clearance: row.principal.clearance,
            unit: row.principal.unit,
            state: row.principal.state,
            validity: row.validity,
            waits: try row.state != .disabled && waiting(row, directory, reader) != nil
        )
    }

    /// All that is known of one.
    func detail(of id: PrincipalID) async throws -> PrincipalDetail {
        let directory = try Directory(vault: vault)
        return try await catalogue.read { [self] reader in
            let now = clock.now
            guard let row = try reader.principal(id, at: now) else { throw Self.noPrincipal(id) }
            let entry = try directory.entry(of: row)
            let invite = try reader.invite(of: id)
            func named(_ actor: String) throws -> NamedActor {
                let other = try PrincipalID(actor).flatMap { try reader.principal($0, at: now) }
                return NamedActor(actor: actor, name: try other.map { try directory.entry(of: $0).name })
            }
            return PrincipalDetail(
                summary: try report(row, directory, reader),
                person: entry.person,
                alsoHolds: try reader.principals(ofPerson: row.person).map(\.principal.id).filter { $0 != id },
                hostUser: row.hostUser,
                floor: row.principal.floor,
                added: row.created,
                addedBy: try named(row.addedBy),
                confirmedBy: try row.confirmedBy.map(named),
                waiting: try row.state == .disabled ? nil : waiting(row, directory, reader),
                certificates: try reader.credentials(of: id).map { credential in
                    PrincipalDetail.Certificate(
                        certificate: credential.certificate,
                        notBefore: credential.notBefore,
                        notAfter: credential.notAfter,
                        revoked: credential.revoked,
                        issuer: credential.issuer.map(issuerName)
                    )
                },
                external: entry.external,
                inviteUntil: invite.flatMap { $0.used == nil && $0.expires > now ? $0.expires : nil },
                lastUse: try reader.lastEntry(by: id.description),
                underWay: try underWay(id, reader, now)
            )
        }
    }
}
