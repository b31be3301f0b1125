import AccessPolicy
public import ArchiveCore
import AuditLog
public import Catalogue
import Foundation
import Vault

/// Counting the time of recordings from when they began, for as many as an import has brought at once.
///
/// Who brings old recordings asks; a records manager grants or refuses, for those that they see and no others: what they may not know
/// of is neither counted nor touched, and goes on waiting (DESIGN.md invariants 4 and 9).
extension RecordsDesk {
    /// A request to back-date with its texts opened, as whoever looks may know of it.
    public struct Backdating: Sendable {
        /// As the catalogue has it.
        public let row: BackdatingRow
        /// Why.
        public let reason: String
        /// Why it was refused.
        public let refusal: String?
        /// What became of its recordings.
        public let outcomes: [BackdatingRow.Outcome: Int]
    }

    /// A recording that was not taken into a request, and why.
    public struct PassedOver: Sendable, Hashable {
        /// Which.
        public let recording: RecordingID
        /// `not-found` where it is not the caller's to know, `refused` where they have not sent it and may not describe it, `conflict` where nobody
        /// knows when it began, or that is after it was received.
        public let code: ArchiveError.Code
    }

    /// Recordings that one call adds to a request.
    public static let backdatedAtOnce = 1000
    /// Requests of one principal of which something waits.
    public static let waitingBackdatings = 100
    /// Recordings that are decided in one transaction.
    static let backdatedInOne = 100

    // MARK: Asking

