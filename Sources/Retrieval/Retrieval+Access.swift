import AccessPolicy
import Age
public import ArchiveCore
import AuditLog
import Catalogue
public import Foundation
import Vault

/// An access that the decision has opened, and that was in the log before this value existed. Only ``Retrieval`` makes one.
public struct OpenAccess: Sendable {
    /// The access.
    public let id: AccessID
    /// The recording.
    public let recording: RecordingID
    /// From when it does not count.
    public let expires: Date
    /// Whether the archive may not open it for its owner.
    public let sealedOnly: Bool
    let row: AccessRow

    fileprivate init(_ row: AccessRow, sealedOnly: Bool, of principal: Principal) {
        id = row.id
        recording = row.recording
        expires = min(row.expires, principal.ends ?? row.expires)
        self.sealedOnly = sealedOnly
        self.row = row
    }
}

extension Retrieval {
    /// The longest purpose, in bytes.
    private static let purposeLimit = 2000

    /// What came out of a decision within its transaction.
    private enum Ruling: Sendable {
        case open(OpenAccess)
        case refuse(ArchiveError)
    }

    /// Decides whether the caller may open a recording. Decision, access and entry are one transaction (invariant 2).
    ///
    /// - Parameter hybrid: for which of the caller's own keys the header will be minted.
    /// - Throws: `refused` with the reasons where the recording is visible, `not-found` else.
    public func open(
        _ id: RecordingID,
        purpose: String?,
        hybrid: Bool,
        by caller: Caller
    ) async throws -> OpenAccess {
        let purpose = try checked(purpose)
        let now = clock.now
        let ruling = try await catalogue.write { [self] writer -> Ruling in
            guard let row = try writer.reader.recording(id), visible(row, to: caller, for: .show) else {
                try log.append(
                    to: writer,
                    actor: caller.actor,
                    action: "access.open",
                    object: id.description,
                    decision: .refuse,
                    details: ["reasons": "not-found"],
                    texts: Self.texts(purpose)
                )
                return .refuse(.notFound)
            }
            let decision = policy.decide(
                question(caller, .open, row.visibility, purposeGiven: purpose != nil)
            )
            guard case .allow(let obligations) = decision else {
                try log.append(
                    to: writer,
                    actor: caller.actor,
                    action: "access.open",
                    object: id.description,
                    label: row.visibility.label,
                    decision: .refuse,
                    details: ["reasons": decision.reasons.map(\.code.rawValue).joined(separator: ",")],
                    texts: Self.texts(purpose)
                )
                return .refuse(
                    ArchiveError(.refused, decision.reasons.map(\.text).joined(separator: "; "), hint: decision.hint)
                )
            }
            let access = AccessRow(
                id: AccessID(),
                recording: id,
                principal: caller.principal.id,
                key: caller.key,
                recipient: hybrid || obligations.hybridOnly ? "hybrid" : "x25519",
                labelVersion: row.labelVersion,
                isOpen: true,
                // Nothing that somebody opened outlasts them.
                expires: min(
                    obligations.expiry(after: now, in: timeZone),
                    caller.principal.ends ?? .distantFuture
                )
            )
            try writer.insert(access, opened: now)
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "access.open",
                object: id.description,
                label: row.visibility.label,
                details: [
                    "access": access.id.description, "recipient": access.recipient,
                    "label-version": String(row.labelVersion), "expires": Timestamp.text(access.expires),
                ],
                texts: Self.texts(purpose)
            )
            return .open(OpenAccess(access, sealedOnly: obligations.sealedOnly, of: caller.principal))
        }
        switch ruling {
        case .open(let access): return access
        case .refuse(let error): throw error
        }
    }

    private static func texts(_ purpose: String?) -> [String: String] { purpose.map { ["purpose": $0] } ?? [:] }

    private func checked(_ purpose: String?) throws(ArchiveError) -> String? {
        guard let purpose = purpose?.trimmingCharacters(in: .whitespacesAndNewlines), !purpose.isEmpty else {
            return nil
        }
        guard purpose.utf8.count <= Self.purposeLimit else {
            throw ArchiveError(
                .badRequest,
                "the purpose has \(purpose.utf8.count) bytes, more than \(Self.purposeLimit)"
            )
        }
        return purpose
    }

    /// Closes an access of the caller's own; bytes that have left stay where they went.
    public func close(_ id: AccessID, by caller: Caller) async throws {
        let closed = try await catalogue.write { [self] writer -> AccessRow? in
            guard let row = try writer.reader.access(id), row.principal == caller.principal.id else { return nil }
            if try writer.close(id) {
                try log.append(
                    to: writer,
                    actor: caller.actor,
                    action: "access.close",
                    object: row.recording.description,
                    details: ["access": id.description]
                )
            }
            return row
        }
        guard let closed else { throw ArchiveError.notFound }
        try vault.forgetHeader(of: closed.recording, access: id)
    }

    /// Forgets headers of accesses that a crash closed without them.
    public func recover() async throws {
        for (recording, access) in try vault.headers()
        where try await catalogue.read({ try $0.access(access) })?.isOpen != true {
            try vault.forgetHeader(of: recording, access: access)
        }
    }

    /// Closes accesses whose time is over and forgets the headers minted for them.
    public func closeExpired() async throws {
        while true {
            let expired = try await catalogue.read { [clock] in try $0.expiredAccesses(at: clock.now, limit: 100) }
            guard !expired.isEmpty else { return }
            try await catalogue.write { [log] writer in
                for row in expired where try writer.close(row.id) {
                    try log.append(
                        to: writer,
                        actor: .service,
                        action: "access.close",
                        object: row.recording.description,
                        details: ["access": row.id.description, "reason": "expired"]
                    )
                }
            }
            for row in expired { try vault.forgetHeader(of: row.recording, access: row.id) }
        }
    }

    // MARK: Every later request

    /// Checks an access again: it is the caller's own and open, its time is not over, the recording is there under the
    /// label that was decided on, and the policy still allows it.
    ///
    /// - Throws: `not-found` for what is not the caller's; `gone` for what was and no longer counts.
    func check(_ id: AccessID, in reader: CatalogueReader, by caller: Caller) throws -> (OpenAccess, RecordingRow) {
        guard let access = try reader.access(id), access.principal == caller.principal.id, access.key == caller.key
        else { throw ArchiveError.notFound }
        guard access.isOpen, access.expires > clock.now else {
            throw ArchiveError(.gone, "this access is closed", hint: "ask for a new one")
        }
        guard let principal = try reader.principal(access.principal, at: clock.now)?.principal,
            principal.state == .active
        else { throw ArchiveError(.unauthenticated, "this principal is disabled") }
        guard try reader.credential(certificate: caller.certificate)?.revoked == nil else {
            throw ArchiveError(.unauthenticated, "this certificate was revoked")
        }
        let current = Caller(principal: principal, key: caller.key, certificate: caller.certificate)
        guard let recording = try reader.recording(access.recording), visible(recording, to: current, for: .show)
        else { throw ArchiveError(.gone, "the recording is no longer there", hint: "look for it again") }
        guard recording.labelVersion == access.labelVersion,
            case .allow(let obligations) = policy.decide(
                question(current, .open, recording.visibility, purposeGiven: true)
            )
        else { throw ArchiveError(.gone, "the label of the recording has changed", hint: "ask for a new access") }
        return (OpenAccess(access, sealedOnly: obligations.sealedOnly, of: current.principal), recording)
    }
}
