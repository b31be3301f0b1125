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
    private let cursors: SecretSeal

    /// A desk over these parts; `timeZone` is where the days of a query begin.
    public init(
        _ keeper: IndexKeeper,
        vault: Vault,
        catalogue: Catalogue,
        rules: RulesInForce,
        log: AuditLog,
        retrieval: Retrieval,
        transcripts: TranscriptDesk,
        timeZone: TimeZone
    ) throws {
        self.keeper = keeper
        self.catalogue = catalogue
        self.rules = rules
        self.log = log
        self.retrieval = retrieval
        self.transcripts = transcripts
        self.timeZone = timeZone
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

    /// Recordings that the caller may see and that answer, best first; one entry for each call.
    ///
    /// - Parameters:
    ///   - limit: how many at most, 1 to ``mostAtOnce``.
    ///   - cursor: of the page before; sealed, and bound to its caller and request.
    /// - Returns: a page, which can be short of recordings that have just gone, and the cursor to the next; nil at the end.
    /// - Throws: `bad-request` with the place of a mistake; `unknown-name` for a level or unit that there is not; `refused`.
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
        let found = try await keeper.index.search(
            query,
            in: classes(query, caller),
            from: query.after.map(beginning),
            before: query.before.map(beginning),
            limit: page.count,
            after: page.after.flatMap(Self.place)
        )
        let (kept, next) = try page.cut(found.results) { .init(position: Self.position($0.score), id: $0.recording) }
        let results = try await shown(kept, query, purposeGiven: purpose != nil, by: caller)
        try await log.record(
            actor: caller.actor,
            action: Self.action,
            details: [
                "count": String(results.count), "words": String(results.count { $0.hits?.isEmpty == false }),
                "query": cursors.tag(try CanonicalJSON.encode(request)).prefix(16).hexadecimal,
            ],
            texts: purpose.map { ["purpose": $0] } ?? [:]
        )
        return (results, next)
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
        return try await keeper.classes().filter { visibility, _ in
            sees(visibility, caller) && may(.find, visibility, caller)
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

    private func shown(
        _ found: [SearchResult],
        _ query: SearchQuery,
        purposeGiven: Bool,
        by caller: Caller
    ) async throws -> [Result] {
        let (rows, spoken, newest) = try await catalogue.read { [self] reader in
            // The index may be a moment behind: what has gone, or is not the caller's to see any more, is left out.
            let rows = try found.compactMap { try reader.recording($0.recording) }
                .filter { sees($0, caller) && $0.state != .destroying }
            let spoken = try retrieval.withShownWords(rows, purposeGiven: purposeGiven, by: caller, reader)
            let newest = try spoken.keys.reduce(into: [:]) { $0[$1] = try reader.transcript(of: $1) }
            return (rows, spoken, newest)
        }
        let scores = Dictionary(found.map { ($0.recording, $0.score) }) { first, _ in first }
        let hits = try await hits(in: newest, query)
        return try retrieval.views(of: rows).map { view in
            let id = view.row.id
            return Result(
                view: view,
                score: scores[id] ?? 0,
                hits: spoken[id] == nil ? nil : hits[id] ?? [],
                isSealedOnly: spoken[id] ?? true
            )
        }
    }

    /// Where it is said, in as many transcripts at once as there are processors.
    private func hits(
        in rows: [RecordingID: TranscriptRow],
        _ query: SearchQuery
    ) async throws -> [RecordingID: [SearchHit]] {
        let rows = Array(rows.values)
        let processors = max(1, min(rows.count, ProcessInfo.processInfo.activeProcessorCount))
        return try await withThrowingTaskGroup(of: [RecordingID: [SearchHit]].self) { group in
            for first in 0..<processors {
                group.addTask { [transcripts] in
                    let finder = HitFinder(query)
                    return stride(from: first, to: rows.count, by: processors).reduce(into: [:]) { hits, number in
                        let row = rows[number]
                        // It may have gone just now, or be damaged: then nothing of it is shown.
                        guard let texts = try? transcripts.texts(row) else { return }
                        hits[row.recording] = finder.hits(
                            in: texts.segments.map(TextSegment.init),
                            language: texts.language,
                            limit: Self.mostHits
                        )
                    }
                }
            }
            return try await group.reduce(into: [:]) { hits, some in hits.merge(some) { first, _ in first } }
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
