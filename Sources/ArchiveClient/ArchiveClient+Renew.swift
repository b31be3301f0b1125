internal import Age
public import ArchiveCore
internal import ArchiveInterface
internal import AsyncHTTPClient
public import struct Foundation.Date
internal import NIOHTTP1
internal import SwiftASN1
internal import X509

extension ArchiveClient {
    /// Renews the certificate where two thirds of its time are over, and goes on with the new one; requests under way
    /// end with the old one, which counts until its end. Whoever runs for long calls it now and then: where nothing is
    /// due it asks nobody.
    ///
    /// The age identities stay: what was delivered to them can still be opened.
    ///
    /// - Parameter now: the time to judge by.
    /// - Returns: whether this client has a new certificate.
    /// - Throws: what the archive refuses it for; `unreachable`; `input-output` where the folder cannot be written. The
    ///   old pair is then in place, or the new one.
    @discardableResult
    public func renewIfDue(
        at now: Date = Date(),
        files: some FileSystem = LocalFileSystem()
    ) async throws -> Bool {
        let credentials = line.credentials
        guard credentials.isDue(at: now) else { return false }
        // Another process renews for us, too, or nobody can here.
        guard let lock = credentials.home.lockRenewal() else { return false }
        defer { lock.release() }
        try credentials.home.finishRenewal(in: files)
        let stored = try Credentials(home: credentials.home, allowingExpired: true, files: files)
        // Unless another process has done it since we looked.
        if stored.isDue(at: now) { try await renew(stored, files: files) }
        try line.renew(Credentials(home: credentials.home, files: files))
        return true
    }

    private func renew(_ old: Credentials, files: some FileSystem) async throws {
        let key = try old.home.nextKey(in: files)
        let recipients = try old.home.identities(in: files).map(\.recipient)
        guard let x25519 = recipients.first(where: { $0.kind == .x25519 }),
            let hybrid = recipients.first(where: { $0.kind == .hybrid })
        else {
            throw ArchiveError(.configuration, "\(old.home.path) does not have both age identities")
        }
        let body = RenewalRequest(
            // The archive names the caller itself.
            csr: try Self.request(named: "renewal", key: key),
            x25519: x25519.description,
            hybrid: hybrid.description
        )
        let request = try HTTPClientRequest(.POST, server.url("/v1/certificates"), json: body)
        let renewed = try await transport.answer(Enrolment.self, to: request, expecting: 201)
        let known = try AuthorityBundle(pem: old.authority).updated(by: renewed.authorities)
        try await Self.verify(renewed, key: key, authorities: known)
        guard
            try Certificate(pemEncoded: renewed.certificate).subject == Certificate(pemEncoded: old.certificate).subject
        else {
            throw ArchiveError(.unauthenticated, "the certificate that the archive issued is for another principal")
        }
        // First: who stops in between knows one CA more, which harms nothing.
        try old.home.keep(known, in: files)
        try old.home.complete(with: renewed.certificate, in: files)
    }

    /// Takes up what the archive says that its server is to be trusted under, as far as that can be known to be true, and
    /// has the certificate renewed where its CA issues no more.
    func learn(_ notice: AuthorityNotice, files: some FileSystem = LocalFileSystem()) async throws {
        guard try keep(notice, files: files), try await renewIfDue(files: files) else { return }
        // For the archive the old one is renewed when it has seen the new one, and nothing else may be asked for long.
        _ = try await get(WhoAmI.self, "/v1/whoami")
    }

    /// Whether there was something to be learnt.
    private func keep(_ notice: AuthorityNotice, files: some FileSystem) throws -> Bool {
        let home = line.credentials.home
        // Another process does it for us, too, or nobody can here.
        guard let lock = home.lockRenewal() else { return false }
        defer { lock.release() }
        let known = try AuthorityBundle(pem: home.text(of: .authority, in: files))
        let updated = try known.updated(by: notice)
        guard updated.certificates != known.certificates else { return false }
        try home.keep(updated, in: files)
        try line.renew(Credentials(home: home, allowingExpired: true, files: files))
        return true
    }
}
