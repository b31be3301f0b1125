public import struct Foundation.Data

/// A principal at one request, by the certificate that was shown and checked for it.
public struct Caller: Sendable, Hashable {
    /// Who it is.
    public let principal: Principal
    /// SHA-256 of the certificate's public key.
    public let key: Data
    /// SHA-256 of the certificate, hex.
    public let certificate: String

    /// A caller who was checked.
    public init(principal: Principal, key: Data, certificate: String) {
        self.principal = principal
        self.key = key
        self.certificate = certificate
    }

    /// The caller as entries name it.
    public var actor: Actor { .principal(principal, certificate: certificate) }
}
