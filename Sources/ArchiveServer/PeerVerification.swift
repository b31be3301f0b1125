import HummingbirdTLS
import NIOSSL
import SwiftASN1
@_spi(DisableValidityCheck) import X509

/// Verifies the certificate that a peer shows in the handshake: issued by our CA, or one of those that risalah.yaml names,
/// for clients, as RFC 5280 has it, all but its dates.
///
/// Dates are left to the check that every request makes by the archive's own clock (``CallerMiddleware``): TLS would
/// end a handshake with an expired certificate, and a recorder may renew with one for a while. Everything else that
/// BoringSSL would refuse is refused here, in the handshake.
struct PeerVerification: Sendable {
    /// Our CA issues leaves itself. Whoever sends more than this is not one of ours, and costs nothing.
    private static let longestChain = 4

    private let ours: CertificateStore
    private let others: CertificateStore?

    /// Trust in our own `authorities`, in `others`, and in nothing else.
    init(authorities: [Certificate], others: [Certificate] = []) {
        ours = CertificateStore(authorities)
        self.others = others.isEmpty ? nil : CertificateStore(others)
    }

    /// How the handshake ends for a peer that shows `chain`, its own certificate first.
    @Sendable func verify(_ chain: [NIOSSLCertificate]) async throws -> NIOSSLVerificationResult {
        guard let shown = chain.first, chain.count <= Self.longestChain else { return .failed }
        let leaf = try Certificate(derEncoded: try shown.toDERBytes())
        if await Self.isValid(leaf, under: ours, isOurs: true) { return .certificateVerified }
        guard let others, await Self.isValid(leaf, under: others, isOurs: false) else { return .failed }
        return .certificateVerified
    }

    private static func isValid(_ leaf: Certificate, under roots: CertificateStore, isOurs: Bool) async -> Bool {
        var verifier = Verifier(rootCertificates: roots) {
            RFC5280Policy.withValidityCheckDisabled()
            ClientLeafPolicy(isOurs: isOurs)
        }
        guard case .validCertificate = await verifier.validate(leaf: leaf, intermediates: CertificateStore()) else {
            return false
        }
        return true
    }
}

/// A certificate that a client may show: no CA, for signing, for clients (RFC 5280 §4.2.1.3, §4.2.1.9, §4.2.1.12).
private struct ClientLeafPolicy: VerifierPolicy {
    /// Ours says all of it. Other CAs leave out what RFC 5280 lets them leave out.
    let isOurs: Bool
    let verifyingCriticalExtensions: [ASN1ObjectIdentifier] = [
        .X509ExtensionID.keyUsage, .X509ExtensionID.extendedKeyUsage,
    ]

    func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) -> PolicyEvaluationResult {
        guard chain.count == 2 else { return .failsToMeetPolicy(reason: "not issued by the CA itself") }
        do {
            let extensions = chain.leaf.extensions
            switch try extensions.basicConstraints {
            case .notCertificateAuthority?: break
            case nil where !isOurs: break
            default: return .failsToMeetPolicy(reason: "a CA, or silent about it")
            }
            guard try extensions.keyUsage?.digitalSignature ?? !isOurs else {
                return .failsToMeetPolicy(reason: "not for signing")
            }
            guard try extensions.extendedKeyUsage?.contains(.clientAuth) ?? !isOurs else {
                return .failsToMeetPolicy(reason: "not for clients")
            }
        } catch {
            return .failsToMeetPolicy(reason: "an extension cannot be read")
        }
        return .meetsPolicy
    }
}
