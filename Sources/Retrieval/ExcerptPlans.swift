import ArchiveCore
import Synchronization

/// Plans of excerpts that were made lately, so that a request for the next part of one does not make all of it again.
final class ExcerptPlans: Sendable {
    private static let capacity = 1000

    private let plans = Mutex<[AccessID: ExcerptPlan]>([:])

    subscript(access: AccessID) -> ExcerptPlan? { plans.withLock { $0[access] } }

    func keep(_ plan: ExcerptPlan, of access: AccessID) {
        plans.withLock { plans in
            // Any of them: whoever comes back to one that has gone waits a little longer.
            if plans.count >= Self.capacity, let other = plans.keys.first { plans[other] = nil }
            plans[access] = plan
        }
    }
}
