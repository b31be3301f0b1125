import AccessPolicy
import ArchiveConfiguration
import Age
public import ArchiveCore
import AuditLog
package import Catalogue
import Crypto
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
    /// The part that it opens; nil where it is the whole.
    public var span: ExcerptSpan? { row.span }
    /// The entry of its opening.
    public var entry: Int? { row.entry }
    package let row: AccessRow

    /// Nothing that somebody opened outlasts them, or their certificate.
    init(_ row: AccessRow, sealedOnly: Bool, of caller: Caller, _ reader: CatalogueReader) throws {
        id = row.id
        recording = row.recording
        expires = min(
            row.expires,
            caller.principal.ends ?? row.expires,
            try reader.credential(certificate: caller.certificate)?.notAfter ?? row.expires
        )
        self.sealedOnly = sealedOnly
        self.row = row
    }
}

/// A request that waits until others have agreed.
public struct PendingAccess: Sendable {
    /// The access.
    public let id: AccessID
    /// The recording.
    public let recording: RecordingID
    /// From when the request does not count.
    public let expires: Date
    /// How many more persons have to agree.
    public let missing: Int
    /// In which role.
    public let role: Role
    /// The part of it; nil for the whole.
    public let span: ExcerptSpan?
    /// Whether it was made just now.
    public let isNew: Bool
}

/// What became of asking to open a recording.
public enum RequestedAccess: Sendable {
    /// It can be used.
    case open(OpenAccess)
    /// Others have to agree first.
    case pending(PendingAccess)

    /// The access.
    public var id: AccessID {
        switch self {
        case .open(let access): access.id
        case .pending(let access): access.id
        }
    }
}

extension AccessRow.Binding {
    fileprivate init(
        recording: RecordingID,
        key: Data,
        credential: Credential,
        hybrid: Bool,
        labelVersion: Int,
        purpose: Data?,
        span: ExcerptSpan?
    ) {
        let recipient = hybrid ? credential.hybrid : credential.x25519
        self.init(
            recording: recording,
            principal: credential.principal,
            key: key,
            recipient: hybrid ? "hybrid" : "x25519",
            recipientDigest: Data(SHA256.hash(data: Data(recipient.utf8))),
            labelVersion: labelVersion,
            purpose: purpose,
            span: span
        )
    }

    /// The recipient of `credential` for which this was asked; nil where the credential has another by now.
    func recipient(of credential: Credential) -> String? {
        let text = recipient == "hybrid" ? credential.hybrid : credential.x25519
        return Data(SHA256.hash(data: Data(text.utf8))) == recipientDigest ? text : nil
    }
}

extension Retrieval {
    /// Requests of one principal that may wait at once, of each kind (DESIGN.md invariant 14): others have to read them.
    public static let waitingLimit = 100
    /// The longest purpose or reason, in bytes.
    static let longestText = 2000

