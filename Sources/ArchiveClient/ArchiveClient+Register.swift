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
        try home.requireEmpty(in: files)
        for (name, text) in [("certificate", certificate), ("CA certificate", authority)] {
            guard (try? Certificate(pemEncoded: text)) != nil else {
                throw ArchiveError(.badRequest, "the \(name) is no certificate in PEM")
            }
        }
        let (identity, hybrid) = (Identity.generateX25519(), try Identity.generateHybrid())
        let keys = KeyTexts(key: key, identity: identityFile(identity), hybridIdentity: identityFile(hybrid))
        try home.begin(server, authority: authority, keys, isProtected: isProtected, in: files)
        do {
            // Written before it is spent, and found wrong here rather than in the handshake.
            try home.write([.certificate: certificate], in: files)
            let client = try ArchiveClient(Credentials(home: home, files: files))
            let body = RegistrationRequest(
                x25519: identity.recipient.description,
                hybrid: hybrid.recipient.description
            )
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
        } catch {
            home.discard(ClientHome.File.allCases, in: files)
            throw error
        }
    }
}
