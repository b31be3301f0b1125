import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue
import Foundation
import NIOCore
import NIOSSL
import SwiftASN1
import X509

/// Certificates of other CAs: registered once, with the age recipients of the machine that holds the key.
extension Archive {
    /// A certificate that another CA issued, and which.
    struct ExternalCertificate: Sendable {
        let leaf: Certificate
        let issuer: ExternalAuthorities.Authority
    }

    /// The certificate that the peer of `channel` shows; the handshake has proved that it holds the key.
    ///
    /// - Throws: `unauthenticated` where there is none, or none of another CA that is known here.
    func externalCertificate(of channel: any Channel) async throws -> ExternalCertificate {
        guard let shown = try await channel.nioSSL_peerCertificate().get() else {
            throw ArchiveError(.unauthenticated, "this needs a client certificate")
        }
        let leaf = try Certificate(derEncoded: try shown.toDERBytes())
        guard let issuer = authorities.issuer(of: leaf) else {
            throw ArchiveError(
                .unauthenticated,
                "this certificate is not of another CA that is known here",
                hint: "with an invite: risalah enrol URL --invite …"
            )
        }
        return ExternalCertificate(leaf: leaf, issuer: issuer)
    }

    /// Registers a certificate of another CA, whose name a principal has: from here on it is a credential like one of ours.
    func register(_ request: RegistrationRequest, of shown: ExternalCertificate) async throws -> Registration {
        let (leaf, issuer) = (shown.leaf, shown.issuer)
        let now = clock.now
        let named = try await principal(named: leaf, by: issuer)
        try Self.checkRecipients(x25519: request.x25519, hybrid: request.hybrid)
        let credential = Credential(
            key: try leaf.keyDigest(),
            principal: named,
            certificate: try leaf.fingerprint(),
            notBefore: leaf.notValidBefore,
            notAfter: leaf.notValidAfter,
            x25519: request.x25519,
            hybrid: request.hybrid,
            issuer: issuer.key
        )
        let reason = authorities.objection(to: leaf, of: issuer, at: now)
        let principal = try await catalogue.write { [self] writer -> Principal? in
            guard let row = try writer.reader.principal(credential.principal, at: now) else { return nil }
            let actor = Actor.principal(row.principal, certificate: credential.certificate)
            let states: [PrincipalState] = [.invited, .active, .notYetValid]
            guard reason == nil, states.contains(row.principal.state) else {
                try log.append(
                    to: writer,
                    actor: actor,
                    action: "principal.register",
                    object: row.principal.id.description,
                    decision: .refuse,
                    details: ["reason": reason ?? "principal-\(row.principal.state.rawValue)", "issuer": issuer.name]
                )
                return nil
            }
            if let known = try writer.reader.credential(certificate: credential.certificate) {
                if known.principal == row.principal.id {
                    // An answer that was lost costs nothing; another key for what is delivered does.
                    guard known.x25519 == credential.x25519, known.hybrid == credential.hybrid, known.revoked == nil
                    else { throw ArchiveError(.conflict, "this certificate is registered, with other recipients") }
                    return row.principal
                }
                // The name was another's, who is closed; not so where the certificate's key was lost.
                guard known.revoked == nil, try writer.reader.principal(known.principal, at: now)?.state == .disabled
                else { throw ArchiveError(.conflict, "this certificate is that of another principal, or was revoked") }
                try writer.remove(known)
            }
            try checkCredentialCount(of: row.principal.id, writer.reader, now)
            try writer.register(credential)
            try log.append(
                to: writer,
                actor: actor,
                action: "principal.register",
                object: row.principal.id.description,
                label: row.principal.clearance,
                details: [
                    "key": credential.key.hexadecimal, "expires": Timestamp.text(credential.notAfter),
                    "issuer": issuer.name, "serial": Array(leaf.serialNumber.bytes).hexadecimal,
                ]
            )
            return row.principal
        }
        guard let principal else { throw Self.foreign }
        return Registration(principal: principal.id, role: principal.role, expires: credential.notAfter)
    }

    /// One answer for every certificate of another CA that is nobody's here, or does not count.
    private static let foreign = ArchiveError(
        .unauthenticated,
        "this certificate is nobody's here, or does not count",
        hint: "ask an administrator: risalahd principal add … --issuer NAME --external-certificate …"
    )

    private func principal(named leaf: Certificate, by issuer: ExternalAuthorities.Authority) async throws
        -> PrincipalID
    {
        let directory = try Directory(vault: vault)
        let names = try ExternalAuthorities.names(of: leaf).map { directory.tag(external: $0) }
        let found = try await catalogue.read { try $0.principals(issuer: issuer.key, names: names) }
        // A certificate with the names of two is neither's.
        guard let only = found.first, found.count == 1 else { throw Self.foreign }
        return only
    }

    /// What `authorities` calls the CA with this key; its digest where it no longer names it.
    func issuerName(_ key: Data) -> String { authorities.withKey(key)?.name ?? key.hexadecimal }

    /// Why the certificate of another CA does not count now; nil for one of ours, and for one that does.
    func externalObjection(to credential: Credential, shown: NIOSSLCertificate) throws -> String? {
        guard let key = credential.issuer else { return nil }
        guard let authority = authorities.withKey(key) else { return "issuer-unknown" }
        let leaf = try Certificate(derEncoded: try shown.toDERBytes())
        return authorities.objection(to: leaf, of: authority, at: clock.now)
    }
}
