import ArchiveCore
public import Foundation

/// One step of an access, or a refusal, as the log has it.
public struct AccessEvent: Sendable, Hashable {
    /// What happened.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Somebody asked, and others have to agree.
        case asked
        /// Whoever had asked asked for the same again: to learn whether others have agreed, or the log was cosigned.
        case askedAgain = "asked-again"
        /// A recording was opened: from then on the key could be fetched.
        case opened
        /// It was fetched for the first time, sealed or opened.
        case delivered
        /// Somebody was refused something.
        case refused
    }

    /// The entry.
    public let seq: Int
    /// When.
    public let time: Date
    /// What happened.
    public let kind: Kind
    /// The action of the entry.
    public let action: String
    /// Who got it or was refused it: for what others decided, whoever had asked.
    public let actor: String
    /// In which role.
    public let role: String
    /// With which certificate.
    public let certificate: String?
    /// Who decided, where that was somebody else.
    public let decidedBy: String?
    /// The recording, or whatever else was asked for.
    public let object: String?
    /// Its label then.
    public let label: String?
    /// The access.
    public let access: String?
    /// `sealed` or `opened`, of a delivery.
    public let form: String?
    /// Why it was refused, as codes by commas.
    public let reasons: String?
    /// The beginning of a part, in seconds; nil for the whole.
    public let from: String?
    /// The end of a part.
    public let to: String?
    /// The purpose that was given.
    public let purpose: Commitment?
    /// How many requests the entry speaks of: one, but where a flood of refusals is one entry.
    public let count: Int
}

/// Reads accesses out of entries in their order: what was agreed to belongs to who asked, and a delivery to what was opened.
/// It remembers an access until it is closed, so that it grows with what is open at one time and not with the log.
struct AccessReader {
    fileprivate struct Asked {
        let actor: String
        let role: String
        let certificate: String?
        let from: String?
        let to: String?
        let purpose: Commitment?
    }

    /// Of which openings the part and purpose are remembered for their deliveries; of those that had to wait always.
    private let remembers: @Sendable (AuditedEntry) -> Bool
    private var asked: [String: Asked] = [:]

    init(remembering remembers: @escaping @Sendable (AuditedEntry) -> Bool = { _ in false }) {
        self.remembers = remembers
    }

    /// The step that `audited` is; nil for every other entry.
    mutating func read(_ audited: AuditedEntry) -> AccessEvent? {
        let entry = audited.entry
        if entry.decision == .refuse { return event(audited, .refused, asked(audited)) }
        switch entry.action {
        case "access.ask":
            let found = asked(audited)
            // Only the first time it says to whom the recording is to be given.
            guard entry.details["recipient"] != nil else { return event(audited, .askedAgain, found) }
            if let access = entry.details["access"] { asked[access] = found }
            return event(audited, .asked, found)
        case "access.open":
            let found = asked(audited)
            if let access = entry.details["access"], remembers(audited) { asked[access] = found }
            return event(audited, .opened, found)
        case "access.approve":
            // It says until when where it was the last that was needed.
            guard entry.details["expires"] != nil, let found = entry.details["access"].flatMap({ asked[$0] }) else {
                return nil
            }
            return event(audited, .opened, found, decidedBy: entry.actor)
        case "access.refuse":
            guard let found = entry.details["access"].flatMap({ asked.removeValue(forKey: $0) }) else { return nil }
            return event(audited, .refused, found, decidedBy: entry.actor)
        case "access.close":
            if let access = entry.details["access"] { asked[access] = nil }
            return nil
        case "access.deliver":
            let found = entry.details["access"].flatMap { asked[$0] }
            return event(audited, .delivered, Asked(entry, found))
        default: return nil
        }
    }

    private func asked(_ audited: AuditedEntry) -> Asked {
        let entry = audited.entry
        return Asked(
            actor: entry.actor,
            role: entry.role,
            certificate: entry.certificate,
            from: entry.details["from"],
            to: entry.details["to"],
            purpose: entry.commitments.isEmpty ? nil : Commitment(audited, "purpose")
        )
    }

    private func event(
        _ audited: AuditedEntry,
        _ kind: AccessEvent.Kind,
        _ who: Asked,
        decidedBy: String? = nil
    ) -> AccessEvent {
        let entry = audited.entry
        // A change of label says from and to as well; only parts of recordings are meant here.
        let isAccess = entry.action.hasPrefix("access.")
        return AccessEvent(
            seq: audited.seq,
            time: entry.time,
            kind: kind,
            action: entry.action,
            actor: who.actor,
            role: who.role,
            certificate: who.certificate,
            decidedBy: decidedBy,
            object: entry.object,
            label: entry.label,
            access: entry.details["access"],
            form: kind == .delivered ? entry.details["form"] : nil,
            reasons: kind == .refused
                ? entry.details["reasons"] ?? entry.details["reason"] ?? entry.details["code"] : nil,
            from: isAccess ? who.from : nil,
            to: isAccess ? who.to : nil,
            purpose: who.purpose,
            count: entry.action == "connection.refuse" ? entry.details["count"].flatMap { Int($0) } ?? 1 : 1
        )
    }
}

extension AccessReader.Asked {
    /// Who fetches it, and the part and purpose of what was opened.
    fileprivate init(_ entry: LogEntry, _ opened: AccessReader.Asked?) {
        self.init(
            actor: entry.actor,
            role: entry.role,
            certificate: entry.certificate,
            from: opened?.from,
            to: opened?.to,
            purpose: opened?.purpose
        )
    }
}
