import ArchiveCore
import ArchiveInterface
import Crypto
import Foundation
import SwiftASN1
import X509

/// CAs that are not the archive's own, and whose certificates principals may show: a national PKI.
///
/// One is known by its key, never by its name: another CA of the same name signs nothing here. Its certificates mean nothing
/// by themselves; each principal is given the one exact name that its own have.
struct ExternalAuthorities: Sendable {
    /// One CA.
    struct Authority: Sendable {
        /// What risalah.yaml calls it.
        let name: String
        /// Its certificate: what it issues is looked up under this key and no other.
        let certificate: Certificate
        /// SHA-256 of its SubjectPublicKeyInfo.
        let key: Data
        /// Serial numbers that it, or we, have revoked.
        let revoked: RevokedSerials?

        /// Whether it issued `leaf`.
        func issued(_ leaf: Certificate) -> Bool {
            leaf.issuer == certificate.subject
                && certificate.publicKey.isValidSignature(leaf.signature, for: leaf)
        }
    }

    private static let fileLimit = 64 << 10

    /// Every CA, in the order of risalah.yaml.
    let all: [Authority]

    /// The CAs of `settings`.
    ///
    /// - Throws: `configuration` where a file cannot be read, is no CA certificate, or two have one key.
    init(_ settings: [Settings.ExternalAuthority], files: any FileSystem) throws {
        all = try settings.map { try Self.read($0, files) }
        for (index, one) in all.enumerated() {
            if let other = all[..<index].first(where: { $0.key == one.key }) {
                throw ArchiveError(.configuration, "authorities \(other.name) and \(one.name) have the same key")
            }
        }
    }

    private static func read(_ settings: Settings.ExternalAuthority, _ files: any FileSystem) throws -> Authority {
        let path = settings.certificate
        guard let bytes = try files.contents(path, limit: fileLimit) else {
            throw ArchiveError(.configuration, "authority \(settings.name): there is no \(path)")
        }
        guard
            let certificate = (try? Certificate(pemEncoded: String(decoding: bytes, as: UTF8.self)))
                ?? (try? Certificate(derEncoded: bytes))
        else {
            throw ArchiveError(.configuration, "authority \(settings.name): \(path) is no certificate in PEM or DER")
        }
        guard case .isCertificateAuthority? = try? certificate.extensions.basicConstraints else {
            throw ArchiveError(.configuration, "authority \(settings.name): \(path) is not the certificate of a CA")
        }
        return Authority(
            name: settings.name,
            certificate: certificate,
            key: try certificate.keyDigest(),
            revoked: try settings.revoked.map { try RevokedSerials(path: $0) }
        )
    }

    /// The one that risalah.yaml calls `name`.
    func named(_ name: String) -> Authority? { all.first { $0.name == name } }

    /// The one with this key.
    func withKey(_ key: Data) -> Authority? { all.first { $0.key == key } }

    /// The one that issued `leaf`.
    func issuer(of leaf: Certificate) -> Authority? { all.first { $0.issued(leaf) } }

    /// Why a certificate of `authority` does not count at `now`; nil where it does.
    func objection(to leaf: Certificate, of authority: Authority, at now: Date) -> String? {
        let dates = [leaf, authority.certificate]
        guard dates.allSatisfy({ $0.notValidBefore <= now && now < $0.notValidAfter }) else {
            return "certificate-expired"
        }
        do {
            guard try authority.revoked?.contains(leaf.serialNumber) != true else { return "certificate-revoked" }
        } catch {
            // A list that cannot be read revokes everything: nobody knows what it would say.
            return "revocation-unknown"
        }
        return nil
    }

    /// The subject of `leaf` as a principal can be given it; nil where it is empty.
    static func subject(of leaf: Certificate) -> String? {
        leaf.subject == DistinguishedName() ? nil : "subject:\(leaf.subject)"
    }

    /// Every name that a principal can be given by which `leaf` would be its own.
    static func names(of leaf: Certificate) throws -> [String] {
        var names: [String] = []
        if let subject = subject(of: leaf) { names.append(subject) }
        for name in try leaf.extensions.subjectAlternativeNames ?? SubjectAlternativeNames() {
            switch name {
            case .rfc822Name(let text): names.append("email:\(text)")
            case .dnsName(let text): names.append("dns:\(text)")
            case .uniformResourceIdentifier(let text): names.append("uri:\(text)")
            default: break
            }
        }
        return names
    }

    /// The key of the CA that `external` names, and the name that its certificates are to have.
    ///
    /// - Throws: `unknown-name`, `bad-request`.
    func checked(_ external: ExternalName) throws(ArchiveError) -> (issuer: Data, name: String) {
        guard let authority = named(external.issuer) else {
            throw ArchiveError(
                .unknownName,
                "there is no authority \(external.issuer.prefix(64).debugDescription)",
                hint: all.isEmpty
                    ? "name it under authorities: in risalah.yaml"
                    : "there is " + all.map(\.name).joined(separator: ", ")
            )
        }
        let parts = external.name.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, ["subject", "email", "dns", "uri"].contains(parts[0]), external.name.utf8.count <= 2000
        else {
            throw ArchiveError(
                .badRequest,
                "\(external.name.prefix(64).debugDescription) is no name of a certificate",
                hint: "subject:CN=…,O=…, email:…, dns:… or uri:…"
            )
        }
        return (authority.key, external.name)
    }
}
