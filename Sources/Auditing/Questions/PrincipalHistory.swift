public import ArchiveCore
public import Foundation

/// What the entries about a principal come to: the grant, by whose word, and what became of it.
public struct PrincipalHistory: Sendable, Hashable {
    /// The entry that added it.
    public let added: Int
    /// When it was added.
    public let created: Date
    /// The actor who added it.
    public let grantedBy: String
    /// What it is for.
    public let role: Role
    /// What it was given.
    public internal(set) var grant: Grant
    /// The actor who confirmed it, or its last change.
    public internal(set) var confirmedBy: String?
    /// Whether a change of its grant waits for a second person.
    public internal(set) var waits = false
    /// When it got its first certificate.
    public internal(set) var enrolled: Date?
    /// When it got another certificate last.
    public internal(set) var renewed: Date?
    /// When it was closed.
    public internal(set) var disabled: Date?
    /// When its keys were said to be lost.
    public internal(set) var lost: Date?
    /// Its name as it was given last, and its person: commitments, for the log has no names.
    public internal(set) var name: Commitment?
    /// See ``name``.
    public internal(set) var person: Commitment?
    /// The last entry that changed any of this.
    public internal(set) var changed: Int
    /// Its state, as long as its time is neither to come nor over.
    var kept: PrincipalState

    /// Its state at `now`.
    public func state(at now: Date) -> PrincipalState { grant.validity.state(kept, at: now) }
}

extension PrincipalHistory {
    /// The principal that `audited` has added; nil where it is not canonical in what a grant needs.
    init?(addedBy audited: AuditedEntry) {
        let entry = audited.entry
        guard let role = entry.details["role"].flatMap(Role.init(rawValue:)),
            let kept = entry.details["state"].flatMap(PrincipalState.init(rawValue:)),
            let grant = Grant(entry.details, clearance: entry.label)
        else { return nil }
        (added, created, grantedBy) = (audited.seq, entry.time, entry.actor)
        (self.role, self.grant, self.kept) = (role, grant, kept)
        (name, person) = (Commitment(audited, "name"), Commitment(audited, "person"))
        changed = audited.seq
    }

    /// Takes a later entry about it into account.
    mutating func read(_ audited: AuditedEntry) {
        let entry = audited.entry
        guard entry.decision == .allow else { return }
        switch entry.action {
        case "principal.confirm":
            if entry.details["change"] == "true" {
                waits = false
            } else {
                kept = enrolled == nil ? .invited : .active
            }
            grant = Grant(entry.details, clearance: entry.label) ?? grant
            confirmedBy = entry.actor
        case "principal.set":
            waits = entry.details["waits"] == "true"
            // What counts at once, where the rest of what was asked for waits.
            grant =
                (waits
                    ? Grant(entry.details, prefix: "given-", clearance: entry.details["given-clearance"])
                    : Grant(entry.details, clearance: entry.label)) ?? grant
            name = Commitment(audited, "name") ?? name
        case "principal.enrol", "principal.register":
            if kept == .invited { kept = .active }
            if enrolled == nil { enrolled = entry.time } else { renewed = entry.time }
        case "certificate.renew": renewed = entry.time
        case "principal.renew": if entry.details["lost"] == "true" { lost = entry.time }
        case "principal.disable":
            kept = .disabled
            waits = false
            disabled = disabled ?? entry.time
            if entry.details["lost"] == "true" { lost = entry.time }
        case "principal.forget": break
        default: return
        }
        changed = audited.seq
    }
}

extension Grant {
    /// The grant that the details of an entry have under names that begin with `prefix`; nil where they have none.
    fileprivate init?(_ details: [String: String], prefix: String = "", clearance: String?) {
        guard let clearance = clearance.flatMap(Label.init(parsing:)), let unit = details[prefix + "unit"] else {
            return nil
        }
        var floor: Label?
        if let text = details[prefix + "floor"], !text.isEmpty {
            guard let label = Label(parsing: text) else { return nil }
            floor = label
        }
        var dates: [Date?] = [nil, nil]
        for (place, name) in ["starts", "ends"].enumerated() {
            guard let text = details[prefix + name] else { continue }
            guard let date = Timestamp.date(text) else { return nil }
            dates[place] = date
        }
        self.init(
            clearance: clearance,
            unit: unit,
            floor: floor,
            validity: Validity(starts: dates[0], ends: dates[1])
        )
    }
}
