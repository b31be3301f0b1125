public import ArchiveCore
internal import Crypto
internal import Foundation
internal import Glibc
internal import SwiftASN1
internal import X509

/// What an enrolment gave, read back from its ``ClientHome``.
public struct Credentials: Sendable {
    /// A renewal switches two files, one after the other: whoever reads in between reads again, for so long.
    private static let switchLimit = Duration.seconds(1)

    /// The folder that they were read from.
    public let home: ClientHome
    /// Where the archive is.
    public let server: ServerAddress
    /// The CA certificates, PEM: that of the enrolment, or those that came after it.
    public let authority: String
    /// The certificate, PEM.
    public let certificate: String
    /// The key of the certificate, PEM.
    let key: SecretBytes
    /// From when to when the certificate counts; nil where it cannot be read.
    let validity: Range<Date>?

    /// Reads the enrolment in `home`, and finishes a renewal that was cut off there.
    ///
    /// - Parameter allowingExpired: whether one whose time is over is read, too: it may still be renewed.
    /// - Throws: `configuration` where there is none, or not all of it; `unauthenticated` where its time is over.
    public init(
        home: ClientHome,
        allowingExpired: Bool = false,
        files: some FileSystem = LocalFileSystem()
    ) throws(ArchiveError) {
        self.home = home
        (certificate, key) = try Self.pair(home, files)
        validity = (try? Certificate(pemEncoded: certificate)).flatMap { parsed in
            parsed.notValidBefore < parsed.notValidAfter ? parsed.notValidBefore..<parsed.notValidAfter : nil
        }
        server = try ServerAddress(parsing: try home.text(of: .server, in: files))
        authority = try home.text(of: .authority, in: files)
        if !allowingExpired { try requireCurrent() }
    }

    /// Certificate and key that belong together.
    private static func pair(
        _ home: ClientHome,
        _ files: some FileSystem
    ) throws(ArchiveError) -> (certificate: String, key: SecretBytes) {
        let deadline = ContinuousClock.now + switchLimit
        while true {
            try home.finishRenewalIfFree(in: files)
            let certificate = try home.text(of: .certificate, in: files)
            let key = try home.text(of: .key, in: files)
            if belongTogether(certificate, key) || ContinuousClock.now >= deadline {
                // What does not belong together is refused where it is used, like what cannot be read.
                return (certificate, SecretBytes(key.utf8))
            }
            usleep(10_000)
        }
    }

    /// False only where both can be read and the key is another one.
    private static func belongTogether(_ certificate: String, _ key: String) -> Bool {
        guard let certificate = try? Certificate(pemEncoded: certificate),
            let key = try? P256.Signing.PrivateKey(pemRepresentation: key)
        else { return true }
        return certificate.publicKey == Certificate.PublicKey(key.publicKey)
    }

    /// Whether the time of the certificate is over at `date`.
    func hasExpired(at date: Date) -> Bool { validity.map { $0.upperBound <= date } ?? false }

    /// Whether two thirds of the certificate's time are over at `date`, or its CA issues no more; never for one of another
    /// CA, which renews it.
    func isDue(at date: Date) -> Bool {
        guard let validity, isOurs else { return false }
        guard !isOfFormerAuthority else { return true }
        let length = validity.upperBound.timeIntervalSince(validity.lowerBound)
        return date >= validity.lowerBound.addingTimeInterval(length * 2 / 3)
    }

    /// Whether the archive's own CA issued the certificate; true where that cannot be read.
    private var isOurs: Bool {
        guard let leaf = try? Certificate(pemEncoded: certificate), let known = try? AuthorityBundle(pem: authority)
        else { return true }
        return known.hasIssued(leaf)
    }

    /// Whether the archive has another CA since.
    private var isOfFormerAuthority: Bool {
        guard let leaf = try? Certificate(pemEncoded: certificate), let known = try? AuthorityBundle(pem: authority)
        else { return false }
        return known.hasIssuedBefore(leaf)
    }

    /// In the handshake the archive could only say that something is wrong with it.
    func requireCurrent() throws(ArchiveError) {
        guard let validity, hasExpired(at: Date()) else { return }
        throw ArchiveError(
            .unauthenticated,
            "the certificate in \(home.path(of: .certificate)) has expired on \(Timestamp.text(validity.upperBound))",
            hint: "ask for a new invite and enrol into another --home"
        )
    }
}
