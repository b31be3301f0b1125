package import AccessPolicy
import Age
public import ArchiveCore
public import AuditLog
public import BlindIndex
public import Catalogue
public import Foundation
public import Retention
public import Retrieval
import Transcription
public import Transcripts
public import Vault

/// Finds what was said, for those who may know.
///
/// Only the tables of classes that the caller may see are asked, so that nothing above their clearance influences anything: not hits,
/// counts, scores nor time (DESIGN.md invariant 4).
public final class SearchDesk: Sendable {
    private let keeper: IndexKeeper
    private let catalogue: Catalogue
    private let rules: RulesInForce
    package let log: AuditLog
    private let retrieval: Retrieval
    private let transcripts: TranscriptDesk
    private let timeZone: TimeZone
    private let clock: any Clock<Duration>
    private let cursors: SecretSeal
    /// Nobody searches twice at a time: a search can take the processors that others need, and no reader of the index is left to them.
    private let turns = Turns<PrincipalID>()

    /// A desk over these parts; `timeZone` is where the days of a query begin, `clock` what the length of a search is measured by.
    public init(
        _ keeper: IndexKeeper,
        vault: Vault,
        catalogue: Catalogue,
        rules: RulesInForce,
        log: AuditLog,
        retrieval: Retrieval,
        transcripts: TranscriptDesk,
        timeZone: TimeZone,
        clock: any Clock<Duration> = ContinuousClock()
    ) throws {
        self.keeper = keeper
        self.catalogue = catalogue
        self.rules = rules
        self.log = log
        self.retrieval = retrieval
        self.transcripts = transcripts
        self.timeZone = timeZone
        self.clock = clock
        cursors = try vault.seal("cursors")
    }
}

extension SearchDesk: Desk {
    package var policy: Policy { rules.current.policy }
}

extension SearchDesk {
    /// What somebody looks for.
    public struct Request: Codable, Sendable, Hashable {
        /// As Docs/search.md says that it is written.
        public var query: String
        /// Why: some levels show nobody what was said without one.
        public var purpose: String?

        /// A request of these fields.
        public init(query: String, purpose: String? = nil) {
            self.query = query
            self.purpose = purpose
        }
    }

    /// A recording that answers.
    public struct Result: Sendable {
        /// What is known of it.
        public let view: Retrieval.View
        /// How well it answers: comparable within one answer, and above zero.
        public let score: Double
        /// Where it is said, best first, ``mostHits`` at most; none where only its title or what else describes it answers, nil where its
        /// words are withheld: opening it takes more than the caller has given.
        public let hits: [SearchHit]?
        /// Whether its words leave the archive sealed only: by ``SearchDesk/seal(_:for:)``.
        public let isSealedOnly: Bool
    }

    /// The longest page.
    public static let mostAtOnce = 50

    /// Places that are shown of one recording.
    public static let mostHits = 5

    /// How long the index is searched for one page before the search is given up.
    public static let longest = Duration.seconds(10)

    /// Recordings that the caller may see and that answer, best first; one entry for each call.
    ///
    /// - Parameters:
    ///   - limit: how many at most, 1 to ``mostAtOnce``.
    ///   - cursor: of the page before; sealed, and bound to its caller and request.
    /// - Returns: a page, which can be short of recordings that have just gone, and the cursor to the next; nil at the end.
    /// - Throws: `bad-request` with the place of a mistake, and without one where it takes longer than ``longest``; `unknown-name` for a level or unit that there is not; `refused`.
    public func search(
        _ request: Request,
        limit: Int,
        cursor: String?,
        by caller: Caller
    ) async throws -> (results: [Result], next: String?) {
        guard (1...Self.mostAtOnce).contains(limit) else {
            throw ArchiveError(.badRequest, "limit must be 1 to \(Self.mostAtOnce)")
        }
        let page = try PageRequest<Request, RecordingID>(
            "searches",
            request,
            limit: limit,
            cursor: cursor,
            by: caller,
            under: cursors
        )
        guard hasAction(caller, [.find]) else {
            try await log.record(actor: caller.actor, action: Self.action, decision: .refuse)
            throw Self.refusal(caller, to: "look for recordings")
        }
        let purpose = try Retrieval.checked(request.purpose, as: "purpose")
        let query = try read(request.query)
        let digest = cursors.tag(try CanonicalJSON.encode(request)).prefix(16).hexadecimal
        return try await turns.holding([caller.principal.id]) {
            let found: [SearchResult]
            do {
                found = try await find(query, from: page, by: caller)
            } catch let error as ArchiveError where error.code == .badRequest {
                try await log.record(
                    actor: caller.actor,
                    action: Self.action,
                    decision: .refuse,
                    details: ["query": digest],
                    texts: Self.texts(purpose)
                )
                throw error
            }
            let (kept, next) = try page.cut(found) { .init(position: Self.position($0.score), id: $0.recording) }
            let read = try await hits(in: kept, query, purposeGiven: purpose != nil, by: caller)
            return (try await told(kept, read, digest, purpose, by: caller), next)
        }
    }