    /// Asks to open a recording. Decision, access and entry are one transaction (invariant 2).
    ///
    /// Where the level wants others to agree, asking again for the same is the same request: pending until they have,
    /// then open.
    ///
    /// - Parameters:
    ///   - hybrid: for which of the caller's own keys the header will be minted.
    ///   - from: where the part begins that is asked for, in seconds; nil, as `to` is, for the whole.
    ///   - to: where that part ends.
    /// - Throws: `refused` with the reasons where the recording is visible, `not-found` else; `bad-request` for a part
    ///   that is none.
    public func open(
        _ id: RecordingID,
        purpose: String?,
        hybrid: Bool,
        from: Double? = nil,
        to: Double? = nil,
        by caller: Caller
    ) async throws -> RequestedAccess {
        let purpose = try Self.checked(purpose, as: "purpose")
        // Prepared beside the one writer, for which others wait.
        let (now, access, seal) = (clock.now, AccessID(), try await seal(of: id, seenBy: caller))
        let texts = try log.seal(purpose.map { ["purpose": $0] } ?? [:])
        let outcome = try await log.write(by: caller) {
            [self] writer, caller -> Result<RequestedAccess, ArchiveError> in
            @discardableResult
            func record(_ action: String, _ label: Label?, _ decision: LogEntry.Decision, _ details: [String: String])
                throws -> Int
            {
                try log.append(
                    to: writer,
                    actor: caller.actor,
                    action: action,
                    object: id.description,
                    label: label,
                    decision: decision,
                    details: details,
                    texts: texts
                )
            }
            guard let row = try writer.reader.recording(id), visible(row, to: caller, for: .show),
                let credential = try writer.reader.credential(certificate: caller.certificate)
            else {
                try record("access.open", nil, .refuse, ["reasons": "not-found"])
                return .failure(.notFound)
            }
            let label = row.visibility.label
            let policy = policy
            let rules = try rules(for: label.level)
            let span = Result { () throws(ArchiveError) in try ExcerptSpan(from: from, to: to, duration: row.duration) }
            let binding = AccessRow.Binding(
                recording: id,
                key: caller.key,
                credential: credential,
                hybrid: hybrid || rules.recipients == .hybrid,
                labelVersion: row.labelVersion,
                purpose: purpose.map { purposes.tag(Data($0.utf8)) },
                span: (try? span.get()).flatMap(\.self)
            )
            // Where others have to do something first, asking again is how one learns that they have.
            let known =
                rules.approvals.count > 0 || rules.cosignatures > 0 ? try writer.reader.access(binding, at: now) : nil
            // What was asked for before counts once.
            let spent =
                known == nil
                ? try quotaUses(of: caller.principal, in: writer.reader, at: now, by: policy).first(where: \.isSpent)
                : nil
            let decision = policy.decide(
                question(caller, .open, row.visibility, purposeGiven: purpose != nil, quotaSpent: spent != nil)
            )
            if case .refuse(let reasons) = decision {
                let facts = ["reasons": reasons.map(\.code.rawValue).joined(separator: ",")]
                try record("access.open", label, .refuse, facts.merging(spent?.details ?? [:]) { $1 })
                return .failure(Self.refusal(decision, spent: spent))
            }
            // Told only to those who could open it.
            if case .failure(let error) = span { return .failure(error) }
            if let known {
                try record(
                    "access.ask",
                    label,
                    .allow,
                    ["access": known.id.description, "state": known.state.rawValue]
                )
                return .success(try standing(of: known, rules, for: caller, isNew: false, writer.reader))
            }
            // What is to go soon is opened for nobody any more: what is being destroyed then has no reader.
            guard try !writer.reader.isDoomed(id) else {
                try record("access.open", label, .refuse, ["reasons": Self.listed])
                return .failure(Self.isListed)
            }
            if case .wait = decision,
                try writer.reader.pendingAccessCount(of: caller.principal.id, at: now) >= Self.waitingLimit
            {
                try record("access.ask", label, .refuse, ["reasons": "quota-spent", "quota": "waiting"])
                return .failure(Self.tooManyWaiting)
            }
            // It has come to be seen just now.
            guard let seal else { return .failure(.notFound) }
            let isOpen = if case .allow = decision { true } else { false }
            let state = isOpen ? AccessRow.State.open : .pending
            // Nothing that somebody opened outlasts them.
            let expires = min(
                (isOpen ? rules.accessLifetime : requestLifetime).date(after: now, in: timeZone),
                caller.principal.ends ?? .distantFuture
            )
            let seq = try record(
                isOpen ? "access.open" : "access.ask",
                label,
                .allow,
                [
                    "access": access.description, "recipient": binding.recipient, "state": state.rawValue,
                    "label-version": String(row.labelVersion), "expires": Timestamp.text(expires),
                ].merging(Self.details(of: binding.span)) { $1 }
            )
            let request = AccessRow(
                id: access,
                binding: binding,
                sealed: try purpose.map { try seal.seal(Data($0.utf8), field: Self.purposeField(access)) },
                state: state,
                asked: now,
                opened: isOpen ? now : nil,
                entry: isOpen ? seq : nil,
                expires: expires
            )
            try writer.insert(request)
            return .success(try standing(of: request, rules, for: caller, isNew: true, writer.reader))
        }
        return try outcome.get()
    }

