import AccessPolicy
import ArchiveConfiguration
public import ArchiveCore
public import ArchiveInterface
import AuditLog
import Catalogue
import Crypto
import Foundation
import Ingest
import Retention
import Retrieval
import Vault
import X509

extension Archive {
    /// Does what a user of the host asks for, whether over the socket of a running service or by taking the lock itself:
    /// the same work and the same entries (DESIGN.md invariant 13).
    ///
    /// - Parameter address: where the service serves, where it does.
    public func administer(
        _ request: AdministrationRequest,
        by actor: Actor,
        address: String? = nil
    ) async throws -> AdministrationResponse {
        switch request {
        case .addPrincipal(let new): .invited(try await add(new, by: actor))
        case .confirmPrincipal(let id): try await confirm(id, by: actor)
        case .listPrincipals: .principals(try await principals())
        case .disablePrincipal(let id): try await disable(id, by: actor)
        case .verifyLog: .verified(try await verification())
        case .proposeDestruction: .destruction(Self.report(try await retention.propose(by: actor)))
        case .runDestruction: .destruction(Self.report(try await destroyDue(by: actor)))
        case .listQuarantine: .quarantine(try await quarantine())
        case .releaseQuarantined(let release): .released(try await self.release(release, by: actor))
        case .dropQuarantined(let upload): try await drop(upload, by: actor)
        case .status: .status(try await status(address: address))
        }
    }

    // MARK: Principals

    private static let nameLimit = 200

    private func add(_ new: NewPrincipal, by actor: Actor) async throws -> Invitation {
        let clearance = try policy.checked(label: new.clearance ?? Label(policy.lowest))
        if let floor = new.floor { _ = try policy.checked(label: floor) }
        let unit = try unit(new.unit)
        let directory = try Directory(vault: vault)
        for text in [new.name, new.person ?? new.name] {
            guard !text.isEmpty, text.utf8.count <= Self.nameLimit else {
                throw ArchiveError(.badRequest, "name and person have 1 to \(Self.nameLimit) bytes")
            }
        }
        let needsConfirmation = !isSolo && policy.needsSecondPerson(role: new.role, clearance: clearance)
        let principal = Principal(
            id: PrincipalID(),
            role: new.role,
            clearance: clearance,
            unit: unit,
            state: needsConfirmation ? .unconfirmed : .invited,
            floor: new.floor
        )
        let entry = Directory.Entry(name: new.name, person: new.person ?? new.name)
        let now = clock.now
        let row = PrincipalRow(
            principal: principal,
            addedBy: actor.name,
            person: directory.tag(person: entry.person),
            created: now,
            sealed: try directory.seal(entry, of: principal.id)
        )
        let invite = Invite(
            principal: principal.id,
            secret: SecretBytes(randomCount: 32),
            authority: try authority.certificate.derBytes()
        )
        let expires = settings.inviteLifetime.date(after: now, in: settings.timeZone)
        try await catalogue.write { [log] writer in
            try writer.insert(
                row,
                inviteDigest: Data(SHA256.hash(data: invite.secret.exposedBytes)),
                inviteExpires: expires
            )
            try log.append(
                to: writer,
                actor: actor,
                action: "principal.add",
                object: principal.id.description,
                label: principal.clearance,
                details: [
                    "role": principal.role.rawValue, "unit": principal.unit, "state": principal.state.rawValue,
                    "floor": principal.floor?.description ?? "",
                ],
                texts: ["name": entry.name, "person": entry.person]
            )
        }
        return Invitation(
            principal: principal.id,
            invite: invite.text,
            expires: expires,
            needsConfirmation: needsConfirmation
        )
    }

