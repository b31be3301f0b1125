import ArchiveCore
import ArchiveInterface
import Auditing
import Crypto
import Foundation
import Testing

/// A log that a test writes line by line, with the directory behind it.
struct MadeLog {
    private(set) var entries: [AuditedEntry] = []
    private(set) var texts: [EntryTexts.Text] = []
    var directory: AuditDirectory

    /// An archive of this zone, which works from Monday to Friday, 07:30 to 16:00, and not on 25 December 2026; its log
    /// begins with the entry that says so.
    init(timezone: String = "Asia/Jakarta", hasOffice: Bool = true, _ principals: [AuditDirectory.Entry] = []) throws {
        let office = try #require(
            OfficeHours(
                days: [.monday, .tuesday, .wednesday, .thursday, .friday],
                opens: 7 * 60 + 30,
                closes: 16 * 60,
                closed: ["2026-12-25"]
            )
        )
        directory = AuditDirectory(
            archive: "arsip.example",
            timezone: timezone,
            office: hasOffice ? office : nil,
            levels: ["biasa", "terbatas", "rahasia", "sangat-rahasia"],
            units: ["umum"],
            principals: principals
        )
        guard hasOffice else { return }
        let settings = LoadedSettings(digest: "0", name: "arsip.example", timezone: timezone, office: office)
        try load(settings, at: "2026-01-05T01:00:00Z")
    }

    /// Puts `settings` in force.
    mutating func load(_ settings: LoadedSettings, at time: String) throws {
        try add(time, nil, LoadedSettings.action, settings.details())
    }

    /// A time by its RFC 3339 text.
    static func time(_ text: String) throws -> Date { try #require(Timestamp.date(text), "\(text)") }

    /// A principal's id made of one letter; the last one has two bits that are zero.
    static func id(_ letter: Character) -> String { String(repeating: letter, count: 25) + "a" }

    static func principal(_ letter: Character) throws -> PrincipalID { try #require(PrincipalID(id(letter))) }

    /// A principal of the directory.
    static func person(
        _ letter: Character,
        _ name: String,
        role: Role = .archivist,
        clearance: String = "rahasia",
        state: PrincipalState = .active,
        sameAs: Character? = nil,
        ends: String? = nil,
        erased: Bool = false
    ) throws -> AuditDirectory.Entry {
        AuditDirectory.Entry(
            principal: try principal(letter),
            name: erased ? nil : name,
            person: erased ? nil : name,
            erased: erased,
            samePersonAs: try principal(sameAs ?? letter),
            role: role,
            clearance: try #require(Label(parsing: clearance)),
            unit: "umum",
            state: state,
            ends: try ends.map(time),
            created: try time("2026-01-05T01:00:00Z"),
            addedBy: "uid:0",
            confirmedBy: "uid:1000"
        )
    }

    /// Appends an entry; returns its number.
    @discardableResult
    mutating func add(
        _ time: String,
        _ actor: Character?,
        _ action: String,
        object: String? = nil,
        label: String? = nil,
        refused: Bool = false,
        certificate: String? = nil,
        _ details: [String: String] = [:],
        purpose: String? = nil,
        others: [String: String] = [:],
        by name: String? = nil
    ) throws -> Int {
        let seq = entries.count
        var commitments: [String: String] = [:]
        let all = purpose.map { others.merging(["purpose": $0]) { $1 } } ?? others
        for (field, text) in all.sorted(by: { $0.key < $1.key }) {
            let salt = Data(repeating: UInt8(truncatingIfNeeded: seq), count: 31) + Data(field.utf8.prefix(1))
            let digest = SHA256.hash(data: salt + Data(text.utf8))
            commitments[field] = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            texts.append(EntryTexts.Text(seq: seq, field: field, salt: salt, text: text))
        }
        let entry = LogEntry(
            time: try Self.time(time),
            actor: name ?? actor.map(Self.id) ?? "service",
            role: actor.flatMap { letter in
                directory.principals.first { $0.principal.description == Self.id(letter) }?.role.rawValue
            } ?? "archivist",
            certificate: certificate,
            action: action,
            object: object,
            label: label,
            decision: refused ? .refuse : .allow,
            details: details,
            commitments: commitments
        )
        // As somebody reads it who has the leaf only.
        let read = try #require(LogEntry(leaf: try entry.leaf()))
        entries.append(AuditedEntry(seq: seq, entry: read))
        return seq
    }

    /// Grants what the directory says of `person`: added, confirmed, enrolled, and closed where it is closed.
    mutating func grant(_ person: AuditDirectory.Entry) throws {
        let (id, label) = (person.principal.description, person.clearance.description)
        let time = Timestamp.text(person.created)
        var facts = ["unit": person.unit, "floor": person.floor?.description ?? ""]
        facts["starts"] = person.starts.map(Timestamp.text)
        facts["ends"] = person.ends.map(Timestamp.text)
        try add(
            time,
            nil,
            "principal.add",
            object: id,
            label: label,
            facts.merging(["role": person.role.rawValue, "state": "unconfirmed"]) { $1 },
            others: person.erased ? [:] : ["name": person.name ?? "", "person": person.person ?? ""],
            by: person.addedBy
        )
        let confirmed = facts.merging(["change": "false", "asked-by": person.addedBy]) { $1 }
        try add(time, nil, "principal.confirm", object: id, label: label, confirmed, by: person.confirmedBy)
        try add(time, id.first, "principal.enrol", object: id, label: label, ["key": "k"])
        if person.state == .disabled { try add(time, nil, "principal.disable", object: id, label: label) }
    }

    /// Opens `recording` as `actor`.
    @discardableResult
    mutating func open(
        _ time: String,
        _ actor: Character,
        _ recording: String = "r",
        label: String = "biasa",
        access: String = "x",
        certificate: String? = nil,
        _ more: [String: String] = [:],
        purpose: String? = nil
    ) throws -> Int {
        try add(
            time,
            actor,
            "access.open",
            object: recording,
            label: label,
            certificate: certificate,
            ["access": access, "state": "open", "expires": "2027-01-01T00:00:00.000Z"].merging(more) { $1 },
            purpose: purpose
        )
    }

    @discardableResult
    mutating func deliver(
        _ time: String,
        _ actor: Character,
        _ recording: String = "r",
        label: String = "biasa",
        access: String = "x",
        certificate: String? = nil,
        form: String = "sealed"
    ) throws -> Int {
        try add(
            time,
            actor,
            "access.deliver",
            object: recording,
            label: label,
            certificate: certificate,
            ["access": access, "form": form]
        )
    }
}
