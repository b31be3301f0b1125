import AccessPolicy
import ArchiveCore
import AuditLog
import Catalogue
import Foundation
import Synchronization
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

    /// Records that the clock of the host was set, forward or back, by so many seconds. By one that went forward nothing is
    /// destroyed until people have confirmed it (DESIGN.md invariant 9).
    func note(clockStep seconds: TimeInterval) async throws {
        let seconds = Int(seconds.rounded())
        try await catalogue.write { [log, clock] writer in
            if seconds > 0 { try writer.doubtClock(noticed: clock.now, seconds: seconds) }
            try log.append(
                to: writer,
                actor: .service,
                action: "clock.step",
                details: ["seconds": String(seconds)]
            )
        }
    }

    /// Compares the clock of the host with one that nobody sets, and records by how much it was set since the last look. What
    /// could not be recorded is tried again at the next look: until then nothing is decided by that clock.
    func lookAtClock() async throws {
        let step = clockWatch.withLock { watch in
            let step = (watch.unnoted ?? 0) + (watch.clock.look(wall: clock.now, steady: .now) ?? 0)
            watch.unnoted = step == 0 ? nil : step
            return watch.unnoted
        }
        guard let step else { return }
        try await note(clockStep: step)
        clockWatch.withLock { $0.unnoted = nil }
    }

    /// How long an archive can lie still without anybody asking whether the clock went forward meanwhile.
    private static let longestRest: TimeInterval = 7 * 86_400

    /// Compares the clock with that of the newest entry, at a start: nobody watched it meanwhile.
    func noteClockSinceLastEntry() async throws {
        guard let last = try await catalogue.read({ try $0.newestEntryTime() }) else { return }
        let seconds = clock.now.timeIntervalSince(last)
        guard seconds > Self.longestRest || seconds < -ClockWatch.tolerance else { return }
        try await note(clockStep: seconds)
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
