import ArchiveCore
import AuditLog
import Crypto
import Foundation
import Glibc
import SwiftASN1
import Vault
import X509

/// The internal CA: issues the server's certificate and those of principals. Its key lies in the vault.
///
/// While a CA before it is trusted, that has no key any more: the last that it did was to sign this one.
struct Authority: Sendable {
    private static let keyName = "ca key"
    private static let certificateName = "ca certificate"
    private static let introductionName = "ca introduction"
    /// Where the vault keeps the CA before.
    static let formerName = "ca certificate before"
    private static let tlsKeyName = "tls key"
    private static let tlsCertificateName = "tls certificate"

    /// Certificates begin a little before they are made, for clocks that are behind.
    private static let skew: TimeInterval = 300
    private static let year: TimeInterval = 365 * 86_400

    private let key: Certificate.PrivateKey
    /// The CA's own certificate.
    let certificate: Certificate
    /// The CA before, while certificates of it count.
    let former: Certificate?
    /// This CA, as the one before has signed it: for those who know only that one.
    let introduction: Certificate?

    /// The CAs whose certificates count.
    var trusted: [Certificate] { [certificate] + (former.map { [$0] } ?? []) }

    /// The CA that ``create(name:in:now:)`` made, or the last ``successor(now:)``.
    init(vault: Vault) throws {
        guard let key = try vault.document(Self.keyName), let certificate = try vault.document(Self.certificateName)
        else { throw ArchiveError(.storage, "the vault has no CA") }
        self.key = Certificate.PrivateKey(try P256.Signing.PrivateKey(rawRepresentation: key))
        self.certificate = try Certificate(derEncoded: Array(certificate))
        former = try vault.document(Self.formerName).map { try Certificate(derEncoded: Array($0)) }
        introduction = try vault.document(Self.introductionName).map { try Certificate(derEncoded: Array($0)) }
    }

    private init(_ raw: P256.Signing.PrivateKey, _ certificate: Certificate, after former: Authority) throws {
        key = Certificate.PrivateKey(raw)
        self.certificate = certificate
        self.former = former.certificate
        introduction = try former.certify(
            certificate.publicKey,
            from: certificate.notValidBefore,
            to: min(certificate.notValidAfter, former.certificate.notValidAfter)
        )
    }

    /// Makes a CA, valid for twenty years, and keeps it in the vault.
    static func create(name: String, in vault: Vault, now: Date) throws -> Authority {
        let raw = P256.Signing.PrivateKey()
        let subject = try DistinguishedName {
            OrganizationName(name)
            CommonName("Risalah CA")
        }
        let certificate = try selfSigned(raw, subject, now: now)
        try vault.keep([
            keyName: raw.rawRepresentation, certificateName: Data(certificate.derBytes()),
        ])
        return try Authority(vault: vault)
    }

    /// Another CA of the same name, introduced by this one, and what the vault is to keep of it in the place of this one's key.
    func successor(now: Date) throws -> (authority: Authority, documents: [String: Data]) {
        let raw = P256.Signing.PrivateKey()
        let fresh = try Self.selfSigned(raw, certificate.subject, now: now)
        let authority = try Authority(raw, fresh, after: self)
        var documents = [
            Self.keyName: raw.rawRepresentation,
            Self.certificateName: Data(try fresh.derBytes()),
            Self.formerName: Data(try certificate.derBytes()),
        ]
        documents[Self.introductionName] = try authority.introduction.map { Data(try $0.derBytes()) }
        return (authority, documents)
    }

