import ArchiveCore
import AuditLog
import Catalogue
import Crypto
import Foundation
import Hummingbird
import NIOSSL

/// Finds out who asks, at every request: TLS sessions may be resumed, and principals are disabled meanwhile.
///
/// The handshake has proved that the peer holds the certificate's key and that a CA signed it. Here the certificate must
/// be one that was issued or registered, byte for byte, not revoked, within its dates, of a principal that counts.
struct CallerMiddleware: RouterMiddleware {
    let archive: Archive
    /// Whether the route renews certificates, and so takes some whose time is over.
    var isRenewal = false
    /// Whether the route confirms principals, and so takes the two that an archive begins with before they are confirmed.
    var isConfirmation = false

    func handle(
        _ request: Request,
        context: ArchiveContext,
        next: (Request, ArchiveContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.caller = try await caller(of: context)
        return try await next(request, context)
    }

    private func caller(of context: ArchiveContext) async throws -> Caller {
        guard let certificate = try await context.channel.nioSSL_peerCertificate().get() else {
            archive.noteUnknown(context.channel, "no-certificate")
            throw ArchiveError(
                .unauthenticated,
                "this needs a client certificate",
                hint: "enrol first: risalah enrol URL --invite …"
            )
        }
        let fingerprint = SHA256.hash(data: try certificate.toDERBytes()).hexadecimal
        let found = try await archive.catalogue.read { reader -> (Credential, Principal)? in
            guard let credential = try reader.credential(certificate: fingerprint),
                let row = try reader.principal(credential.principal, at: archive.clock.now)
            else { return nil }
            return (credential, row.principal)
        }
        guard let (credential, principal) = found else {
            archive.noteUnknown(context.channel, "certificate-unknown")
            throw ArchiveError(.unauthenticated, "this certificate is not known here", hint: "enrol again")
        }
        let caller = Caller(principal: principal, key: credential.key, certificate: credential.certificate)
        let now = archive.clock.now
        if credential.revoked != nil {
            try await archive.noteRefusal(of: caller, "certificate-revoked")
            throw ArchiveError(.unauthenticated, "this certificate was revoked", hint: "ask an administrator")
        }
        if let reason = try archive.externalObjection(to: credential, shown: certificate) {
            try await archive.noteRefusal(of: caller, reason)
            throw ArchiveError(.unauthenticated, "this certificate does not count: \(reason)", hint: "ask its issuer")
        }
        let mayRenew = archive.mayRenew(principal, endedAt: credential.notAfter, now: now)
        guard credential.notBefore <= now, isRenewal ? mayRenew : now < credential.notAfter else {
            try await archive.noteRefusal(of: caller, "certificate-expired")
            throw ArchiveError(
                .unauthenticated,
                "this certificate was valid until \(Timestamp.text(credential.notAfter))",
                hint: mayRenew ? "renew it first" : "ask an administrator for a new invite"
            )
        }
        guard principal.state == .active || (isConfirmation && principal.state == .unconfirmed) else {
            try await archive.noteRefusal(of: caller, "principal-\(principal.state.rawValue)")
            throw ArchiveError(
                .unauthenticated,
                "this principal is \(principal.state.rawValue)",
                hint: principal.state == .unconfirmed
                    ? "the other of the two confirms it: risalah confirm" : "ask an administrator"
            )
        }
        await archive.noteShown(credential)
        return caller
    }
}
