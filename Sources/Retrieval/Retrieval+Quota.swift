import AccessPolicy
import ArchiveCore
import Catalogue
import Foundation

extension Retrieval {
    /// How far a principal is with one of its quotas of accesses.
    public struct QuotaUse: Sendable, Hashable {
        /// Over which time it is counted. Both roll: at midnight nobody can open twice as much.
        public enum Window: String, Sendable {
            /// The last 60 minutes.
            case hour
            /// The last 24 hours.
            case day

            var seconds: TimeInterval { self == .hour ? 3600 : 86_400 }
        }

        /// Over which time.
        public let window: Window
        /// Accesses opened in it, counted up to ``limit``.
        public let spent: Int
        /// How many there may be.
        public let limit: Int

        /// Whether there is none left.
        var isSpent: Bool { spent >= limit }

        /// What the entry of a refusal says of it.
        var details: [String: String] {
            ["quota": window.rawValue, "spent": String(spent), "limit": String(limit)]
        }
    }

    /// The quotas of accesses that `principal` has, and how far they are used at `time`; the hour first.
    ///
    /// Read in the transaction that opens the access: of any number of callers at the edge exactly as many pass as the
    /// quota has left.
    func quotaUses(
        of principal: Principal,
        in reader: CatalogueReader,
        at time: Date,
        by policy: Policy
    ) throws -> [QuotaUse] {
        let quota = policy.quota(for: principal.role)
        let limits: [(QuotaUse.Window, Int?)] = [(.hour, quota.accessesPerHour), (.day, quota.accessesPerDay)]
        let quotas = limits.compactMap { window, limit in limit.map { (window: window, limit: $0) } }
        guard let widest = quotas.last, let most = quotas.map(\.limit).max() else { return [] }
        let (inWidest, inHour) = try reader.accessCounts(
            of: principal.id,
            openedAfter: time.addingTimeInterval(-widest.window.seconds),
            andAfter: time.addingTimeInterval(-QuotaUse.Window.hour.seconds),
            limit: most
        )
        return quotas.map { window, limit in
            QuotaUse(window: window, spent: min(window == .hour ? inHour : inWidest, limit), limit: limit)
        }
    }

    /// What the caller is told of a refusal; `quota-spent` where that is the only reason, for then waiting helps.
    static func refusal(_ decision: Decision, spent: QuotaUse?) -> ArchiveError {
        let message = decision.reasons.map(\.text).joined(separator: "; ")
        guard let spent, decision.reasons.map(\.code) == [.quotaSpent] else {
            return ArchiveError(.refused, message, hint: decision.hint)
        }
        return ArchiveError(
            .quotaSpent,
            "\(message): \(spent.spent) accesses in the last \(spent.window == .hour ? "hour" : "24 hours")",
            hint: decision.hint
        )
    }
}