    private func unit(_ name: String?) throws(ArchiveError) -> String {
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

    private func confirm(_ id: PrincipalID, by actor: Actor) async throws -> AdministrationResponse {
        try await catalogue.write { [log] writer in
            guard let row = try writer.reader.principal(id) else { throw Self.noPrincipal(id) }
            guard row.principal.state == .unconfirmed else {
                throw ArchiveError(.conflict, "principal \(id) waits for nobody's confirmation")
            }
            guard row.addedBy != actor.name else {
                throw ArchiveError(
                    .refused,
                    "who added a principal does not confirm it",
                    hint: "let another administrator of this host run it under their own user"
                )
            }
            try writer.setState(.invited, of: id)
            try log.append(
                to: writer,
                actor: actor,
                action: "principal.confirm",
                object: id.description,
                label: row.principal.clearance
            )
        }
        return .done
    }

    private func principals() async throws -> [PrincipalReport] {
        let directory = try Directory(vault: vault)
        return try await catalogue.read { try $0.principals() }.map { row in
            PrincipalReport(
                principal: row.principal.id,
                name: try directory.entry(of: row).name,
                role: row.principal.role,
                clearance: row.principal.clearance,
                unit: row.principal.unit,
                state: row.principal.state
            )
        }
    }

    private func disable(_ id: PrincipalID, by actor: Actor) async throws -> AdministrationResponse {
        let closed = try await catalogue.write { [log] writer -> [AccessRow] in
            guard let row = try writer.reader.principal(id) else { throw Self.noPrincipal(id) }
            guard row.principal.state != .disabled else { return [] }
            let open = try writer.reader.liveAccesses(of: id)
            try writer.setState(.disabled, of: id)
            try writer.closeAccesses(of: id)
            try log.append(
                to: writer,
                actor: actor,
                action: "principal.disable",
                object: id.description,
                label: row.principal.clearance
            )
            return open
        }
        for access in closed { try vault.forgetHeader(of: access.recording, access: access.id) }
        return .done
    }

    private static func noPrincipal(_ id: PrincipalID) -> ArchiveError {
        ArchiveError(.notFound, "there is no principal \(id)", hint: "risalahd principal list")
    }

    // MARK: Quarantine

    private func quarantine() async throws -> [QuarantineReport] {
        try await ingest.quarantined().map { row in
            QuarantineReport(
                upload: row.upload,
                principal: row.principal,
                reason: row.reason,
                bytes: row.bytes,
                since: row.since,
                expires: row.expires
            )
        }
    }

    private func release(_ release: QuarantineRelease, by actor: Actor) async throws -> StoredRecording {
        let additions = release.additions.map { (name: $0.name, value: $0.value) }
        return StoredRecording(try await ingest.release(release.upload, adding: additions, by: actor))
    }

    private func drop(_ upload: UploadID, by actor: Actor) async throws -> AdministrationResponse {
        try await ingest.dropQuarantined(upload, by: actor)
        return .done
    }

    // MARK: Enrolment

    /// Turns an invite into a certificate, once.
    func enrol(_ request: EnrolmentRequest) async throws -> Enrolment {
        let now = clock.now
        // One answer for an invite that is wrong in any way: it tells nobody which principals there are.
        let refusal = ArchiveError(
            .badInvite,
            "this invite was used, has expired or never was",
            hint: "ask an administrator for a new one"
        )
        try Self.checkRecipients(x25519: request.x25519, hybrid: request.hybrid)
        let certificate = try authority.issue(to: request.principal, request: request.csr, now: now)
        let digest = Data(SHA256.hash(data: request.secret))
        let credential = Credential(
            key: try certificate.keyDigest(),
            principal: request.principal,
            certificate: try certificate.fingerprint(),
            notBefore: certificate.notValidBefore,
            notAfter: certificate.notValidAfter,
            x25519: request.x25519,
            hybrid: request.hybrid
        )
        let role = try await catalogue.write { [log] writer -> Role? in
            guard let invite = try writer.reader.invite(of: request.principal),
                let principal = try writer.reader.principal(request.principal)?.principal,
                SecretBytes(invite.digest) == SecretBytes(digest), invite.used == nil, invite.expires > now,
                principal.state == .invited
            else {
                // Unknown peers are not logged one by one (invariant 14); a known invite that fails is worth one line.
                if try writer.refuseInvite(of: request.principal, at: now) {
                    try log.append(
                        to: writer,
                        actor: .anonymous,
                        action: "principal.enrol",
                        object: request.principal.description,
                        decision: .refuse
                    )
                }
                return nil
            }
            try writer.enrol(credential, at: now)
            let active = Principal(
                id: principal.id,
                role: principal.role,
                clearance: principal.clearance,
                unit: principal.unit,
                state: .active
            )
            try log.append(
                to: writer,
                actor: .principal(active, certificate: credential.certificate),
                action: "principal.enrol",
                object: principal.id.description,
                label: principal.clearance,
                details: ["key": credential.key.hexadecimal, "expires": Timestamp.text(credential.notAfter)]
            )
            return principal.role
        }
        guard let role else { throw refusal }
        return Enrolment(
            principal: request.principal,
            role: role,
            certificate: try certificate.pemText(),
            expires: certificate.notValidAfter
        )
    }

    // MARK: Destruction

    /// Executes what is due, with the room that is kept for it.
    func destroyDue(by actor: Actor) async throws -> [Retention.Outcome] {
        try reserve.releaseForDestruction()
        let outcomes = try await retention.run(by: actor)
        try reserve.keep()
        return outcomes
    }

    // MARK: Reports

    /// Rebuilds the log from its entries.
    func verification() async throws -> LogVerification {
        Self.report(try await log.verify())
    }

    private func status(address: String?) async throws -> StatusReport {
        let over = clock.now.addingTimeInterval(-Retrieval.grace)
        let (totals, missing, entries) = try await catalogue.read { reader in
            (try reader.totals(), try reader.missingMeetings(endedBy: over), try reader.entryCount())
        }
        return StatusReport(
            name: settings.name,
            address: address,
            recordings: totals.recordings,
            bytes: totals.bytes,
            uploads: totals.uploads,
            missing: missing,
            entries: entries,
            solo: isSolo
        )
    }

    private static func report(_ outcomes: [Retention.Outcome]) -> DestructionReport {
        DestructionReport(
            items: outcomes.map { outcome in
                DestructionReport.Item(
                    recording: outcome.item.recording,
                    list: outcome.item.list,
                    series: outcome.item.series,
                    due: outcome.item.due,
                    executable: outcome.item.executable,
                    outcome: outcome.kind.rawValue,
                    reason: outcome.reason
                )
            }
        )
    }
}
