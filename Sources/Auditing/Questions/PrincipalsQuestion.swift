import ArchiveCore
public import ArchiveInterface
public import Foundation

/// Every principal, what it may do, by whose word, and when it acted last, as the entries of the log come to.
///
/// The archive's directory is asked for names alone. What it says of rights is compared, and where it says something else
/// than the entries, that is said.
public struct PrincipalsQuestion: AuditQuestion {
    private var histories: [String: PrincipalHistory] = [:]
    private var last: [String: Date] = [:]

    /// Asks about all principals.
    public init() {}

    /// See ``AuditQuestion/read(_:)``.
    public mutating func read(_ audited: AuditedEntry) {
        let entry = audited.entry
        // Whoever was turned away used nothing.
        if entry.action != "connection.refuse" { last[entry.actor] = entry.time }
        guard entry.decision == .allow else { return }
        if entry.action == "unit.rename" { return rename(audited) }
        guard entry.action.hasPrefix("principal.") || entry.action == "certificate.renew", let object = entry.object
        else { return }
        if entry.action == "principal.add" {
            histories[object] = histories[object] ?? PrincipalHistory(addedBy: audited)
        } else {
            histories[object]?.read(audited)
        }
    }

    private mutating func rename(_ audited: AuditedEntry) {
        guard let old = audited.entry.details["from"], let new = audited.entry.details["to"] else { return }
        for (id, history) in histories where history.grant.unit == old {
            histories[id]?.grant.unit = new
            histories[id]?.changed = audited.seq
        }
    }

    /// The commitments to names and persons, which show whether those of the directory are the ones that were logged.
    public var commitments: [Commitment] {
        histories.values.flatMap { [$0.name, $0.person].compactMap(\.self) }
    }

    /// When an actor did something last.
    public func lastUse(of actor: String) -> Date? { last[actor] }

    /// The rows at `now`, oldest principal first.
    ///
    /// - Parameters:
    ///   - directory: names, and what is compared.
    ///   - size: how many entries there were before the directory was asked for; of what changed after, nothing is said.
    ///   - texts: those behind ``commitments``, as far as they were not erased.
    /// - Throws: `log-mismatch` where the archive gave another text than the one that was committed to.
    public func rows(
        _ directory: AuditDirectory,
        before size: Int,
        _ texts: [EntryTexts.Text],
        at now: Date
    ) throws -> [PrincipalRecord] {
        let said = directory.principals.reduce(into: [String: AuditDirectory.Entry]()) {
            $0[$1.principal.description] = $1
        }
        let known = try names(texts)
        let (persons, torn) = (persons(said, known), torn(said, known))
        let closed = Set(persons.filter { histories[$0.key]?.kept == .disabled }.map(\.value))
        var rows: [PrincipalRecord] = []
        for id in Set(histories.keys).union(said.keys) {
            guard let principal = PrincipalID(id) else { continue }
            let (history, entry) = (histories[id], said[id])
            var differs: [PrincipalRecord.Difference] = []
            if let history {
                if history.changed < size {
                    differs = entry.map { Self.differences(history, $0, at: now) } ?? [.absentFromDirectory]
                    if let entry { differs += Self.differences(known[id], entry) }
                }
            } else {
                differs = [.absentFromLog]
            }
            if torn.contains(id) { differs.append(.person) }
            rows.append(
                PrincipalRecord(
                    principal: principal,
                    // The text that the log committed to, before what anybody says.
                    name: known[id]?.name ?? entry?.name,
                    person: known[id]?.person ?? entry?.person,
                    erased: entry?.erased ?? false,
                    history: history,
                    lastUse: last[id],
                    leaver: history.flatMap { leaver($0, persons[id], closed, at: now) },
                    differs: PrincipalRecord.Difference.allCases.filter(differs.contains)
                )
            )
        }
        // Those that the log does not have come last.
        return rows.sorted { one, other in
            (one.history?.added ?? .max, one.principal.description)
                < (other.history?.added ?? .max, other.principal.description)
        }
    }

