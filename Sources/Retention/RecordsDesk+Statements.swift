import AccessPolicy
public import ArchiveCore
import AuditLog
public import Catalogue
import Crypto
public import Foundation
import Vault

/// What a statement on a list says.
public struct StatementContent: Codable, Sendable, Hashable {
    /// A scan that lies beside it.
    public struct Scan: Codable, Sendable, Hashable {
        /// `application/pdf`, `image/png` or `image/jpeg`.
        public var type: String
        /// How long it is.
        public var bytes: Int
        /// SHA-256, hex.
        public var sha256: String
    }

    /// What is said; why.
    public var text: String?
    /// In whose name, where somebody writes it down for others: the appraisal committee.
    public var by: String?
    /// The number of the letter, or of the record of transfer.
    public var number: String?
    /// Its date, `YYYY-MM-DD`.
    public var date: String?
    /// The archive that has what was handed over.
    public var archive: String?
    /// What was struck off.
    public var struck: [RecordingID]?
    /// What came with it.
    public var scan: Scan?

    /// A statement of these fields.
    public init(
        text: String? = nil,
        by: String? = nil,
        number: String? = nil,
        date: String? = nil,
        archive: String? = nil,
        struck: [RecordingID]? = nil
    ) {
        self.text = text
        self.by = by
        self.number = number
        self.date = date
        self.archive = archive
        self.struck = struck
    }

    /// The same with every text trimmed and within its bounds.
    func checked() throws(ArchiveError) -> StatementContent {
        var copy = self
        if let text { copy.text = try RecordsDesk.checked(text, as: "text") }
        if let by { copy.by = try RecordsDesk.checked(by, as: "name") }
        if let number { copy.number = try RecordsDesk.checked(number, as: "number") }
        if let archive { copy.archive = try RecordsDesk.checked(archive, as: "archive") }
        if let date, Timestamp.date("\(date)T00:00:00Z") == nil || date.utf8.count != 10 {
            throw ArchiveError(.badRequest, "date is not of the form YYYY-MM-DD")
        }
        return copy
    }
}

extension RecordsDesk {
    /// A statement with its content opened.
    public struct Statement: Sendable {
        /// As the catalogue has it.
        public let row: StatementRow
        /// What it says.
        public let content: StatementContent
    }

    /// Statements that one list can have.
    static let statementsOnOne = 200
    /// Bytes of the longest scan.
    public static let longestScan = 4 << 20
    private static let scanTypes = ["application/pdf", "image/png", "image/jpeg"]

    /// Adds an opinion, a letter or a witness to a proposal.
    ///
    /// Anybody who sees every recording on it may give an opinion or witness it; a witness is another person than who proposed,
    /// names the digest of what they saw, and counts for that only: where an item is struck off afterwards they are asked again.
    ///
    /// - Throws: `not-found`; `refused`; `conflict` where the list is frozen or has ended; `stale` where it is not what was seen;
    ///   `bad-request`.
    public func state(
        _ kind: StatementRow.Kind,
        _ content: StatementContent,
        scan: (type: String, bytes: Data)? = nil,
        on id: ListID,
        of family: Family,
        seen digest: String? = nil,
        by caller: Caller
    ) async throws -> Int {
        var content = try content.checked()
        switch kind {
        case .opinion:
            guard content.text != nil else { throw ArchiveError(.badRequest, "an opinion needs a text") }
        case .letter:
            guard content.number != nil, content.date != nil else {
                throw ArchiveError(.badRequest, "a letter needs a number and a date")
            }
        case .witness:
            guard digest != nil else { throw ArchiveError(.badRequest, "a witness needs the digest of what was seen") }
        default: throw ArchiveError(.badRequest, "kind is opinion, letter or witness")
        }
        if let scan { content.scan = try Self.checked(scan, of: kind) }
        return try await attempt(family.action(kind.verb), on: id.description, by: caller) {
            [self, content] writer, caller in
            let actions: Set<Action> = kind == .letter ? [.propose, .approve] : [.show]
            let list = try list(id, family, for: actions, to: "do this to lists", caller, writer.reader)
            guard list.state == .proposed else { throw Self.isOver(list) }
            let person = try person(of: caller, writer.reader)
            let now = try ListDigest(list, writer.reader.items(of: id)).bytes
            if kind == .witness {
                try Self.require(digest, toBe: now)
                guard person != list.proposer else {
                    throw ArchiveError(.refused, "nobody witnesses what they proposed themselves")
                }
                let said = try writer.reader.statements(on: id)
                guard !Self.witnesses(said, list, now, without: nil).contains(person) else {
                    throw ArchiveError(.conflict, "you have witnessed this already", hint: "another person has to")
                }
            }
            let number = try add(kind, content, scan: scan?.bytes, to: id, now, person, caller, writer)
            try record(kind, content, number, list, now, caller, writer)
            return number
        }
    }

