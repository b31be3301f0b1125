import AccessPolicy
import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue
import Foundation
import Hummingbird

/// `/v1/grants`: what principals are to be given and waits for a second person.
struct GrantRoutes: Sendable {
    let archive: Archive

    /// Adds the routes below `/v1/grants`.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on("", method: .get) { _, context in
            try await Response.json(archive.waitingGrants(for: context.authenticated()))
        }
        group.on(":id/confirmation", method: .post) { request, context in
            let body = try await request.json(ConfirmationRequest.self)
            return try await Response.json(
                archive.confirm(context.identifier("id"), body, by: context.authenticated())
            )
        }
    }
}

extension Archive {
    /// Whether `caller` may be the second person for a grant: whoever may approve, and is cleared for what is given, as if
    /// it were a recording; and of the two that an archive begins with, each for the other.
    private func mayConfirm(_ row: PrincipalRow, _ grant: Grant, as caller: PrincipalRow) -> Bool {
        if row.state == .unconfirmed, row.counterpart == caller.principal.id { return true }
        let object = VisibilityClass(label: grant.clearance, unit: grant.unit)
        let question = AccessQuestion(principal: caller.principal, action: .approve, object: object)
        guard case .allow = policy.decide(question) else { return false }
        return true
    }

    private func row(of caller: Caller, _ reader: CatalogueReader) throws -> PrincipalRow {
        guard let row = try reader.principal(caller.principal.id, at: clock.now),
            row.principal.state == .active || (row.principal.state == .unconfirmed && row.counterpart != nil)
        else { throw ArchiveError(.unauthenticated, "this principal does not count", hint: "ask an administrator") }
        guard try reader.credential(certificate: caller.certificate)?.revoked == nil else {
            throw ArchiveError(.unauthenticated, "this certificate was revoked", hint: "ask an administrator")
        }
        return row
    }

    /// Whether `caller` may be the second person for any grant.
    private func mayConfirmAny(_ caller: PrincipalRow) -> Bool {
        if caller.counterpart != nil { return true }
        guard case .allow = policy.decide(AccessQuestion(principal: caller.principal, action: .approve)) else {
            return false
        }
        return true
    }

    private func waitingGrants(
        for caller: PrincipalRow,
        _ directory: Directory,
        _ reader: CatalogueReader
    ) throws -> [(PrincipalRow, WaitingGrant)] {
        guard mayConfirmAny(caller) else { return [] }
        return try reader.principals(at: clock.now).compactMap { row in
            guard row.state != .disabled, let waiting = try waiting(row, directory, reader),
                mayConfirm(row, waiting.grant, as: caller)
            else { return nil }
            return (row, waiting)
        }
    }

    /// How many grants wait and `caller` may confirm.
    func waitingGrantCount(
        for caller: PrincipalRow,
        _ directory: Directory,
        _ reader: CatalogueReader
    ) throws -> Int {
        try waitingGrants(for: caller, directory, reader).count
    }

    /// Grants that wait and that the caller may confirm, the longest waiting first.
    func waitingGrants(for caller: Caller) async throws -> WaitingGrants {
        let directory = try Directory(vault: vault)
        let (list, mayApprove) = try await catalogue.read { [self] reader in
            let own = try self.row(of: caller, reader)
            let found = try waitingGrants(for: own, directory, reader).map { row, waiting in
                WaitingGrants.Item(
                    principal: row.principal.id,
                    name: try directory.entry(of: row).name,
                    role: row.principal.role,
                    isNew: row.state == .unconfirmed,
                    waiting: waiting
                )
            }
            return (found.sorted { $0.waiting.asked < $1.waiting.asked }, mayConfirmAny(own))
        }
        try await log.record(
            actor: caller.actor,
            action: "grant.list",
            decision: mayApprove ? .allow : .refuse,
            details: mayApprove ? ["count": String(list.count)] : [:]
        )
        guard mayApprove else {
            throw ArchiveError(.refused, "role \(caller.principal.role.rawValue) may not confirm grants")
        }
        return WaitingGrants(grants: list)
    }

    /// Confirms a grant over the network: exactly the one that the caller saw.
    ///
    /// - Throws: `not-found` where there is none that the caller may confirm; `refused` where the caller is no second person.
    func confirm(_ id: PrincipalID, _ request: ConfirmationRequest, by caller: Caller) async throws -> GrantOutcome {
        try await confirm(id, digest: request.digest, by: caller.actor) { [self] reader, row, waiting in
            try mayConfirm(row, waiting.grant, as: self.row(of: caller, reader))
        }
    }
}
