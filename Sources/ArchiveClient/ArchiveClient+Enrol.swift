internal import Age
public import ArchiveCore
public import ArchiveInterface
internal import AsyncHTTPClient
internal import Crypto
internal import Foundation
internal import NIOHTTP1
internal import SwiftASN1
internal import X509

extension ArchiveClient {
    /// Enrols this machine once: makes its keys, has the archive at `server` certify them for `invite`, and writes
    /// `home`. The archive is trusted only under the CA of the invite, from the first byte.
    ///
    /// - Parameters:
    ///   - isProtected: whether the keys go under the passphrase that the home's source chooses, and never on disk in clear.
    ///   - asksPassphrase: whether somebody will be asked for it; the archive refuses that for machines.
    /// - Throws: `configuration` where `home` has an enrolment, or a part of one; `bad-invite` where the archive does
    ///   not take it; `unauthenticated` where the certificate that came back is not of that CA or not of our key.
    public static func enrol(
        at server: ServerAddress,
        invite: Invite,
        home: ClientHome,
        isProtected: Bool = false,
        asksPassphrase: Bool = false,
        files: some FileSystem = LocalFileSystem()
    ) async throws -> Enrolment {
        try home.requireEmpty(in: files)
        let security = try TransportSecurity.anonymous(authority: invite.authority)
        let authority = try certificate(ofAuthority: invite)
        let key = P256.Signing.PrivateKey()
        let (identity, hybrid) = (Identity.generateX25519(), try Identity.generateHybrid())

        // The invite works once, so that the folder can be written is found out before it is spent.
        let keys = KeyTexts(
            key: key.pemRepresentation + "\n",
            identity: identityFile(identity),
            hybridIdentity: identityFile(hybrid)
        )
        let authorityText = try authority.serializeAsPEM().pemString + "\n"
        try home.begin(server, authority: authorityText, keys, isProtected: isProtected, in: files)
        do {
            let enrolment = try await certify(
                EnrolmentRequest(
                    principal: invite.principal,
                    secret: Data(invite.secret.exposedBytes),
                    csr: try request(named: invite.principal.description, key: key),
                    x25519: identity.recipient.description,
                    hybrid: hybrid.recipient.description,
                    asksPassphrase: isProtected && asksPassphrase ? true : nil
                ),
                at: server,
                security: Transport(security: security)
            )
            guard enrolment.principal == invite.principal else {
                throw ArchiveError(.unauthenticated, "the certificate that the archive issued is for another principal")
            }
            // The invite may be older than the CA that issues now.
            let known = try AuthorityBundle(authority).updated(by: enrolment.authorities)
            try await verify(enrolment, key: key, authorities: known)
            try home.write([.authority: known.pem, .certificate: enrolment.certificate], in: files)
            return enrolment
        } catch {
            home.discard(ClientHome.File.allCases, in: files)
            throw error
        }
    }

    private static func certify(
        _ body: EnrolmentRequest,
        at server: ServerAddress,
        security transport: Transport
    ) async throws -> Enrolment {
        do {
            let request = try HTTPClientRequest(.POST, server.url("/v1/enrolments"), json: body)
            let enrolment = try await transport.answer(Enrolment.self, to: request, expecting: 201)
            await transport.close()
            return enrolment
        } catch {
            await transport.close()
            throw error
        }
    }

    private static func certificate(ofAuthority invite: Invite) throws(ArchiveError) -> Certificate {
        do {
            return try Certificate(derEncoded: invite.authority)
        } catch {
            throw ArchiveError(.badInvite, "the invite's CA certificate cannot be read")
        }
    }

    /// PKCS#10; the archive takes only the key and the proof that we hold it (Docs/http.md, Enrolment).
    static func request(named name: String, key: P256.Signing.PrivateKey) throws -> String {
        let request = try CertificateSigningRequest(
            version: .v1,
            subject: DistinguishedName { CommonName(name) },
            privateKey: Certificate.PrivateKey(key),
            attributes: .init(),
            signatureAlgorithm: .ecdsaWithSHA256
        )
        return try request.serializeAsPEM().pemString
    }

    /// Throws `unauthenticated` where the certificate that came back is not of one of `authorities`, or not for `key`.
    static func verify(
        _ enrolment: Enrolment,
        key: P256.Signing.PrivateKey,
        authorities: AuthorityBundle
    ) async throws {
        func refusal(_ reason: String) -> ArchiveError {
            ArchiveError(.unauthenticated, "the certificate that the archive issued \(reason)")
        }
        guard let leaf = try? Certificate(pemEncoded: enrolment.certificate) else { throw refusal("cannot be read") }
        guard leaf.publicKey == Certificate.PublicKey(key.publicKey) else { throw refusal("is not for our key") }
        // An issuer is not its own leaf: a CA that sends its own certificate back fails on the key above.
        var verifier = Verifier(rootCertificates: CertificateStore(authorities.certificates)) { RFC5280Policy() }
        guard case .validCertificate = await verifier.validate(leaf: leaf, intermediates: CertificateStore()) else {
            throw refusal("is not one of the CA in the invite, or not valid at this machine's time")
        }
    }

    /// As `age-keygen` writes it, so that the stock `age -i` reads it.
    static func identityFile(_ identity: Identity) -> String {
        "# public key: \(identity.recipient)\n\(identity.secretString)\n"
    }
}
