import AccessPolicy
import ArchiveCore
public import ArchiveInterface
import AuditLog
import Catalogue
import Foundation
import Retention
import Retrieval
import Vault

/// What came of loading policy.yaml and retention.yaml anew.
public enum RuleReload: Sendable {
    /// Both count from now on; so many open accesses ended, because the new policy no longer allows them, and so many
    /// recordings have another due date.
    case loaded(endedAccesses: Int, redated: Int)
    /// Nothing changed, because of these.
    case refused([ConfigurationMistake])
}

extension Archive {
    static let policyLoaded = "policy.load"
    static let scheduleLoaded = "schedule.load"

    /// Makes an entry for each of the three files of Config that differs from what was loaded last.
    ///
    /// Not at every start: `service.start` names all digests each time, so that the entries of these actions are exactly
    /// the changes of settings and rules. Settings count from a start on, rules also from where they are loaded anew.
    ///
    /// - Throws: `configuration` where something belongs to a unit that the policy does not have.
    func noteLoaded() async throws {
        do {
            try await noteFiles()
        } catch let missing as MissingUnits {
            throw RuleFiles.refusal(of: missing.mistakes)
        }
    }

    private func noteFiles() async throws {
        let digests = digests
        let loaded = [
            // Auditors measure by what these say, so the values are in the entry.
            (LoadedSettings.action, try settings.loaded(digest: settingsDigest).details()),
            (Self.policyLoaded, ["sha256": digests.policy]), (Self.scheduleLoaded, ["sha256": digests.schedule]),
        ]
        try await catalogue.write { [self] writer in
            try settleUnits(of: policy, in: writer)
            for (action, details) in loaded {
                let last = try writer.reader.lastLeaf(of: action).flatMap(LogEntry.init(leaf:))
                guard last?.details["sha256"] != details["sha256"] else { continue }
                try log.append(to: writer, actor: .service, action: action, details: details)
            }
        }
    }

    /// Reads policy.yaml and retention.yaml anew, and puts both in force if neither has a mistake; else nothing changes.
    ///
    /// The rules change inside the transaction of their entries: what is decided in a transaction before it rests on the
    /// old ones, what is decided after on the new, and the log has them in that order.
    public func reloadRules() async throws -> RuleReload {
        let read = try RuleFiles(layout, files, witnesses: settings.log.witnesses.count)
        guard read.mistakes.isEmpty else {
            try await noteRefusal(of: read, policy: read.policy.mistake)
            return .refused(read.mistakes)
        }
        do {
            return try await load(read)
        } catch let missing as MissingUnits {
            try await noteRefusal(of: read, policy: missing.mistakes.first)
            return .refused(missing.mistakes)
        }
    }

    private func load(_ read: RuleFiles) async throws -> RuleReload {
        let (new, digests) = try read.sound()
        try await note(Self.makeIdentities(of: new.policy, in: vault))
        try await catalogue.write { [self] writer in
            try settleUnits(of: new.policy, in: writer)
            let old = (rules: rules.replace(with: new), digests: replace(digests: digests))
            writer.onRollback { [self] in
                rules.replace(with: old.rules)
                replace(digests: old.digests)
            }
            writer.revoke()
            for (action, digest) in [(Self.policyLoaded, digests.policy), (Self.scheduleLoaded, digests.schedule)] {
                try log.append(to: writer, actor: .service, action: action, details: ["sha256": digest])
            }
        }
        let ended = try await retrieval.closeDisallowed()
        return .loaded(endedAccesses: ended, redated: try await retention.date(by: .service).values.reduce(0, +))
    }

    /// What was refused is in the log, too: an auditor sees that somebody tried.
    private func noteRefusal(of read: RuleFiles, policy: ConfigurationMistake?) async throws {
        let found = [
            (Self.policyLoaded, read.policy.digest, policy),
            (Self.scheduleLoaded, read.schedule.digest, read.schedule.mistake),
        ]
        try await catalogue.write { [log] writer in
            for case (let action, let digest, let mistake?) in found {
                var details = ["code": mistake.code]
                details["sha256"] = digest
                details["line"] = mistake.line.map(String.init)
                details["column"] = mistake.column.map(String.init)
                try log.append(to: writer, actor: .service, action: action, decision: .refuse, details: details)
            }
        }
    }
}
