import ArchiveCore
import ArchiveInterface
import BlindIndex
import Catalogue
import Foundation
import Hummingbird
import Retrieval
import Search

/// Finding what was said, `/v1/searches`.
struct SearchRoute: Sendable {
    let archive: Archive

    /// Adds the route.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on("", method: .post) { request, context in
            let body = try await request.json(SearchBody.self)
            let caller = try context.authenticated()
            let (results, next) = try await archive.search.search(
                .init(query: body.query, purpose: body.purpose),
                limit: body.limit ?? 10,
                cursor: body.cursor,
                by: caller
            )
            return try await Response.json(
                SearchPageReport(
                    results: results.map(SearchResultReport.init),
                    sealed: sealed(results, for: caller),
                    next: next
                )
            )
        }
    }

    /// Hits in recordings whose words leave the archive sealed only; nil where there are none.
    private func sealed(_ results: [SearchDesk.Result], for caller: Caller) async throws -> String? {
        let hits = results.reduce(into: SealedSearchHits()) { sealed, result in
            guard result.isSealedOnly, let hits = result.hits, !hits.isEmpty else { return }
            sealed.hits[result.view.row.id.description] = hits.map(SearchHitReport.init)
        }
        guard !hits.hits.isEmpty else { return nil }
        let file = try await archive.search.seal(Array(CanonicalJSON.encode(hits)), for: caller)
        return Data(file).base64EncodedString()
    }
}

extension SearchResultReport {
    fileprivate init(_ result: SearchDesk.Result) {
        let (row, fields) = (result.view.row, result.view.fields)
        self.init(
            id: row.id,
            score: result.score,
            title: fields.title,
            level: row.visibility.label.level,
            compartments: row.visibility.label.compartments,
            unit: row.visibility.unit,
            started: row.started,
            received: row.received,
            duration: row.duration,
            hits: result.isSealedOnly ? [] : result.hits?.map(SearchHitReport.init) ?? [],
            withheld: result.hits == nil
        )
    }
}

extension SearchHitReport {
    fileprivate init(_ hit: SearchHit) {
        // Places are counted as most who read JSON count them.
        let text = hit.snippet.utf8
        func scalars(_ offset: Int) -> Int {
            text.prefix(offset).count { $0 & 0xC0 != 0x80 }
        }
        self.init(
            start: hit.start,
            end: hit.end,
            speaker: hit.speaker,
            snippet: hit.snippet,
            marks: hit.marks.map { [scalars($0.lowerBound), scalars($0.upperBound)] }
        )
    }
}