    private func leaver(
        _ history: PrincipalHistory,
        _ person: String?,
        _ closed: Set<String>,
        at now: Date
    ) -> PrincipalRecord.Leaver? {
        if history.kept == .disabled { return nil }
        if let ends = history.grant.validity.ends, ends <= now { return .ended }
        return person.map(closed.contains) == true ? .personDisabled : nil
    }

    // MARK: Names

    private struct Known {
        var name: String?
        var person: String?
    }

    private func names(_ texts: [EntryTexts.Text]) throws -> [String: Known] {
        let given = Dictionary(grouping: texts, by: \.seq)
        return try histories.mapValues { history in
            Known(
                name: try history.name.flatMap { try $0.text(among: given[$0.seq] ?? []) },
                person: try history.person.flatMap { try $0.text(among: given[$0.seq] ?? []) }
            )
        }
    }

    /// By principal, what is the same for principals of one person: by the texts that the log committed to; by the directory's
    /// word where they were erased.
    private func persons(_ said: [String: AuditDirectory.Entry], _ known: [String: Known]) -> [String: String] {
        var persons = said.mapValues(\.samePersonAs.description)
        var byText: [String: String] = [:]
        for id in histories.keys.sorted() {
            let person = persons[id] ?? id
            guard let text = known[id]?.person.map(PrincipalNames.plain) else {
                persons[id] = person
                continue
            }
            byText[text] = byText[text] ?? person
            persons[id] = byText[text]
        }
        return persons
    }

    /// Those of whom the directory says that they are of one person, and the texts that the log committed to say of two; or
    /// the other way round.
    private func torn(_ said: [String: AuditDirectory.Entry], _ known: [String: Known]) -> Set<String> {
        var firsts: [String: Set<PrincipalID>] = [:]
        var texts: [PrincipalID: Set<String>] = [:]
        var persons: [String: (text: String, first: PrincipalID)] = [:]
        for (id, entry) in said {
            guard let text = known[id]?.person.map(PrincipalNames.plain) else { continue }
            firsts[text, default: []].insert(entry.samePersonAs)
            texts[entry.samePersonAs, default: []].insert(text)
            persons[id] = (text, entry.samePersonAs)
        }
        return Set(
            persons.filter { _, person in
                firsts[person.text, default: []].count > 1 || texts[person.first, default: []].count > 1
            }.keys
        )
    }

    // MARK: Comparison

    private static func differences(
        _ history: PrincipalHistory,
        _ entry: AuditDirectory.Entry,
        at now: Date
    ) -> [PrincipalRecord.Difference] {
        let validity = Validity(starts: entry.starts, ends: entry.ends)
        let pairs: [(PrincipalRecord.Difference, Bool)] = [
            (.role, history.role == entry.role),
            (.clearance, history.grant.clearance == entry.clearance),
            (.unit, history.grant.unit == entry.unit),
            (.floor, history.grant.floor == entry.floor),
            (.validity, texts(history.grant.validity) == texts(validity)),
            // Their clock and ours may differ by what a state changes with.
            (.state, [history.kept, history.state(at: now)].contains(entry.state)),
            (.grantedBy, history.grantedBy == entry.addedBy),
            (.confirmedBy, history.confirmedBy == entry.confirmedBy),
        ]
        return pairs.filter { !$0.1 }.map(\.0)
    }

    /// As the log spells them.
    private static func texts(_ validity: Validity) -> [String?] {
        [validity.starts.map(Timestamp.text), validity.ends.map(Timestamp.text)]
    }

    private static func differences(
        _ known: Known?,
        _ entry: AuditDirectory.Entry
    ) -> [PrincipalRecord.Difference] {
        var differs: [PrincipalRecord.Difference] = []
        if let name = known?.name, let other = entry.name, name != other { differs.append(.name) }
        if let person = known?.person, let other = entry.person, person != other { differs.append(.person) }
        return differs
    }
}
