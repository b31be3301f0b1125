internal import Age
public import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
internal import Foundation
internal import NIOHTTP1
internal import SwiftASN1
internal import X509

extension ArchiveClient {
    /// Enrols this machine with a certificate that another CA issued: makes its age identities, registers them with the
    /// archive at `server`, and writes `home`. No invite is needed; the archive knows the certificate's name.
    ///
    /// Where no answer came, the archive may have registered them all the same, and takes no others for this certificate:
    /// they stay in `home`, and the same call goes on with them.
    ///
    /// - Parameters:
    ///   - certificate: the certificate, PEM.
    ///   - key: its key, PEM, not encrypted.
    ///   - authority: the archive's own CA certificate, PEM: the one that its server is trusted under.
    ///   - isProtected: whether the keys go under the passphrase that the home's source chooses.
    /// - Throws: `configuration` where `home` has an enrolment, or a part of one; `bad-request` where a text is none of these;
    ///   `unauthenticated` where the archive does not know the certificate.
    public static func register(
        at server: ServerAddress,
        certificate: String,
        key: String,
        authority: String,
        home: ClientHome,
        isProtected: Bool = false,
        files: some FileSystem = LocalFileSystem()
    ) async throws -> Registration {
        let goesOn = try home.isBegun(certificate, key, authority, isProtected: isProtected, in: files)
        if !goesOn { try home.requireEmpty(in: files) }
        for (name, text) in [("certificate", certificate), ("CA certificate", authority)] {
            guard (try? Certificate(pemEncoded: text)) != nil else {
                throw ArchiveError(.badRequest, "the \(name) is no certificate in PEM")
            }
        }
        if goesOn {
            // What could not be reached may have been another address.
            if try home.text(of: .server, in: files) != "\(server)\n" {
                try home.write([.server: "\(server)\n"], in: files)
            }
        } else {
            let (identity, hybrid) = (Identity.generateX25519(), try Identity.generateHybrid())
            let keys = KeyTexts(key: key, identity: identityFile(identity), hybridIdentity: identityFile(hybrid))
            try home.begin(server, authority: authority, keys, isProtected: isProtected, in: files)
        }
        do {
            // Written before it is spent, and found wrong here rather than in the handshake.
            if !goesOn { try home.write([.certificate: certificate], in: files) }
            let client = try ArchiveClient(Credentials(home: home, files: files))
            let recipients = try home.identities(in: files).map(\.recipient)
            guard let x25519 = recipients.first(where: { $0.kind == .x25519 }),
                let hybrid = recipients.first(where: { $0.kind == .hybrid })
            else { throw ArchiveError(.configuration, "\(home.path) does not have both age identities") }
            let body = RegistrationRequest(x25519: x25519.description, hybrid: hybrid.description)
            let registration: Registration
            do {
                let request = try HTTPClientRequest(.POST, server.url("/v1/registrations"), json: body)
                registration = try await client.transport.answer(Registration.self, to: request, expecting: 201)
                await client.close()
            } catch {
                await client.close()
                throw error
            }
            return registration
        } catch let error as ArchiveError where !error.leavesOpen && !goesOn {
            home.discard(ClientHome.File.allCases, in: files)
            throw error
        }
    }
}

extension ArchiveError {
    /// Whether the archive may have done what it was asked for.
    fileprivate var leavesOpen: Bool { isPassing && code != .conflict }
}

extension ClientHome {
    /// Whether an enrolment with exactly this certificate and key began here, for the archive of this CA.
    fileprivate func isBegun(
        _ certificate: String,
        _ key: String,
        _ authority: String,
        isProtected: Bool,
        in files: some FileSystem
    ) throws -> Bool {
        guard try isEnrolled(in: files), try text(of: .certificate, in: files) == certificate,
            try text(of: .authority, in: files) == authority, try self.isProtected(in: files) == isProtected
        else { return false }
        return try text(of: .key, in: files) == key
    }
}