    private static func texts(_ purpose: String?) -> [String: String] { purpose.map { ["purpose": $0] } ?? [:] }

    /// What answers and is there for the caller: a page, and one more.
    ///
    /// The index may be a moment behind. What has gone, or is not the caller's to see any more, is not missing from the page either.
    private func find(
        _ query: SearchQuery,
        from page: PageRequest<Request, RecordingID>,
        by caller: Caller
    ) async throws -> [SearchResult] {
        let classes = try await classes(query, caller)
        // For all looks together: what was just relabelled can take several.
        let mayGoOn = clock.stillWithin(Self.longest)
        var place = page.after.flatMap(Self.place)
        var found: [SearchResult] = []
        repeat {
            let some = try await keeper.index.search(
                query,
                in: classes,
                from: query.after.map(beginning),
                before: query.before.map(beginning),
                limit: page.count,
                after: place,
                while: mayGoOn
            )
            found += try await catalogue.read { [self] reader in
                try some.results.filter { try row($0.recording, for: caller, reader) != nil }
            }
            place = some.next
        } while place != nil && found.count < page.count
        return Array(found.prefix(page.count))
    }

    private func row(_ id: RecordingID, for caller: Caller, _ reader: CatalogueReader) throws -> RecordingRow? {
        guard let row = try reader.recording(id), sees(row, caller), row.state != .destroying else { return nil }
        return row
    }

    /// What the caller is told, decided and written to the log in one transaction: whoever lost a right meanwhile has lost it.
    private func told(
        _ found: [SearchResult],
        _ read: [RecordingID: ReadHits],
        _ query: String,
        _ purpose: String?,
        by caller: Caller
    ) async throws -> [Result] {
        // What does not open is named by `check`, and does not keep the rest from being found.
        let views = try await catalogue.read { [self] reader in
            try found.compactMap { try row($0.recording, for: caller, reader) }
        }.reduce(into: [:]) { views, row in
            views[row.id] = try? retrieval.views(of: [row]).first
        }
        return try await log.write(by: caller) { [self] writer, caller in
            let reader = writer.reader
            let rows = try found.compactMap { try row($0.recording, for: caller, reader) }
            let shown = try retrieval.withShownWords(rows, purposeGiven: purpose != nil, by: caller, reader)
            let current = Dictionary(rows.map { ($0.id, $0) }) { first, _ in first }
            let results = try found.compactMap { result -> Result? in
                let id = result.recording
                guard let row = current[id], let view = views[id], view.row.revision == row.revision,
                    view.row.labelVersion == row.labelVersion
                else { return nil }
                // Of what has another revision by now, the places are those of the old one.
                let isNewest = try reader.transcript(of: id)?.revision == read[id]?.revision
                let hits = shown[id] == nil ? nil : isNewest ? read[id]?.hits ?? [] : []
                return Result(view: view, score: result.score, hits: hits, isSealedOnly: shown[id] ?? true)
            }
            try log.append(
                to: writer,
                actor: caller.actor,
                action: Self.action,
                details: [
                    "count": String(results.count), "words": String(results.count { $0.hits?.isEmpty == false }),
                    "query": query,
                ],
                texts: Self.texts(purpose)
            )
            return results
        }
    }

