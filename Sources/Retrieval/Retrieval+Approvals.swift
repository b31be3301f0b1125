import AccessPolicy
public import ArchiveCore
import AuditLog
import Catalogue
import Foundation
import Vault

extension Retrieval {
    /// In which capacity somebody decides what another asked for.
    struct Capacity: Sendable {
        /// The person who decides.
        let person: Data
        /// The person in whose stead; the same where in nobody's.
        let voice: Data
        /// The principal stood in for, where there is one.
        let principal: PrincipalID?
        /// The role in which that counts.
        let role: Role
        /// Who has to be entitled: the one who decides, and whom they stand in for, since nobody hands on more than they
        /// have.
        let entitled: [Principal]
    }

    // MARK: Deciding

    /// Agrees to a request of another person. The last agreement that the level wants opens the access, in the same
    /// transaction (DESIGN.md invariant 2).
    ///
    /// - Returns: how many more persons have to agree; 0 where it is open now.
    /// - Throws: `not-found` for what the caller may not decide; `refused` for their own requests; `conflict` where it was
    ///   decided already; `gone` where its time is over or the label has changed.
    public func approve(_ id: AccessID, by caller: Caller) async throws -> Int {
        let now = clock.now
        return try await decide(id, "access.approve", by: caller) { [self] writer, access, recording, capacity in
            guard try !writer.reader.isDoomed(recording.id) else { throw Self.isListed }
            let rules = try rules(for: recording.visibility.label.level)
            let heard = try writer.reader.approvals(of: id).flatMap { [$0.person, $0.voice] }
            guard !heard.contains(capacity.person), !heard.contains(capacity.voice) else {
                throw ArchiveError(.conflict, "you have agreed to this already", hint: "another person has to")
            }
            try writer.insert(
                ApprovalRow(
                    access: id,
                    principal: caller.principal.id,
                    person: capacity.person,
                    voice: capacity.voice,
                    role: capacity.role
                ),
                at: now
            )
            let given = try approvals(of: access, rules, writer.reader)
            switch try ruling(on: access, recording, approvals: given, writer.reader) {
            case .refuse(let reasons) where reasons.map(\.code) == [.quotaSpent]:
                throw ArchiveError(.quotaSpent, "who asks has opened as many as they may", hint: "agree later")
            case .refuse(let reasons):
                let why = reasons.map(\.text).joined(separator: "; ")
                throw ArchiveError(.conflict, "who asks may no longer open it: \(why)", hint: "refuse the request")
            case .wait: return (rules.approvals.count - given, ["state": "pending"], nil)
            case .allow(let obligations):
                // Nothing that somebody opened outlasts them.
                let ends = try writer.reader.principal(access.principal, at: now)?.principal.ends
                let expires = min(obligations.expiry(after: now, in: timeZone), ends ?? .distantFuture)
                try writer.open(id, at: now, until: expires)
                return (0, ["state": "open", "expires": Timestamp.text(expires)], nil)
            }
        }
    }

    /// Refuses a request of another person, for a `reason` that the one who asked is told.
    ///
    /// - Throws: as ``approve(_:by:)``; `bad-request` without a reason.
    public func refuse(_ id: AccessID, because reason: String, by caller: Caller) async throws {
        guard let reason = try Self.checked(reason, as: "reason") else {
            throw ArchiveError(.badRequest, "a refusal needs a reason")
        }
        try await decide(id, "access.refuse", by: caller) { [self] writer, access, recording, _ in
            guard let seal = try vault.seals(of: [recording.id])[recording.id] else { throw ArchiveError.notFound }
            try writer.refuse(id, because: seal.seal(Data(reason.utf8), field: Self.refusalField(id)))
            return ((), ["state": "refused"], reason)
        }
    }

    static func refusalField(_ access: AccessID) -> String { "refusal \(access)" }

    /// What the policy says to who asked, as they are now.
    private func ruling(
        on access: AccessRow,
        _ recording: RecordingRow,
        approvals: Int,
        _ reader: CatalogueReader
    ) throws -> Decision {
        guard let requester = try reader.principal(access.principal, at: clock.now)?.principal else {
            throw ArchiveError.notFound
        }
        let policy = policy
        let quotas = try quotaUses(of: requester, in: reader, at: clock.now, by: policy)
        return policy.decide(
            AccessQuestion(
                principal: requester,
                action: .open,
                object: recording.visibility,
                purposeGiven: access.binding.purpose != nil,
                approvals: approvals,
                quotaSpent: quotas.contains(where: \.isSpent)
            )
        )
    }

