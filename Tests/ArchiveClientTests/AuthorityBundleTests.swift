import ArchiveInterface
import Crypto
import Foundation
import SwiftASN1
import Testing
import X509

@testable import ArchiveClient

/// Which CAs a client comes to trust: those that one which it trusts has signed, and no others.
@Suite struct AuthorityBundleTests {
    private func pem(_ certificate: Certificate) throws -> String { try certificate.serializeAsPEM().pemString }

    /// `subject` as `issuer` signs it.
    private func introduction(of subject: TestAuthority, by issuer: TestAuthority, isCA: Bool = true) throws -> String {
        let certificate = try Certificate(
            version: .v3,
            serialNumber: .init(),
            publicKey: .init(subject.key.publicKey),
            notValidBefore: Date(timeIntervalSinceNow: -60),
            notValidAfter: Date(timeIntervalSinceNow: 3600),
            issuer: issuer.certificate.subject,
            subject: subject.certificate.subject,
            extensions: Certificate.Extensions {
                Critical(isCA ? BasicConstraints.isCertificateAuthority(maxPathLength: 0) : .notCertificateAuthority)
            },
            issuerPrivateKey: .init(issuer.key)
        )
        return try pem(certificate)
    }

    @Test func isLearntWhereAKnownOneHasSignedIt() throws {
        let (old, new, other) = (try TestAuthority(), try TestAuthority(), try TestAuthority())
        let known = AuthorityBundle(old.certificate)
        let both = AuthorityNotice(
            certificates: [try pem(new.certificate), try pem(old.certificate)],
            introductions: [try introduction(of: new, by: old)]
        )
        let learnt = try known.updated(by: both)
        #expect(learnt.certificates == [new.certificate, old.certificate])
        #expect(try AuthorityBundle(pem: learnt.pem).certificates == learnt.certificates)
        // What is said no more goes.
        let alone = AuthorityNotice(certificates: [try pem(new.certificate)], introductions: both.introductions)
        #expect(try learnt.updated(by: alone).certificates == [new.certificate])
        #expect(try known.updated(by: alone).certificates == [new.certificate])
        #expect(try known.updated(by: nil).certificates == [old.certificate])

        // Not by itself, not by a stranger, not for another key, and not by what is no CA.
        for introductions in [
            [], [try introduction(of: new, by: other)], [try introduction(of: other, by: old)],
            [try pem(new.certificate)], [try introduction(of: new, by: old, isCA: false)],
        ] {
            let notice = AuthorityNotice(certificates: [try pem(new.certificate)], introductions: introductions)
            #expect(try known.updated(by: notice).certificates == [old.certificate])
        }
        #expect(throws: (any Error).self) {
            try known.updated(by: AuthorityNotice(certificates: ["none"], introductions: []))
        }
        #expect(throws: (any Error).self) { try AuthorityBundle(pem: "") }
    }

    @Test func whatACABeforeIssuedIsToBeRenewed() throws {
        let (old, new) = (try TestAuthority(), try TestAuthority())
        let leaf = try old.issue(.init(P256.Signing.PrivateKey().publicKey), name: "leaf")
        let notice = AuthorityNotice(
            certificates: [try pem(new.certificate), try pem(old.certificate)],
            introductions: [try introduction(of: new, by: old)]
        )
        let known = AuthorityBundle(old.certificate)
        #expect(known.hasIssued(leaf) && !known.hasIssuedBefore(leaf))
        let both = try known.updated(by: notice)
        #expect(both.hasIssued(leaf) && both.hasIssuedBefore(leaf))
        let fresh = try new.issue(.init(P256.Signing.PrivateKey().publicKey), name: "leaf")
        #expect(both.hasIssued(fresh) && !both.hasIssuedBefore(fresh) && !known.hasIssued(fresh))
    }
}
