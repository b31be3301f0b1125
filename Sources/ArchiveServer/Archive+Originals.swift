import ArchiveCore
import ArchiveInterface
import AuditLog
import Catalogue
import Crypto
import Foundation
import Hummingbird
import Preservation
import Retrieval

extension Archive {
    /// How long one request reads payloads before it states what it has; the caller asks again for the rest.
    private static let reading = Duration.seconds(20)

    /// What the archive states of the files that `recordings` were made of; what was not read since it was stored is read now.
    func originals(_ recordings: [RecordingID], by caller: Caller) async throws -> SignedOriginals {
        let readable = try await retrieval.statable(recordings, by: caller)
        let read = try await preservation.checkPayloads(unreadOf: readable, for: Self.reading, by: .service)
        let origin = try log.checkpointOrigin()
        let (name, clock) = (settings.name, self.clock)
        let (statement, entry) = try await retrieval.certifyOriginals(recordings, read: read, by: caller) { facts in
            let statement = OriginalsStatement(
                archive: name,
                origin: origin,
                classification: facts.classification,
                items: facts.items.map(OriginalsStatement.Item.init),
                omitted: facts.omitted.map { .init(recording: $0.recording, reason: .init($0.reason)) },
                made: clock.now
            )
            return (statement, SHA256.hash(data: try CanonicalJSON.encode(statement)).hexadecimal)
        }
        return SignedOriginals(statement: statement, proof: try await provedEntry(entry))
    }
}

/// Which originals can be deleted elsewhere, `/v1/originals`.
struct OriginalsRoute: Sendable {
    let archive: Archive

    /// Adds the route.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on("", method: .post) { request, context in
            let body = try await request.json(OriginalsBody.self)
            return try await Response.json(archive.originals(body.recordings, by: context.authenticated()))
        }
    }
}

extension OriginalsStatement.Item {
    fileprivate init(_ item: Retrieval.OriginalFacts.Item) {
        self.init(
            recording: item.row.id,
            source: item.source,
            sender: item.row.sender,
            stored: item.row.received,
            payload: item.row.digest.hexadecimal,
            size: item.row.size,
            checked: item.checked
        )
    }
}

extension OriginalsStatement.Omission.Reason {
    fileprivate init(_ reason: Retrieval.OriginalFacts.Omission) {
        self =
            switch reason {
            case .notFound: .notFound
            case .incomplete: .incomplete
            case .damaged: .damaged
            case .noSource: .noSource
            case .unread: .unread
            }
    }
}
