import ArchiveCore
import AuditLog
import Catalogue
import Crypto
import Foundation
import Hummingbird
import NIOSSL

/// Finds out who asks, at every request: TLS sessions may be resumed, and principals are disabled meanwhile.
///
/// The handshake has proved that the peer holds the certificate's key and that the CA signed it. Here the certificate must
/// be one that was issued, byte for byte, within its dates, of a principal that counts.
struct CallerMiddleware: RouterMiddleware {
    let archive: Archive
    /// Whether the route renews certificates, and so takes some whose time is over.
    var isRenewal = false

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
            throw ArchiveError(
                .unauthenticated,
                "this needs a client certificate",
                hint: "enrol first: risalah enrol URL --invite …"
            )
        }
        let fingerprint = SHA256.hash(data: try certificate.toDERBytes()).hexadecimal
        let found = try await archive.catalogue.read { reader -> (Credential, Principal)? in
            guard let credential = try reader.credential(certificate: fingerprint),
                let row = try reader.principal(credential.principal)
            else { return nil }
            return (credential, row.principal)
        }
        guard let (credential, principal) = found else {
            throw ArchiveError(.unauthenticated, "this certificate is not known here", hint: "enrol again")
        }
        let caller = Caller(principal: principal, key: credential.key, certificate: credential.certificate)
        let now = archive.clock.now
        let mayRenew = archive.mayRenew(principal, endedAt: credential.notAfter, now: now)
        guard credential.notBefore <= now, isRenewal ? mayRenew : now < credential.notAfter else {
            try await refuse(caller, "certificate-expired")
            throw ArchiveError(
                .unauthenticated,
                "this certificate was valid until \(Timestamp.text(credential.notAfter))",
                hint: mayRenew ? "renew it first" : "ask an administrator for a new invite"
            )
        }
        guard principal.state == .active else {
            try await refuse(caller, "principal-disabled")
            throw ArchiveError(.unauthenticated, "this principal is disabled", hint: "ask an administrator")
        }
        return caller
    }

    private func refuse(_ caller: Caller, _ reason: String) async throws {
        try await archive.log.record(
            actor: caller.actor,
            action: "connection.refuse",
            object: caller.principal.id.description,
            decision: .refuse,
            details: ["reason": reason]
        )
    }
}
