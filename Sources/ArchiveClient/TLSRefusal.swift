internal import NIOSSL

/// Why a TLS handshake failed, where that is for one side's certificate.
enum TLSRefusal {
    /// The other side does not take ours, for this reason.
    case ours(String)
    /// We do not take the other side's.
    case theirs

    /// BoringSSL spells an alert that it received as a reason of 1000 and the alert's number.
    private static let alerts = 1000
    /// `SSL_R_CERTIFICATE_VERIFY_FAILED`.
    private static let verificationFailed = 125

    /// What `error` of a connection says; nil where it is about something else.
    init?(_ error: any Error) {
        switch error {
        case NIOSSLError.handshakeFailed(let error): self.init(error)
        case let error as BoringSSLError:
            guard case .sslError(let stack) = error, let refusal = stack.lazy.compactMap(Self.init(reason:)).first
            else {
                return nil
            }
            self = refusal
        case is NIOSSLExtraError: self = .theirs
        default: return nil
        }
    }

    private init?(reason error: BoringSSLInternalError) {
        // The number is nowhere but in the description, `Error: NUMBER text`; its low 12 bits are the reason.
        guard let code = error.description.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            return nil
        }
        // RFC 8446 §6: alerts about the certificate that was shown.
        switch code & 0xFFF {
        case Self.verificationFailed: self = .theirs
        case Self.alerts + 42, Self.alerts + 43: self = .ours("it cannot be used there")
        case Self.alerts + 46: self = .ours("it is none of those that it issued")
        case Self.alerts + 44: self = .ours("it is revoked")
        case Self.alerts + 45: self = .ours("it has expired")
        case Self.alerts + 48: self = .ours("another CA issued it")
        default: return nil
        }
    }
}
