import AccessPolicy
import ArchiveCore
import AuditLog
import Foundation
import Vault

/// A key or certificate of the archive that was made after its beginning.
enum MadeKey: Sendable {
    /// The identities of a level that the policy has from now on.
    case level(Level)
    /// The server's key, and its certificate.
    case tls(certificate: String, expires: Date)
}

/// What happens to the archive itself, and is an entry too.
extension Archive {
    /// Makes what identities the levels of `policy` lack.
    static func makeIdentities(of policy: Policy, in vault: Vault) throws -> [MadeKey] {
        try policy.levels.filter { try vault.makeIdentities(for: $0.level) }.map { .level($0.level) }
    }

    /// Records keys that were made.
    func note(_ keys: [MadeKey]) async throws {
        for key in keys {
            let details =
                switch key {
                case .level(let level): ["kind": "level", "level": level.name]
                case .tls(let certificate, let expires):
                    ["kind": "tls", "certificate": certificate, "expires": Timestamp.text(expires)]
                }
            try await log.record(actor: .service, action: "key.make", details: details)
        }
    }

    /// Records that the clock of the host was set, forward or back, by so many seconds.
    func note(clockStep seconds: TimeInterval) async throws {
        try await log.record(
            actor: .service,
            action: "clock.step",
            details: ["seconds": String(Int(seconds.rounded()))]
        )
    }

    /// Keeps the disk's reserve; giving the log its place is an entry, which finds room by that.
    func keepReserve() async throws {
        guard try reserve.keep() else { return }
        try await log.record(actor: .service, action: "reserve.release", details: ["for": "log"])
    }

    /// Gives destruction its place, where the disk is short of it.
    func releaseReserveForDestruction() async throws {
        guard try reserve.releaseForDestruction() else { return }
        try await log.record(actor: .service, action: "reserve.release", details: ["for": "destruction"])
    }
}
