public import ArchiveCore
public import ArchiveInterface
import Foundation
import SwiftASN1
import X509

extension ExternalName {
    /// No certificate is larger.
    private static let fileLimit = 64 << 10

    /// The subject of a certificate of `issuer`, in a file in PEM or DER, spelled as the archive compares it.
    ///
    /// What openssl prints is spelled otherwise wherever a name has an e-mail address, an attribute that few know, or
    /// letters beyond ASCII.
    ///
    /// - Throws: `bad-request` where the file is no certificate, or its subject is empty; `input-output`.
    public init(issuer: String, certificate path: String) throws(ArchiveError) {
        guard let bytes = try LocalFileSystem().contents(path, limit: Self.fileLimit) else {
            throw ArchiveError(.badRequest, "there is no \(path)")
        }
        guard
            let certificate = (try? Certificate(pemEncoded: String(decoding: bytes, as: UTF8.self)))
                ?? (try? Certificate(derEncoded: bytes))
        else { throw ArchiveError(.badRequest, "\(path) is no certificate in PEM or DER") }
        guard let name = ExternalAuthorities.subject(of: certificate) else {
            throw ArchiveError(
                .badRequest,
                "the certificate \(path) has no subject",
                hint: "name it by another of its names: --external-san"
            )
        }
        self.init(issuer: issuer, name: name)
    }
}