    /// Finds the request and in which capacity the caller decides it, does `body`, and makes the entry: one transaction.
    /// Whoever may decide and is not heard leaves an entry too.
    @discardableResult
    private func decide<Value: Sendable>(
        _ id: AccessID,
        _ action: String,
        by caller: Caller,
        _ body:
            @escaping @Sendable (CatalogueWriter, AccessRow, RecordingRow, Capacity) throws -> (
                Value, details: [String: String], reason: String?
            )
    ) async throws -> Value {
        do {
            return try await log.write(by: caller) { [self] writer, caller in
                let (access, recording, capacity) = try request(id, of: caller, writer.reader)
                let (value, details, reason) = try body(writer, access, recording, capacity)
                var facts = details
                facts["access"] = id.description
                facts["label-version"] = String(access.binding.labelVersion)
                facts["for"] = capacity.principal?.description
                let seq = try log.append(
                    to: writer,
                    actor: caller.actor,
                    action: action,
                    object: recording.id.description,
                    label: recording.visibility.label,
                    details: facts,
                    texts: reason.map { ["reason": $0] } ?? [:]
                )
                // Only the approval that opened it finds it open without an entry.
                try writer.setEntry(seq, of: id)
                return value
            }
        } catch let error as ArchiveError
            where [.notFound, .refused, .conflict, .gone, .quotaSpent].contains(error.code)
        {
            try await log.record(
                actor: caller.actor,
                action: action,
                decision: .refuse,
                details: ["access": id.description, "reasons": error.code.rawValue]
            )
            throw error
        }
    }

    private func request(
        _ id: AccessID,
        of caller: Caller,
        _ reader: CatalogueReader
    ) throws -> (AccessRow, RecordingRow, Capacity) {
        guard let access = try reader.access(id), let recording = try reader.recording(access.recording) else {
            throw ArchiveError.notFound
        }
        let person = try reader.principal(access.principal, at: clock.now)?.person
        if let own = try reader.principal(caller.principal.id, at: clock.now)?.person, own == person {
            // Their own, so nothing is given away. Another's of which they may not know is not there, below.
            throw ArchiveError(.refused, "nobody decides what they asked for themselves", hint: "another person has to")
        }
        guard let capacity = try capacity(of: caller, for: access, reader) else { throw ArchiveError.notFound }
        guard access.state == .pending else {
            throw ArchiveError(.conflict, "this request is \(access.state.rawValue)", hint: "risalah requests")
        }
        guard access.expires > clock.now else {
            throw ArchiveError(.gone, "the time of this request is over", hint: "it has to be asked for again")
        }
        guard recording.labelVersion == access.binding.labelVersion else {
            throw ArchiveError(.gone, "the label of the recording has changed", hint: "it has to be asked for again")
        }
        return (access, recording, capacity)
    }

    /// In which capacity the caller may decide this request: never the person who asked, nor in that person's stead. Nil
    /// where there is none, and the request not theirs to know.
    func capacity(of caller: Caller, for access: AccessRow, _ reader: CatalogueReader) throws -> Capacity? {
        guard let recording = try reader.recording(access.recording),
            recording.state == .stored || recording.state == .incomplete
        else { return nil }
        let requester = try reader.principal(access.principal, at: clock.now)?.person
        return try capacities(of: caller, reader).first {
            $0.person != requester && $0.voice != requester && mayDecide($0, recording.visibility)
        }
    }

    /// Every capacity in which the caller may decide anything: their own first, then those they stand in for.
    ///
    /// A delegate decides for the unit of whom they stand in for, and needs role and clearance of their own: no delegation
    /// takes a role beyond its row or shows what a clearance does not.
    func capacities(of caller: Caller, _ reader: CatalogueReader) throws -> [Capacity] {
        guard let own = try reader.principal(caller.principal.id, at: clock.now) else { return [] }
        let me = own.principal
        var found = [Capacity(person: own.person, voice: own.person, principal: nil, role: me.role, entitled: [me])]
        for delegation in try reader.delegations(to: me.id, at: clock.now) {
            guard let other = try reader.principal(delegation.principal, at: clock.now) else { continue }
            let inStead = Principal(
                id: me.id,
                role: me.role,
                clearance: me.clearance,
                unit: other.principal.unit,
                state: me.state,
                floor: me.floor
            )
            found.append(
                Capacity(
                    person: own.person,
                    voice: other.person,
                    principal: other.principal.id,
                    role: me.role,
                    entitled: [inStead, other.principal]
                )
            )
        }
        return found
    }

    /// Whether somebody in this capacity decides requests for recordings of this class.
    func mayDecide(_ capacity: Capacity, _ visibility: VisibilityClass) -> Bool {
        guard let wanted = policy.rules(for: visibility.label.level)?.approvals.role else { return false }
        return capacity.entitled.allSatisfy { principal in
            guard principal.role == wanted, policy.isVisible(visibility, to: principal),
                case .allow = policy.decide(AccessQuestion(principal: principal, action: .approve, object: visibility))
            else { return false }
            return true
        }
    }
}
