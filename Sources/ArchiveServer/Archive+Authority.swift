import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue
import Foundation
import Synchronization
import Vault
import X509

/// Changing the server's certificate and the internal CA.
extension Archive {
    /// What clients trust the server under, and how they get to know what they do not know yet.
    func authorityNotice() throws -> AuthorityNotice {
        let authority = authority
        return AuthorityNotice(
            certificates: try authority.trusted.map { try $0.pemText() },
            introductions: try (authority.introduction.map { [$0] } ?? []).map { try $0.pemText() }
        )
    }

    private var hosts: [String] { Authority.hosts(name: settings.name, listening: settings.host) }

    /// Has new connections made with what the vault has now.
    func loadTLS() throws { try tls.load(vault, authority, others: authorities.all.map(\.certificate)) }

    /// Has Config say which CA the server is to be trusted under.
    func publishAuthority() throws {
        let text = Array(try authority.certificate.pemText().utf8)
        guard try files.contents(layout.authority) != text else { return }
        try files.replace(layout.authority, with: text, label: "ca.write")
        try files.setMode(layout.authority, 0o644, label: "ca.write")
    }

    // MARK: The server's certificate

    /// Gives the server another key and certificate; connections that are there go on with the old one.
    func rotateTLS(by actor: Actor) async throws -> KeyChangeReport {
        let old = try Authority.serverCredentials(vault: vault).certificate.fingerprint()
        let fresh = try authority.serverDocuments(hosts: hosts, now: clock.now)
        let new = try fresh.certificate.fingerprint()
        try vault.make(
            KeyChange(.rotate, of: "tls", from: old, to: new, user: actor.user),
            keeping: fresh.documents
        )
        try await finishKeyChanges()
        return KeyChangeReport(kind: "tls", from: old, to: new)
    }

    /// Gives the server another certificate a month before the end of the one that it has.
    func renewServerCertificate() async throws {
        let current = try Authority.serverCredentials(vault: vault).certificate
        guard Authority.isDue(current, now: clock.now) else { return }
        _ = try await changingKeys { try await rotateTLS(by: .service) }
    }

    // MARK: The CA

    /// Begins another CA, which issues from now on. The one before has signed it, loses its key, and is trusted until
    /// ``retireAuthority(by:)``.
    ///
    /// - Throws: `conflict` while there is one before it still.
    func rotateAuthority(by actor: Actor) async throws -> KeyChangeReport {
        let old = authority
        guard old.former == nil else {
            throw ArchiveError(
                .conflict,
                "the CA before this one is still trusted",
                hint: "risalahd keys retire ca, when nobody needs it: risalahd keys list"
            )
        }
        let fresh = try old.successor(now: clock.now)
        let server = try fresh.authority.serverDocuments(hosts: hosts, now: clock.now)
        let (from, to) = (try old.certificate.fingerprint(), try fresh.authority.certificate.fingerprint())
        try vault.make(
            KeyChange(.rotate, of: "ca", from: from, to: to, user: actor.user),
            keeping: fresh.documents.merging(server.documents) { $1 }
        )
        try await finishKeyChanges()
        return KeyChangeReport(
            kind: "ca",
            from: from,
            to: to,
            publicForms: [try fresh.authority.certificate.pemText()]
        )
    }

    /// Has the CAs count, and new connections made, as the vault has them now.
    func takeUpAuthority() throws {
        let fresh = try Authority(vault: vault)
        authorityInForce.withLock { $0 = fresh }
        try loadTLS()
        try publishAuthority()
    }

    /// Trusts the CA before no more.
    ///
    /// - Throws: `conflict` while certificates of it may be used or renewed; `not-found` where there is none.
    func retireAuthority(by actor: Actor) async throws -> KeyChangeReport {
        guard let former = try authority.former?.fingerprint() else {
            throw ArchiveError(.notFound, "there is one CA, and none before it that is trusted")
        }
        let users = try await principals(needing: former)
        guard users.isEmpty else {
            let names = users.prefix(5).joined(separator: ", ") + (users.count > 5 ? ", …" : "")
            throw ArchiveError(
                .conflict,
                "\(users.count) principals have certificates of the CA before that were not renewed: \(names)",
                hint: "risalah whoami on the machine of each renews it; risalahd keys list shows who is left"
            )
        }
        try vault.make(
            KeyChange(.retire, of: "ca", from: former, user: actor.user),
            keeping: [:],
            forgetting: [Authority.formerName]
        )
        try await finishKeyChanges()
        return KeyChangeReport(kind: "ca", from: former)
    }

    /// Who has a certificate of the CA with this fingerprint that still counts, or could be renewed, and has shown no other here.
    func principals(needing authority: String) async throws -> [String] {
        let now = clock.now
        return try await catalogue.read { reader in
            var seen: Set<PrincipalID> = []
            return try reader.unrenewed(ofAuthority: authority).compactMap { credential in
                guard !seen.contains(credential.principal),
                    let row = try reader.principal(credential.principal, at: now), row.state != .disabled,
                    self.mayRenew(row.principal, endedAt: credential.notAfter, now: now)
                else { return nil }
                seen.insert(credential.principal)
                return credential.principal.description
            }
        }
    }

    // MARK: Listing

    /// The server's certificate and the CAs.
    func certificateReports() async throws -> [KeyReport] {
        let authority = authority
        let server = try Authority.serverCredentials(vault: vault).certificate
        var reports = [try report("tls", server, .current), try report("ca", authority.certificate, .current)]
        if let former = authority.former {
            var report = try report("ca", former, .former)
            report.replaced = Authority.made(authority.certificate)
            report.neededBy = try await principals(needing: report.key).map { "principal \($0)" }
            reports.append(report)
        }
        return reports
    }

    private func report(_ kind: String, _ certificate: Certificate, _ state: KeyReport.State) throws -> KeyReport {
        KeyReport(
            kind: kind,
            key: try certificate.fingerprint(),
            state: state,
            made: Authority.made(certificate),
            ends: certificate.notValidAfter
        )
    }
}
