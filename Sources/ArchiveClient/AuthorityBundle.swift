internal import ArchiveCore
internal import ArchiveInterface
internal import SwiftASN1
internal import X509

/// The CAs that a home trusts an archive under: the one of its enrolment, and those that it got to know since. The first is
/// the one that issues now.
struct AuthorityBundle {
    let certificates: [Certificate]

    /// Reads `ca.pem`.
    ///
    /// - Throws: where it has none, or something else.
    init(pem: String) throws {
        certificates = try PEMDocument.parseMultiple(pemString: pem).map { try Certificate(pemDocument: $0) }
        guard !certificates.isEmpty else {
            throw ArchiveError(.configuration, "there is no CA certificate", hint: "restore ca.pem")
        }
    }

    private init(_ certificates: [Certificate]) { self.certificates = certificates }

    /// One CA.
    init(_ certificate: Certificate) { self.init([certificate]) }

    /// As `ca.pem` has it.
    var pem: String {
        get throws { try certificates.map { try $0.serializeAsPEM().pemString + "\n" }.joined() }
    }

    /// The CAs that the archive says, of those that are known or that one which is known has signed. What it does not say
    /// any more goes; where nothing would be left, everything stays.
    func updated(by notice: AuthorityNotice?) throws -> AuthorityBundle {
        guard let notice else { return self }
        let introductions = try notice.introductions.map { try Certificate(pemEncoded: $0) }
        let said = try notice.certificates.map { try Certificate(pemEncoded: $0) }
        let taken = said.filter { certificate in
            certificates.contains(certificate)
                || introductions.contains { isIntroduced(certificate, by: $0) }
        }
        return taken.isEmpty ? self : AuthorityBundle(taken)
    }

    /// Whether one that is known has signed, in `introduction`, that the key of `certificate` is a CA's of that name.
    private func isIntroduced(_ certificate: Certificate, by introduction: Certificate) -> Bool {
        guard introduction.publicKey == certificate.publicKey, introduction.subject == certificate.subject,
            case .isCertificateAuthority = try? introduction.extensions.basicConstraints
        else { return false }
        return certificates.contains { isIssued(introduction, by: $0) }
    }

    /// Whether `authority` has issued `certificate`.
    private func isIssued(_ certificate: Certificate, by authority: Certificate) -> Bool {
        certificate.issuer == authority.subject
            && authority.publicKey.isValidSignature(certificate.signature, for: certificate)
    }

    /// Whether one of these CAs has issued `leaf`.
    func hasIssued(_ leaf: Certificate) -> Bool { certificates.contains { isIssued(leaf, by: $0) } }

    /// Whether one that issues no more has issued `leaf`: it is to be renewed soon.
    func hasIssuedBefore(_ leaf: Certificate) -> Bool {
        guard let first = certificates.first else { return false }
        return !isIssued(leaf, by: first) && hasIssued(leaf)
    }
}
