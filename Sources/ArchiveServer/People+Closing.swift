import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue
import Foundation
import Vault

/// Closing principals, and what they leave behind.
extension Archive {
    /// Closes a principal for good, at once, and says what it leaves behind.
    func disable(_ id: PrincipalID, lost: Bool, by actor: Actor) async throws -> DisabledPrincipal {
        let now = clock.now
        let directory = try Directory(vault: vault)
        let (report, closed) = try await catalogue.write { [self] writer -> (DisabledPrincipal, [AccessRow]) in
            let reader = writer.reader
            guard let row = try reader.principal(id, at: now) else { throw Self.noPrincipal(id) }
            let underWay = try underWay(id, reader, now)
            let report = DisabledPrincipal(
                principal: id,
                underWay: underWay,
                quarantined: try reader.leftBehind(by: id).quarantined,
                certificates: try reader.credentialCount(of: id, at: now),
                waiting: try row.state == .disabled ? nil : waiting(row, directory, reader),
                delivered: try lost ? reader.deliveredAccesses(of: id) : nil
            )
            // Once closed, it can still turn out that its keys were lost.
            guard row.state != .disabled || lost else { return (report, []) }
            try writer.setState(.disabled, of: id)
            try writer.removeGrantChange(of: id)
            // The same person may come back as another principal, which then has these.
            try writer.removeExternalIdentity(of: id)
            let heir = try leaveHostUser(of: row, writer)
            if lost { try writer.revokeCredentials(of: id, at: now) }
            var details = [
                "accesses": underWay.accesses.count, "requests": underWay.requests.count,
                "relabellings": underWay.relabellings.count, "approvals": underWay.approvals.count,
                "delegations": underWay.delegations.count, "uploads": underWay.uploads.count,
            ].mapValues(String.init)
            details["delivered"] = report.delivered.map(String.init)
            details["lost"] = lost ? "true" : nil
            details["host-user"] = row.hostUser.map { heir?.description ?? "\($0)" }
            try log.append(
                to: writer,
                actor: actor,
                action: "principal.disable",
                object: id.description,
                label: row.principal.clearance,
                details: details
            )
            let live = try reader.liveAccesses(of: id)
            try close(live, reason: "principal-disabled", writer, actor)
            try withdrawRelabellings(of: id, because: "principal-disabled", writer, actor)
            try endDelegations(of: id, writer, actor, now)
            return (report, live)
        }
        try forgetHeaders(of: closed)
        return report
    }

    /// Leaves the user of the host that the person of a principal is to another of that person's, so that they stay one
    /// person to whoever asks; to nobody where they have no other. Returns that other.
    private func leaveHostUser(of row: PrincipalRow, _ writer: CatalogueWriter) throws -> PrincipalID? {
        guard let user = row.hostUser else { return nil }
        let heir = try writer.reader.principals(ofPerson: row.person).first { other in
            other.principal.id != row.principal.id && other.state != .disabled && other.hostUser == nil
        }
        try writer.setHostUser(nil, of: row.principal.id)
        if let heir { try writer.setHostUser(user, of: heir.principal.id) }
        return heir?.principal.id
    }

    /// Withdraws what a principal wanted labels to be.
    func withdrawRelabellings(
        of id: PrincipalID,
        because reason: String,
        _ writer: CatalogueWriter,
        _ actor: Actor
    ) throws {
        for change in try writer.reader.pendingRelabellings(of: id) {
            try writer.end(change.id, as: .closed)
            try log.append(
                to: writer,
                actor: actor,
                action: "recording.relabel",
                object: change.recording.description,
                details: ["change": change.id.description, "state": "closed", "reason": reason]
            )
        }
    }

    /// Ends the delegations by and to a principal: they count no more anyway, and whom they are left to would have to find
    /// that out.
    private func endDelegations(of id: PrincipalID, _ writer: CatalogueWriter, _ actor: Actor, _ now: Date) throws {
        for row in try writer.reader.delegations(of: id, at: now) {
            try writer.end(row.id, at: now)
            try log.append(
                to: writer,
                actor: actor,
                action: "delegation.end",
                object: row.id.description,
                details: [
                    "delegate": row.delegate.description, "starts": Timestamp.text(row.starts),
                    "ends": Timestamp.text(row.ends), "reason": "principal-disabled",
                ]
            )
        }
    }

    /// What a principal has under way at `now`.
    func underWay(_ id: PrincipalID, _ reader: CatalogueReader, _ now: Date) throws -> UnderWay {
        let live = try reader.liveAccesses(of: id).filter { $0.expires > now }
        return UnderWay(
            accesses: live.filter { $0.state == .open }.map(HeldAccess.init),
            requests: live.filter { $0.state == .pending }.map(HeldAccess.init),
            relabellings: try reader.pendingRelabellings(of: id).filter { $0.expires > now }.map { row in
                HeldRelabelling(change: row.id, recording: row.recording, label: row.label, expires: row.expires)
            },
            approvals: try reader.accesses(agreedToBy: id, at: now).map { row in
                HeldApproval(
                    access: row.id,
                    recording: row.recording,
                    principal: row.principal,
                    isOpen: row.state == .open,
                    expires: row.expires
                )
            },
            delegations: try reader.delegations(of: id, at: now).map { row in
                HeldDelegation(
                    delegation: row.id,
                    principal: row.principal,
                    delegate: row.delegate,
                    starts: row.starts,
                    ends: row.ends
                )
            },
            uploads: try reader.leftBehind(by: id).uploads.map { row in
                HeldUpload(upload: row.id, began: row.created, bytes: row.acknowledged)
            }
        )
    }
}

extension HeldAccess {
    fileprivate init(_ row: AccessRow) {
        self.init(access: row.id, recording: row.recording, expires: row.expires, delivered: !row.delivered.isEmpty)
    }
}
