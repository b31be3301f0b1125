public import AccessPolicy
import Synchronization

/// The policy and the schedule that count together.
public struct Rules: Sendable, Equatable {
    /// Who may do what.
    public let policy: Policy
    /// What is kept how long.
    public let schedule: Schedule

    /// These two.
    public init(policy: Policy, schedule: Schedule) {
        self.policy = policy
        self.schedule = schedule
    }
}

/// The rules in force, for all parts of an archive at once.
///
/// A part asks for ``current`` at each decision and keeps nothing of it: when both files are loaded anew, the new ones
/// count for everybody from one moment on, and never one of them without the other.
public final class RulesInForce: Sendable {
    private let rules: Mutex<Rules>

    /// `rules`, until others replace them.
    public init(_ rules: Rules) { self.rules = Mutex(rules) }

    /// What counts now.
    public var current: Rules { rules.withLock { $0 } }

    /// Puts `new` in force; returns what counted before.
    @discardableResult
    public func replace(with new: Rules) -> Rules {
        rules.withLock { rules in
            let old = rules
            rules = new
            return old
        }
    }
}
