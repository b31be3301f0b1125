import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue
import Foundation
import X509

extension Archive {
    /// How long after its end a certificate of a machine may still renew, and do nothing else.
    static let renewalGrace: TimeInterval = 30 * 86_400
    /// Certificates of one principal that count at once; more is no renewal.
    private static let mostCredentials = 16

    /// Whether a certificate of `principal` that ended at `end` may be renewed now: any that has not ended, and for a
    /// while those of machines that nobody sits at, which may have been switched off in between.
    func mayRenew(_ principal: Principal, endedAt end: Date, now: Date) -> Bool {
        guard now >= end else { return true }
        return [.recorder, .transcriber].contains(principal.role) && now < end.addingTimeInterval(Self.renewalGrace)
    }

    /// Throws `refused` where a principal has as many certificates that count as it can have.
    func checkCredentialCount(of principal: PrincipalID, _ reader: CatalogueReader, _ now: Date) throws {
        guard try reader.credentialCount(of: principal, at: now) < Self.mostCredentials else {
            throw ArchiveError(
                .refused,
                "this principal has \(Self.mostCredentials) certificates that count",
                hint: "use one of them until they end, or ask an administrator"
            )
        }
    }

    /// Remembers that a machine has the certificate that it was issued in the place of another: only now that one is renewed.
    ///
    /// Where that cannot be written, its next request is as good, and this one goes on.
    func noteShown(_ credential: Credential) async {
        guard credential.replaces != nil else { return }
        _ = try? await catalogue.write { [clock] writer in
            try writer.markShown(certificate: credential.certificate, at: clock.now)
        }
    }

    /// Gives the caller a new certificate for the key of the request. The old one stays valid until its end: requests
    /// under way go on, and an answer that is lost costs nothing.
    func renew(_ request: RenewalRequest, by caller: Caller) async throws -> Enrolment {
        let now = clock.now
        try Self.checkRecipients(x25519: request.x25519, hybrid: request.hybrid)
        let authority = authority
        let certificate = try authority.issue(to: caller.principal.id, request: request.csr, now: now)
        let credential = Credential(
            key: try certificate.keyDigest(),
            principal: caller.principal.id,
            certificate: try certificate.fingerprint(),
            notBefore: certificate.notValidBefore,
            notAfter: certificate.notValidAfter,
            x25519: request.x25519,
            hybrid: request.hybrid,
            authority: try authority.certificate.fingerprint(),
            replaces: caller.certificate
        )
        try await catalogue.write { [self] writer in
            // Read again in the transaction that answers: it may have been disabled since the request came in.
            guard let principal = try writer.reader.principal(caller.principal.id, at: now)?.principal,
                principal.state == .active,
                let current = try writer.reader.credential(certificate: caller.certificate),
                current.revoked == nil, mayRenew(principal, endedAt: current.notAfter, now: now)
            else { throw ArchiveError(.unauthenticated, "this principal is disabled", hint: "ask an administrator") }
            guard current.issuer == nil else {
                throw ArchiveError(
                    .refused,
                    "this certificate is of another CA, and renewed there",
                    hint: "enrol into another --home with the new one"
                )
            }
            try checkCredentialCount(of: principal.id, writer.reader, now)
            try writer.insert(credential)
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "certificate.renew",
                object: principal.id.description,
                label: principal.clearance,
                details: [
                    "key": credential.key.hexadecimal, "certificate": credential.certificate,
                    "expires": Timestamp.text(credential.notAfter), "late": String(now >= current.notAfter),
                ]
            )
        }
        return Enrolment(
            principal: caller.principal.id,
            role: caller.principal.role,
            certificate: try certificate.pemText(),
            expires: certificate.notValidAfter,
            authorities: try authorityNotice()
        )
    }
}