    /// `bytes` as an age file that the caller's own key opens.
    public func seal(_ bytes: [UInt8], for caller: Caller) async throws -> [UInt8] {
        guard let credential = try await catalogue.read({ try $0.credential(certificate: caller.certificate) }) else {
            throw ArchiveError.notFound
        }
        // The one key that every level takes.
        return try AgeFile.seal(bytes, to: [Recipient(parsing: credential.hybrid)])
    }

    private static let action = "recording.search"

    private func read(_ text: String) throws -> SearchQuery {
        do {
            return try SearchQuery(text)
        } catch let error as SearchQueryError {
            throw error.error
        }
    }

    /// The classes that are asked: those that the caller sees, and of them those that the query wants.
    private func classes(_ query: SearchQuery, _ caller: Caller) async throws -> [IndexClass] {
        for level in query.levels { _ = try policy.checked(level: level) }
        let units = try query.units.map { try policy.checked(unit: $0) }
        return try await keeper.classes { [self] visibility in
            sees(visibility, caller) && may(.find, visibility, caller)
                && policy.rules(for: visibility.label.level)?.isIndexed == true
                && (units.isEmpty || units.contains(policy.present(unit: visibility.unit)))
                && (query.levels.isEmpty || query.levels.contains(visibility.label.level.name))
        }.map(\.index)
    }

    private func beginning(of day: SearchQuery.Day) -> Date {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        let parts = DateComponents(year: day.year, month: day.month, day: day.day)
        return calendar.date(from: parts).map(calendar.startOfDay) ?? .distantPast
    }

    // MARK: Words

    /// Places in a revision of a transcript.
    private struct ReadHits: Sendable {
        var revision: Int
        var hits: [SearchHit]
    }

    /// Where it is said in what may be shown, in as many transcripts at once as there are processors.
    private func hits(
        in found: [SearchResult],
        _ query: SearchQuery,
        purposeGiven: Bool,
        by caller: Caller
    ) async throws -> [RecordingID: ReadHits] {
        let rows = try await catalogue.read { [self] reader in
            let rows = try found.compactMap { try row($0.recording, for: caller, reader) }
            let shown = try retrieval.withShownWords(rows, purposeGiven: purposeGiven, by: caller, reader)
            return try shown.keys.compactMap { try reader.transcript(of: $0) }
        }
        let processors = max(1, min(rows.count, ProcessInfo.processInfo.activeProcessorCount))
        return try await withThrowingTaskGroup(of: [RecordingID: ReadHits].self) { group in
            for first in 0..<processors {
                group.addTask { [transcripts] in
                    let finder = HitFinder(query)
                    return stride(from: first, to: rows.count, by: processors).reduce(into: [:]) { read, number in
                        let row = rows[number]
                        // It may have gone just now, or be damaged: then nothing of it is shown.
                        guard let texts = try? transcripts.texts(row) else { return }
                        let hits = finder.hits(
                            in: texts.segments.map(TextSegment.init),
                            language: texts.language,
                            limit: Self.mostHits
                        )
                        read[row.recording] = ReadHits(revision: row.revision, hits: hits)
                    }
                }
            }
            return try await group.reduce(into: [:]) { read, some in read.merge(some) { first, _ in first } }
        }
    }

    // MARK: Pages

    /// A score as the bits of it, so that the next page begins at exactly that place.
    private static func position(_ score: Double) -> String { String(score.bitPattern) }

    private static func place(_ place: PageRequest<Request, RecordingID>.Place) -> SearchCursor? {
        UInt64(place.position).map { SearchCursor(score: Double(bitPattern: $0), recording: place.id) }
    }
}

extension TextSegment {
    fileprivate init(_ segment: TranscriptTexts.Segment) {
        self.init(start: segment.start, end: segment.end, speaker: segment.speaker, text: segment.text)
    }
}

extension Clock where Duration == Swift.Duration {
    /// Whether so much time has not passed yet, from now on.
    fileprivate func stillWithin(_ duration: Swift.Duration) -> @Sendable () -> Bool {
        let end = now.advanced(by: duration)
        return { self.now < end }
    }
}
