internal import ArchiveCore
internal import NIOSSL

/// TLS as this archive speaks it: 1.3, the archive's own roots, no fallback.
enum TransportSecurity {
    /// Trust in the CA whose certificate `authority` is (DER), and nothing of our own to show: only enrolment does so.
    static func anonymous(authority: [UInt8]) throws(ArchiveError) -> TLSConfiguration {
        let root: NIOSSLCertificate
        do {
            root = try NIOSSLCertificate(bytes: authority, format: .der)
        } catch {
            throw ArchiveError(.badInvite, "the invite's CA certificate cannot be read")
        }
        return configuration(roots: [root])
    }

    /// Trust in the CAs of the enrolment, and its certificate to show.
    static func enrolled(_ credentials: Credentials) throws(ArchiveError) -> TLSConfiguration {
        do {
            let roots = try NIOSSLCertificate.fromPEMBytes(Array(credentials.authority.utf8))
            var configuration = configuration(roots: roots)
            configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(credentials.certificate.utf8))
                .map { .certificate($0) }
            configuration.privateKey = .privateKey(
                try NIOSSLPrivateKey(bytes: credentials.key.exposedBytes, format: .pem)
            )
            return configuration
        } catch {
            throw ArchiveError(
                .configuration,
                "a certificate or key of the enrolment cannot be read",
                hint: "restore it, or ask for a new invite and enrol into another --home"
            )
        }
    }

    private static func configuration(roots: [NIOSSLCertificate]) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv13
        configuration.certificateVerification = .fullVerification
        // Not the system's roots as well: a certificate that some public CA issued means nothing here.
        configuration.trustRoots = .certificates(roots)
        configuration.additionalTrustRoots = []
        return configuration
    }
}