    private static func checked(
        _ scan: (type: String, bytes: Data),
        of kind: StatementRow.Kind
    ) throws(ArchiveError) -> StatementContent.Scan {
        guard kind == .letter, scanTypes.contains(scan.type) else {
            throw ArchiveError(.badRequest, "a scan comes with a letter, as \(scanTypes.joined(separator: ", "))")
        }
        guard (1...longestScan).contains(scan.bytes.count) else {
            throw ArchiveError(.tooLarge, "a scan has 1 to \(longestScan) bytes")
        }
        let digest = SHA256.hash(data: scan.bytes).hexadecimal
        return StatementContent.Scan(type: scan.type, bytes: scan.bytes.count, sha256: digest)
    }

    static func require(_ seen: String?, toBe digest: Data) throws(ArchiveError) {
        guard seen == digest.hexadecimal else {
            throw ArchiveError(.stale, "the list is not what has this digest", hint: "look at it again")
        }
    }

    static func isOver(_ list: ListRow) -> ArchiveError {
        ArchiveError(.conflict, "the list is \(list.state.rawValue)")
    }

    /// The persons who have witnessed what has `digest`, other than who proposed it and `excluded`.
    static func witnesses(
        _ statements: [StatementRow],
        _ list: ListRow,
        _ digest: Data,
        without excluded: Data?
    ) -> Set<Data> {
        Set(statements.filter { $0.kind == .witness && $0.digest == digest }.map(\.person))
            .subtracting([list.proposer, excluded].compactMap(\.self))
    }

    /// The person behind a caller.
    func person(of caller: Caller, _ reader: CatalogueReader) throws -> Data {
        guard let person = try reader.principal(caller.principal.id, at: clock.now)?.person else {
            throw ArchiveError.notFound
        }
        return person
    }

    // MARK: Keeping

    /// Adds a statement; gives its number.
    @discardableResult
    func add(
        _ kind: StatementRow.Kind,
        _ content: StatementContent,
        scan: Data? = nil,
        to list: ListID,
        _ digest: Data,
        _ person: Data,
        _ caller: Caller,
        _ writer: CatalogueWriter
    ) throws -> Int {
        let number = try writer.reader.statementCount(on: list) + 1
        // Whoever ends a list is always heard.
        guard number <= Self.statementsOnOne || [.cancellation, .refusal].contains(kind) else {
            throw ArchiveError(.quotaSpent, "the list has \(Self.statementsOnOne) statements")
        }
        let row = StatementRow(
            list: list,
            number: number,
            kind: kind,
            principal: caller.principal.id,
            person: person,
            made: clock.now,
            digest: digest,
            sealed: try statements.seal(CanonicalJSON.encode(content), context: "\(list) \(number)"),
            hasScan: scan != nil
        )
        try writer.insert(row, scan: try scan.map { try statements.seal($0, context: "\(list) \(number) scan") })
        return number
    }

    func opened(_ row: StatementRow) throws -> Statement {
        let content = try statements.open(row.sealed, context: "\(row.list) \(row.number)")
        return Statement(row: row, content: try CanonicalJSON.decode(StatementContent.self, from: content))
    }

    /// The entry of a statement.
    func record(
        _ kind: StatementRow.Kind,
        _ content: StatementContent,
        _ number: Int,
        _ list: ListRow,
        _ digest: Data,
        _ caller: Caller,
        details: [String: String] = [:],
        _ writer: CatalogueWriter
    ) throws {
        let family: Family = list.kind == .transfer ? .transfers : .destructions
        var facts = details
        facts["statement"] = String(number)
        facts["digest"] = digest.hexadecimal
        facts["scan"] = content.scan?.sha256
        var texts: [String: String] = [:]
        texts["reason"] = content.text
        texts["by"] = content.by
        texts["number"] = content.number
        texts["date"] = content.date
        texts["archive"] = content.archive
        try log.append(
            to: writer,
            actor: caller.actor,
            action: family.action(kind.verb),
            object: list.id.description,
            details: facts,
            texts: texts
        )
    }

    /// The scan of a letter, and its media type; one entry for each call.
    public func scan(
        _ number: Int,
        on id: ListID,
        of family: Family,
        by caller: Caller
    ) async throws -> (type: String, bytes: Data) {
        let (row, sealed) = try await attempt(family.action("show"), on: id.description, by: caller) {
            [self] writer, caller in
            _ = try list(id, family, caller, writer.reader)
            guard let row = try writer.reader.statements(on: id).first(where: { $0.number == number }),
                let sealed = try writer.reader.scan(of: number, on: id)
            else { throw ArchiveError.notFound }
            try log.append(
                to: writer,
                actor: caller.actor,
                action: family.action("show"),
                object: id.description,
                details: ["scan": String(number)]
            )
            return (row, sealed)
        }
        let type = try opened(row).content.scan?.type ?? Self.scanTypes[0]
        return (type, try statements.open(sealed, context: "\(id) \(number) scan"))
    }
}

extension StatementRow.Kind {
    /// As actions of the log have it.
    fileprivate var verb: String {
        switch self {
        case .proposal: "propose"
        case .opinion: "opine"
        case .letter: "letter"
        case .witness: "witness"
        case .strike: "strike"
        case .approval: "approve"
        case .refusal: "refuse"
        case .cancellation: "cancel"
        case .record: "record"
        }
    }
}