    /// Asks that the time of recordings count from when they began, for a reason; it waits for a records manager.
    ///
    /// - Parameters:
    ///   - mark: of the import that brought them: all calls of one mark are one request. nil for a request of its own.
    /// - Returns: the request, and which recordings were passed over. What it has already is no change.
    /// - Throws: `not-found` where none can be taken; `conflict` where the mark is another's; `quota-spent`.
    public func askBackdating(
        of recordings: [RecordingID],
        in mark: BackdatingID?,
        because reason: String,
        by caller: Caller
    ) async throws -> (request: Backdating, passedOver: [PassedOver]) {
        let reason = try Self.checked(reason, as: "reason")
        guard (1...Self.backdatedAtOnce).contains(recordings.count), Set(recordings).count == recordings.count else {
            throw ArchiveError(.badRequest, "one call names 1 to \(Self.backdatedAtOnce) recordings, each once")
        }
        let (id, now) = (mark ?? BackdatingID(), clock.now)
        return try await attempt("backdating.ask", on: id.description, by: caller) { [self] writer, caller in
            let reader = writer.reader
            var (taken, passedOver): ([RecordingID], [PassedOver]) = ([], [])
            for recording in recordings {
                if let code = try obstacle(to: recording, caller, reader) {
                    passedOver.append(PassedOver(recording: recording, code: code))
                } else {
                    taken.append(recording)
                }
            }
            guard !taken.isEmpty else { throw ArchiveError.notFound }
            if let known = try reader.backdating(id) {
                guard known.principal == caller.principal.id else {
                    throw ArchiveError(.conflict, "this mark is not of an import of yours")
                }
            } else {
                let waiting = try reader.waitingBackdatingCount(of: caller.principal.id, limit: Self.waitingBackdatings)
                guard waiting < Self.waitingBackdatings else {
                    throw ArchiveError(.quotaSpent, "\(waiting) requests of yours wait", hint: "have them decided")
                }
                try writer.insert(
                    BackdatingRow(
                        id: id,
                        principal: caller.principal.id,
                        person: person(of: caller, reader),
                        asked: now,
                        reason: statements.seal(Data(reason.utf8), context: Self.reasonField(id))
                    )
                )
            }
            let added = try taken.count { try writer.add($0, to: id) }
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "backdating.ask",
                object: id.description,
                details: ["count": String(added)],
                texts: ["reason": reason]
            )
            guard let row = try reader.backdating(id) else { throw ArchiveError.notFound }
            return (try opened(row, classes: ownClasses(caller, reader), reader), passedOver)
        }
    }

    /// What keeps a recording from being asked for; nil where nothing does.
    private func obstacle(
        to id: RecordingID,
        _ caller: Caller,
        _ reader: CatalogueReader
    ) throws -> ArchiveError.Code? {
        guard let row = try reader.recording(id), row.state == .stored || row.state == .incomplete else {
            return .notFound
        }
        let isSender = row.sender == caller.principal.id && isOwn(row.visibility, caller)
        guard isSender || sees(row, caller) else { return .notFound }
        guard isSender || may(.describe, row.visibility, caller) else { return .refused }
        return Self.beginning(of: row) == nil ? .conflict : nil
    }

    /// From when its time is to count; nil where that is not known, or lies behind its arrival.
    private static func beginning(of row: RecordingRow) -> Date? {
        row.started.flatMap { $0 <= row.received ? $0 : nil }
    }

    /// Whether what somebody has sent into this class is still theirs to know of: a recorder sees nothing, and has had its receipts.
    private func isOwn(_ visibility: VisibilityClass, _ caller: Caller) -> Bool {
        policy.dominates(caller.principal.clearance, visibility.label) && may(.send, visibility, caller)
    }

    private func ownClasses(_ caller: Caller, _ reader: CatalogueReader) throws -> [Int64] {
        try reader.classes().filter { isOwn($0.visibility, caller) || sees($0.visibility, caller) }.map(\.id)
    }

    // MARK: Looking

    /// Requests of the caller's own, or those that wait for them to decide, the newest first; one entry for each call.
    ///
    /// - Parameter limit: 1 to 500.
    public func backdatings(
        awaiting: Bool,
        limit: Int,
        cursor: String?,
        by caller: Caller
    ) async throws -> (requests: [Backdating], next: String?) {
        let page = try PageRequest<Bool, BackdatingID>(
            "backdatings",
            awaiting,
            limit: limit,
            cursor: cursor,
            by: caller,
            under: cursors
        )
        let place = page.after.map { (asked: $0.position, id: $0.id) }
        return try await attempt("backdating.list", on: nil, by: caller) { [self] writer, caller in
            let reader = writer.reader
            let classes = try awaiting ? classes(.backDate, caller, reader) : ownClasses(caller, reader)
            let found =
                try awaiting
                ? reader.waitingBackdatings(
                    classes: classes,
                    notOf: person(of: caller, reader),
                    after: place,
                    limit: page.count
                ) : reader.backdatings(of: caller.principal.id, after: place, limit: page.count)
            let (rows, next) = try page.cut(found) { .init(position: Timestamp.text($0.asked), id: $0.id) }
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "backdating.list",
                details: ["count": String(rows.count), "list": awaiting ? "awaiting" : "own"]
            )
            return (try rows.map { try opened($0, classes: classes, reader) }, next)
        }
    }

    /// How many requests wait for the caller; counted up to a hundred.
    public func awaitingBackdatings(_ caller: Caller) async throws -> Int {
        try await catalogue.read { [self] reader in
            let classes = try classes(.backDate, caller, reader)
            guard !classes.isEmpty else { return 0 }
            return try reader.waitingBackdatings(classes: classes, notOf: person(of: caller, reader), limit: 100).count
        }
    }

    private func opened(_ row: BackdatingRow, classes: [Int64], _ reader: CatalogueReader) throws -> Backdating {
        func text(_ sealed: Data, _ field: String) throws -> String {
            String(decoding: try statements.open(sealed, context: field), as: UTF8.self)
        }
        return Backdating(
            row: row,
            reason: try text(row.reason, Self.reasonField(row.id)),
            refusal: try row.refusal.map { try text($0, Self.refusalField(row.id)) },
            outcomes: try reader.outcomes(of: row.id, classes: classes)
        )
    }

    private static func reasonField(_ id: BackdatingID) -> String { "backdating \(id)" }
    private static func refusalField(_ id: BackdatingID) -> String { "backdating refused \(id)" }

    // MARK: Deciding

    /// Counts the time of all recordings of a request from when they began, of those that the caller sees and may back-date: some in each
    /// transaction, and none twice however often it is repeated.
    ///
    /// - Returns: the request as it is then.
    /// - Throws: `not-found` for a request of which the caller may decide nothing; `refused` for one's own.
    public func grantBackdating(_ id: BackdatingID, by caller: Caller) async throws -> Backdating {
        try await decide(id, "backdating.grant", because: nil, by: caller)
    }

    /// Refuses it, for a reason that who asked is told: of those recordings that the caller sees and may back-date.
    ///
    /// - Throws: as ``grantBackdating(_:by:)``.
    public func refuseBackdating(
        _ id: BackdatingID,
        because reason: String,
        by caller: Caller
    ) async throws -> Backdating {
        try await decide(id, "backdating.refuse", because: Self.checked(reason, as: "reason"), by: caller)
    }

    /// - Parameter refusal: why it is refused; nil to grant it.
    private func decide(
        _ id: BackdatingID,
        _ action: String,
        because refusal: String?,
        by caller: Caller
    ) async throws -> Backdating {
        while true {
            let (isDone, request) = try await attempt(action, on: id.description, by: caller) {
                [self] writer, caller -> (Bool, Backdating) in
                let reader = writer.reader
                let (row, classes) = try deciding(id, caller, reader)
                let waiting = try reader.waitingRecordings(of: id, classes: classes, limit: Self.backdatedInOne)
                var decided: [BackdatingRow.Outcome: Int] = [:]
                let reason = try opened(row, classes: [], reader).reason
                for recording in waiting {
                    let outcome: BackdatingRow.Outcome =
                        try refusal != nil
                        ? .refused : grant(recording, of: id, because: reason, caller, writer) ? .granted : .void
                    try writer.decide(recording, of: id, as: outcome)
                    decided[outcome, default: 0] += 1
                }
                if let refusal, !waiting.isEmpty {
                    try writer.setRefusal(statements.seal(Data(refusal.utf8), context: Self.refusalField(id)), of: id)
                }
                try log.append(
                    to: writer,
                    actor: caller.actor,
                    action: action,
                    object: id.description,
                    details: Dictionary(uniqueKeysWithValues: decided.map { ($0.rawValue, String($1)) }),
                    texts: refusal.map { ["reason": $0] } ?? [:]
                )
                guard let now = try reader.backdating(id) else { throw ArchiveError.notFound }
                return (waiting.count < Self.backdatedInOne, try opened(now, classes: classes, reader))
            }
            if isDone { return request }
        }
    }

    /// Counts the time of one from when it began; false where that cannot be.
    private func grant(
        _ id: RecordingID,
        of backdating: BackdatingID,
        because reason: String,
        _ caller: Caller,
        _ writer: CatalogueWriter
    ) throws -> Bool {
        guard let row = try writer.reader.recording(id), let beginning = Self.beginning(of: row),
            let series = schedule[row.series]
        else { return false }
        guard row.countedFrom != beginning else { return true }
        var facts = RetentionFacts(row)
        facts.countedFrom = beginning
        let decision = ReviewDecision.count(from: beginning)
        try keep(
            facts,
            of: row,
            series,
            as: "retention.\(decision.name)",
            because: reason,
            details: ["backdating": backdating.description],
            caller,
            writer
        )
        return true
    }

    /// The request, and the classes of those of its recordings over which the caller may decide: another person than who asked.
    private func deciding(
        _ id: BackdatingID,
        _ caller: Caller,
        _ reader: CatalogueReader
    ) throws -> (BackdatingRow, [Int64]) {
        let classes = try classes(.backDate, caller, reader)
        guard let row = try reader.backdating(id), try !reader.outcomes(of: id, classes: classes).isEmpty else {
            throw ArchiveError.notFound
        }
        let person = try person(of: caller, reader)
        let asker = try reader.principal(row.principal, at: clock.now)?.person
        guard person != row.person, person != asker else {
            throw ArchiveError(.refused, "nobody decides what they asked for themselves", hint: "another person has to")
        }
        return (row, classes)
    }
}
