public import TransparencyLog

/// A witness as a log knows it.
public struct WitnessAddress: Sendable {
    /// Checks its cosignatures, and has its name.
    public let verifier: CosignatureVerifier
    /// The submission prefix (C2SP tlog-witness), without a slash at its end.
    public let url: String
    /// A file with the certificates, PEM, of the CAs that its certificate may be of; nil for those of the host.
    public let authority: String?

    /// A witness at `url`.
    public init(verifier: CosignatureVerifier, url: String, authority: String? = nil) {
        self.verifier = verifier
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.authority = authority
    }
}