    private static func selfSigned(
        _ raw: P256.Signing.PrivateKey,
        _ subject: DistinguishedName,
        now: Date
    ) throws -> Certificate {
        let key = Certificate.PrivateKey(raw)
        return try Certificate(
            version: .v3,
            serialNumber: serialNumber(),
            publicKey: key.publicKey,
            notValidBefore: now.addingTimeInterval(-skew),
            notValidAfter: now.addingTimeInterval(20 * year),
            issuer: subject,
            subject: subject,
            extensions: Certificate.Extensions {
                // One below it: the CA that comes after it (RFC 4210 §4.4).
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 1))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: key.publicKey)
            },
            issuerPrivateKey: key
        )
    }

    /// A CA of this one's name and another key, signed by this one.
    private func certify(_ publicKey: Certificate.PublicKey, from: Date, to: Date) throws -> Certificate {
        try Certificate(
            version: .v3,
            serialNumber: Self.serialNumber(),
            publicKey: publicKey,
            notValidBefore: from,
            notValidAfter: to,
            issuer: certificate.subject,
            subject: certificate.subject,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: publicKey)
                try AuthorityKeyIdentifier(keyIdentifier: keyIdentifier())
            },
            issuerPrivateKey: key
        )
    }

    /// When a certificate of ours was made.
    static func made(_ certificate: Certificate) -> Date { certificate.notValidBefore.addingTimeInterval(skew) }

    private static func serialNumber() -> Certificate.SerialNumber {
        // RFC 5280 §4.1.2.2: positive, at most 20 bytes.
        var bytes = Random.bytes(16)
        bytes[0] &= 0x7f
        return Certificate.SerialNumber(bytes: bytes)
    }

    private func issue(
        to publicKey: Certificate.PublicKey,
        subject: DistinguishedName,
        now: Date,
        validity: TimeInterval,
        usage: ExtendedKeyUsage.Usage,
        names: [GeneralName]
    ) throws -> Certificate {
        try Certificate(
            version: .v3,
            serialNumber: Self.serialNumber(),
            publicKey: publicKey,
            notValidBefore: now.addingTimeInterval(-Self.skew),
            notValidAfter: now.addingTimeInterval(validity),
            issuer: certificate.subject,
            subject: subject,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([usage])
                try AuthorityKeyIdentifier(keyIdentifier: keyIdentifier())
                if !names.isEmpty { SubjectAlternativeNames(names) }
            },
            issuerPrivateKey: key
        )
    }

    private func keyIdentifier() throws -> ArraySlice<UInt8> {
        try certificate.extensions.subjectKeyIdentifier?.keyIdentifier ?? []
    }

    /// A certificate for a principal, valid one year. Of the request only its key counts, and that its sender holds it.
    ///
    /// - Throws: `bad-request` where the request is no PKCS#10, or its signature is not by its own key.
    func issue(to principal: PrincipalID, request pem: String, now: Date) throws -> Certificate {
        let request: CertificateSigningRequest
        do {
            request = try CertificateSigningRequest(pemEncoded: pem)
        } catch {
            throw ArchiveError(.badRequest, "csr is not a PKCS#10 request in PEM")
        }
        guard request.publicKey.isValidSignature(request.signature, for: request) else {
            throw ArchiveError(.badRequest, "csr is not signed by its own key")
        }
        return try issue(
            to: request.publicKey,
            subject: DistinguishedName { CommonName(principal.description) },
            now: now,
            validity: Self.year,
            usage: .clientAuth,
            names: []
        )
    }

    /// What the server's certificate names: the archive, the local names, and the address that it listens on.
    static func hosts(name: String, listening host: String) -> [String] {
        let always = [name, "localhost", "127.0.0.1"]
        return ["0.0.0.0", "::"].contains(host) || always.contains(host) ? always : always + [host]
    }

    /// Makes a new server certificate when the old one ends within a month; clients trust the CA, not the certificate.
    /// Returns it where it was made.
    func renewServerCertificate(hosts: [String], in vault: Vault, now: Date) throws -> Certificate? {
        let current = try Self.serverCredentials(vault: vault).certificate
        guard Self.isDue(current, now: now) else { return nil }
        return try makeServerCertificate(hosts: hosts, in: vault, now: now)
    }

    /// Whether the server's certificate ends within a month.
    static func isDue(_ certificate: Certificate, now: Date) -> Bool {
        certificate.notValidAfter < now.addingTimeInterval(30 * 86_400)
    }

    /// Makes the server's key and certificate, valid one year for `hosts`, and keeps them in the vault.
    @discardableResult
    func makeServerCertificate(hosts: [String], in vault: Vault, now: Date) throws -> Certificate {
        let made = try serverDocuments(hosts: hosts, now: now)
        try vault.keep(made.documents)
        return made.certificate
    }

    /// A certificate for the server, and what the vault is to keep of it.
    func serverDocuments(hosts: [String], now: Date) throws -> (certificate: Certificate, documents: [String: Data]) {
        let raw = P256.Signing.PrivateKey()
        let issued = try issue(
            to: Certificate.PublicKey(raw.publicKey),
            subject: DistinguishedName { CommonName(hosts[0]) },
            now: now,
            validity: Self.year,
            usage: .serverAuth,
            names: hosts.map(Self.generalName)
        )
        return (
            issued,
            [Self.tlsKeyName: raw.rawRepresentation, Self.tlsCertificateName: Data(try issued.derBytes())]
        )
    }

    private static func generalName(_ host: String) -> GeneralName {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if inet_pton(family, host, &bytes) == 1 { return .ipAddress(ASN1OctetString(contentBytes: bytes[...])) }
        }
        return .dnsName(host)
    }

    /// The server's certificate and its key, both PEM.
    static func serverCredentials(vault: Vault) throws -> (certificate: Certificate, key: String) {
        guard let key = try vault.document(tlsKeyName), let der = try vault.document(tlsCertificateName) else {
            throw ArchiveError(.storage, "the vault has no server certificate")
        }
        return (
            try Certificate(derEncoded: Array(der)),
            try P256.Signing.PrivateKey(rawRepresentation: key).pemRepresentation
        )
    }
}

extension Certificate {
    /// The certificate's DER.
    func derBytes() throws -> [UInt8] {
        var serializer = DER.Serializer()
        try serializer.serialize(self)
        return serializer.serializedBytes
    }

    /// The certificate's PEM.
    func pemText() throws -> String { try serializeAsPEM().pemString + "\n" }

    /// SHA-256 of the DER, hex.
    func fingerprint() throws -> String { SHA256.hash(data: try derBytes()).hexadecimal }

    /// SHA-256 of the SubjectPublicKeyInfo.
    func keyDigest() throws -> Data {
        var serializer = DER.Serializer()
        try serializer.serialize(publicKey)
        return Data(SHA256.hash(data: serializer.serializedBytes))
    }
}
