import AccessPolicy
public import ArchiveCore
import AuditLog
public import Catalogue
public import Foundation

extension Retrieval {
    /// The longest time that somebody can stand in for another.
    public static let longestDelegation: TimeInterval = 366 * 86_400

    /// Lets `delegate` decide requests in the caller's stead from `starts` to `ends`.
    ///
    /// - Throws: `refused` where the caller may not approve; `bad-request` for a time that is none; `unknown-name` where the
    ///   delegate is no other active person of the caller's role.
    public func delegate(
        to delegate: PrincipalID,
        starts: Date,
        ends: Date,
        by caller: Caller
    ) async throws -> DelegationRow {
        let now = clock.now
        let row = DelegationRow(
            id: DelegationID(),
            principal: caller.principal.id,
            delegate: delegate,
            starts: starts,
            ends: ends
        )
        let refusal = try await log.write(by: caller) { [self] writer, caller -> ArchiveError? in
            func refuse(_ error: ArchiveError) throws -> ArchiveError {
                try record("delegation.make", row, .refuse, by: caller, to: writer)
                return error
            }
            guard case .allow = policy.decide(question(caller, .approve, nil)) else {
                return try refuse(ArchiveError(.refused, "role \(caller.principal.role.rawValue) approves nothing"))
            }
            guard starts < ends, ends > now, ends.timeIntervalSince(starts) <= Self.longestDelegation else {
                return ArchiveError(
                    .badRequest,
                    "a delegation ends after it begins, in the future, and lasts a year at most"
                )
            }
            // One answer, whatever is wrong with it: nobody learns here which principals there are.
            let role = caller.principal.role
            let own = try writer.reader.principal(caller.principal.id, at: clock.now)
            guard let other = try writer.reader.principal(delegate, at: clock.now), other.principal.state == .active,
                other.principal.role == role, other.person != own?.person
            else {
                return try refuse(
                    ArchiveError(
                        .unknownName,
                        "\(delegate) is no other active person of role \(role.rawValue)",
                        hint: "only another who may approve can stand in for you"
                    )
                )
            }
            let made = try writer.reader.delegations(of: caller.principal.id, at: now)
            guard made.filter({ $0.principal == row.principal }).count < Self.waitingLimit
            else {
                return try refuse(
                    ArchiveError(
                        .quotaSpent,
                        "\(Self.waitingLimit) of your delegations have not ended",
                        hint: "end some: risalah delegate end"
                    )
                )
            }
            try writer.insert(row)
            try record("delegation.make", row, .allow, by: caller, to: writer)
            return nil
        }
        if let refusal { throw refusal }
        return row
    }

    /// Delegations by and to the caller that have not ended.
    public func delegations(of caller: Caller) async throws -> [DelegationRow] {
        try await catalogue.read { [clock] in try $0.delegations(of: caller.principal.id, at: clock.now) }
    }

    /// Ends a delegation that the caller made.
    public func endDelegation(_ id: DelegationID, by caller: Caller) async throws {
        let ended = try await log.write(by: caller) { [self] writer, caller -> Bool in
            guard let row = try writer.reader.delegation(id), row.principal == caller.principal.id else { return false }
            try writer.end(id, at: clock.now)
            try record("delegation.end", row, .allow, by: caller, to: writer)
            return true
        }
        guard ended else { throw ArchiveError.notFound }
    }

    private func record(
        _ action: String,
        _ row: DelegationRow,
        _ decision: LogEntry.Decision,
        by caller: Caller,
        to writer: CatalogueWriter
    ) throws {
        try log.append(
            to: writer,
            actor: caller.actor,
            action: action,
            object: row.id.description,
            decision: decision,
            details: [
                "delegate": row.delegate.description, "starts": Timestamp.text(row.starts),
                "ends": Timestamp.text(row.ends),
            ]
        )
    }
}
