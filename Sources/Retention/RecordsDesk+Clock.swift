import AccessPolicy
public import ArchiveCore
import AuditLog
public import Catalogue
public import Foundation

/// The time by which things are destroyed (DESIGN.md invariant 9).
extension RecordsDesk {
    /// What a person says may differ from the archive's clock by so many seconds: they read it off a watch, to the minute.
    private static let tolerance: TimeInterval = 120

    /// The archive's time, and the step of its clock that is not confirmed yet.
    public func clockDoubt(for caller: Caller) async throws -> (now: Date, doubt: ClockDoubt?) {
        guard hasAction(caller, [.approve]) else { throw Self.refusal(caller, to: "confirm the time") }
        return (clock.now, try await catalogue.read { try $0.clockDoubt() })
    }

    /// A person says what time it is, after the archive's clock went forward. When `needed` persons have, and it is what the
    /// archive's clock says, things are destroyed again.
    ///
    /// - Returns: what is still doubted; nil where this was the last confirmation.
    /// - Throws: `conflict` where nothing is in doubt, it is another time than the archive's, or this person has said so before.
    public func confirmClock(at time: Date, needed: Int, by caller: Caller) async throws -> (now: Date, ClockDoubt?) {
        guard hasAction(caller, [.approve]) else { throw Self.refusal(caller, to: "confirm the time") }
        return try await attempt("clock.confirm", on: nil, by: caller) { [self] writer, caller in
            let now = clock.now
            guard try writer.reader.clockDoubt() != nil else {
                throw ArchiveError(.conflict, "nobody doubts the clock of the archive")
            }
            guard abs(now.timeIntervalSince(time)) <= Self.tolerance else {
                throw ArchiveError(
                    .conflict,
                    "the clock of the archive says \(Timestamp.text(now)), not \(Timestamp.text(time))",
                    hint: "an administrator has to set it right; nothing is destroyed until then"
                )
            }
            let person = try person(of: caller, writer.reader)
            guard try writer.confirmClock(by: caller.principal.id, person: person) else {
                throw ArchiveError(.conflict, "you have confirmed the time already", hint: "another person has to")
            }
            let given = try writer.reader.clockDoubt()?.confirmedBy.count ?? 0
            if given >= needed { try writer.trustClock() }
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "clock.confirm",
                details: ["given": String(given), "needed": String(needed)]
            )
            return (now, try writer.reader.clockDoubt())
        }
    }
}

extension Retention {
    /// Throws `conflict` where the clock went forward and people have not confirmed it yet.
    public func assertClock() async throws {
        try await catalogue.read { try $0.assertClock() }
    }
}
