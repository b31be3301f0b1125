import Crypto
import Foundation
import SwiftASN1
import X509

/// A CA made for one test.
struct TestAuthority: Sendable {
    let key = P256.Signing.PrivateKey()
    let certificate: Certificate

    init() throws {
        let name = try DistinguishedName { CommonName("Test archive") }
        certificate = try Certificate(
            version: .v3,
            serialNumber: .init(),
            publicKey: .init(key.publicKey),
            notValidBefore: Date(timeIntervalSinceNow: -60),
            notValidAfter: Date(timeIntervalSinceNow: 3600),
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true))
            },
            issuerPrivateKey: .init(key)
        )
    }

    var der: [UInt8] {
        get throws {
            var serializer = DER.Serializer()
            try serializer.serialize(certificate)
            return serializer.serializedBytes
        }
    }

    /// A certificate for `publicKey`; with `address` one for a server there.
    func issue(
        _ publicKey: Certificate.PublicKey,
        name: String,
        address: [UInt8]? = nil,
        from: Date = Date(timeIntervalSinceNow: -60)
    ) throws -> Certificate {
        try Certificate(
            version: .v3,
            serialNumber: .init(),
            publicKey: publicKey,
            notValidBefore: from,
            notValidAfter: from.addingTimeInterval(1800),
            issuer: certificate.subject,
            subject: try DistinguishedName { CommonName(name) },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                if let address {
                    SubjectAlternativeNames([.ipAddress(ASN1OctetString(contentBytes: address[...]))])
                }
            },
            issuerPrivateKey: .init(key)
        )
    }
}