    /// The seal of a recording that the caller may know of. Of others the vault is not asked: it would take longer over what
    /// is there and not to be seen than over what is not.
    private func seal(of id: RecordingID, seenBy caller: Caller) async throws -> RecordingSeal? {
        let isVisible = try await catalogue.read { [self] reader in
            // In the stead of one that is absent another is looked at: that takes as long as one that is hidden.
            let row = try reader.recording(id)
            guard let one = try row ?? reader.newestRecording() else { return false }
            return visible(one, to: caller, for: .show) && row != nil
        }
        return isVisible ? try vault.seals(of: [id])[id] : nil
    }

    /// What entries say of a part, in seconds.
    static func details(of span: ExcerptSpan?) -> [String: String] {
        span.map { ["from": String($0.fromSeconds), "to": String($0.toSeconds)] } ?? [:]
    }

    private func standing(
        of row: AccessRow,
        _ rules: LevelRules,
        for caller: Caller,
        isNew: Bool,
        _ reader: CatalogueReader
    ) throws -> RequestedAccess {
        guard row.state == .pending else {
            return .open(try OpenAccess(row, sealedOnly: rules.sealedOnly, of: caller, reader))
        }
        let given = try approvals(of: row, rules, reader)
        return .pending(
            PendingAccess(
                id: row.id,
                recording: row.recording,
                expires: row.expires,
                missing: max(0, rules.approvals.count - given),
                role: rules.approvals.role ?? .recordsManager,
                span: row.span,
                isNew: isNew
            )
        )
    }

    /// How many persons have agreed to a request whose agreement counts.
    func approvals(of row: AccessRow, _ rules: LevelRules, _ reader: CatalogueReader) throws -> Int {
        guard rules.approvals.count > 0, let requester = try reader.principal(row.principal, at: clock.now) else {
            return 0
        }
        let given = try reader.approvals(of: row.id).map { Approval(person: $0.person, voice: $0.voice, role: $0.role) }
        return rules.approvals.counting(given, for: requester.person)
    }

    /// What the policy says of a level that a visible recording has.
    func rules(for level: Level) throws(ArchiveError) -> LevelRules {
        guard let rules = policy.rules(for: level) else {
            throw ArchiveError(.configuration, "the policy has no level \(level)")
        }
        return rules
    }

    private static let listed = "listed"
    static let isListed = ArchiveError(
        .refused,
        "it stands on a frozen list and gets no new access",
        hint: "a records manager can hold it, or cancel the list"
    )

    static let tooManyWaiting = ArchiveError(
        .quotaSpent,
        "\(waitingLimit) of your requests wait already",
        hint: "withdraw some: risalah requests --own, risalah close"
    )

    static func purposeField(_ access: AccessID) -> String { "purpose \(access)" }

    /// A text for people, trimmed; nil where there is none.
    package static func checked(_ text: String?, as name: String) throws(ArchiveError) -> String? {
        guard let text = text?.trimmingCharacters(in: .whitespacesAndNewlines), !text.isEmpty else { return nil }
        guard text.utf8.count <= longestText else {
            throw ArchiveError(.badRequest, "the \(name) has \(text.utf8.count) bytes, more than \(longestText)")
        }
        return text
    }

    /// Closes an access: one's own, also before it opens, or one that one may approve. Bytes that have left stay where
    /// they went.
    public func close(_ id: AccessID, by caller: Caller) async throws {
        let closed = try await log.write(by: caller) { [self] writer, caller -> AccessRow? in
            guard let row = try writer.reader.access(id),
                try row.principal == caller.principal.id || capacity(of: caller, for: row, writer.reader) != nil
            else { return nil }
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
        where try await catalogue.read({ try $0.access(access) })?.state != .open {
            try vault.forgetHeader(of: recording, access: access)
        }
    }

    /// Closes accesses whose time is over and forgets the headers minted for them.
    public func closeExpired() async throws {
        try await closeExpiredChanges()
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
}
