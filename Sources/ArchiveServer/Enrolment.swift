import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue
import Crypto
import Foundation
import X509

extension Archive {
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
        let authority = authority
        let certificate = try authority.issue(to: request.principal, request: request.csr, now: now)
        let digest = Data(SHA256.hash(data: request.secret))
        let credential = Credential(
            key: try certificate.keyDigest(),
            principal: request.principal,
            certificate: try certificate.fingerprint(),
            notBefore: certificate.notValidBefore,
            notAfter: certificate.notValidAfter,
            x25519: request.x25519,
            hybrid: request.hybrid,
            authority: try authority.certificate.fingerprint()
        )
        let role = try await catalogue.write { [self] writer -> Role? in
            guard let invite = try writer.reader.invite(of: request.principal),
                let row = try writer.reader.principal(request.principal, at: now),
                SecretBytes(invite.digest) == SecretBytes(digest), invite.used == nil, invite.expires > now,
                Self.mayEnrol(row)
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
            try checkAttendance(request, of: row.principal.role)
            try checkCredentialCount(of: row.principal.id, writer.reader, now)
            try writer.enrol(credential, at: now)
            try log.append(
                to: writer,
                actor: .principal(row.principal, certificate: credential.certificate),
                action: "principal.enrol",
                object: row.principal.id.description,
                label: row.principal.clearance,
                details: ["key": credential.key.hexadecimal, "expires": Timestamp.text(credential.notAfter)]
            )
            return row.principal.role
        }
        guard let role else { throw refusal }
        return Enrolment(
            principal: request.principal,
            role: role,
            certificate: try certificate.pemText(),
            expires: certificate.notValidAfter,
            authorities: try authorityNotice()
        )
    }

    /// One that was invited or has a certificate already, whose time is not over. Of those who wait for a second person
    /// only the two that an archive begins with, for they confirm each other by their certificates; until then these
    /// count for nothing else.
    private static func mayEnrol(_ row: PrincipalRow) -> Bool {
        switch row.principal.state {
        case .invited, .active, .notYetValid: true
        case .unconfirmed: row.counterpart != nil
        case .disabled, .expired: false
        }
    }

    /// A machine that nobody sits at cannot be asked for a passphrase; its invite is not spent on finding that out.
    private func checkAttendance(_ request: EnrolmentRequest, of role: Role) throws(ArchiveError) {
        guard request.asksPassphrase == true, role == .recorder || role == .transcriber else { return }
        throw ArchiveError(
            .badRequest,
            "a \(role.rawValue) cannot be asked for a passphrase",
            hint: "give it a file with the passphrase (--passphrase-file), or none"
        )
    }
}
