public import Age
public import ArchiveCore
internal import Foundation
internal import SwiftASN1
internal import X509

/// What an enrolment gave, read back from its ``ClientHome``.
public struct Credentials: Sendable {
    /// Where the archive is.
    public let server: ServerAddress
    /// The CA certificate, PEM.
    public let authority: String
    /// The certificate, PEM.
    public let certificate: String
    /// The key of the certificate, PEM.
    let key: SecretBytes

    /// Reads the enrolment in `home`.
    ///
    /// - Throws: `configuration` where there is none, or not all of it; `unauthenticated` where its time is over.
    public init(home: ClientHome, files: some FileSystem = LocalFileSystem()) throws(ArchiveError) {
        certificate = try home.text(of: .certificate, in: files)
        try Self.requireCurrent(certificate, at: home.path(of: .certificate))
        server = try ServerAddress(parsing: try home.text(of: .server, in: files))
        authority = try home.text(of: .authority, in: files)
        key = SecretBytes(try home.text(of: .key, in: files).utf8)
    }

    /// In the handshake the archive could only say that something is wrong with it.
    private static func requireCurrent(_ certificate: String, at path: String) throws(ArchiveError) {
        guard let parsed = try? Certificate(pemEncoded: certificate), parsed.notValidAfter < Date() else { return }
        throw ArchiveError(
            .unauthenticated,
            "the certificate in \(path) has expired on \(Timestamp.text(parsed.notValidAfter))",
            hint: "ask for a new invite and enrol into another --home"
        )
    }
}

extension ClientHome {
    /// The person's own age identities, X25519 first.
    ///
    /// - Throws: `configuration` where one is missing or cannot be read.
    public func identities(in files: some FileSystem = LocalFileSystem()) throws(ArchiveError) -> [Identity] {
        var identities: [Identity] = []
        for file in [File.identity, .hybridIdentity] {
            let text = try text(of: file, in: files)
            do throws(AgeError) {
                identities += try IdentityFile(parsing: text).identities
            } catch {
                throw ArchiveError(.configuration, "\(path(of: file)): \(error.message)")
            }
        }
        return identities
    }
}
