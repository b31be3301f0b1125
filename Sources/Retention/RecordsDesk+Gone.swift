import AccessPolicy
public import ArchiveCore
import AuditLog
public import Catalogue
import Foundation
import Vault

extension RecordsDesk {
    /// What is left of a recording.
    public struct Gone: Sendable {
        /// As the catalogue has it.
        public let row: GoneRow
        /// What it was called, where its series keeps that and the time for it is not over.
        public let title: String?
    }

    private struct GoneQuery: Codable, Equatable, Sendable {}

    /// Recordings that are gone, the newest first, for who decides over keeping and destroying and could have seen them; one
    /// entry for each call.
    ///
    /// - Parameter limit: 1 to 500.
    public func gone(
        limit: Int,
        cursor: String?,
        by caller: Caller
    ) async throws -> (items: [Gone], next: String?) {
        let page = try PageRequest<GoneQuery, RecordingID>(
            "tombstones",
            GoneQuery(),
            limit: limit,
            cursor: cursor,
            by: caller,
            under: cursors
        )
        let (rows, next) = try await attempt("tombstone.list", on: nil, by: caller) { [self] writer, caller in
            guard hasAction(caller, Self.actions) else { throw Self.refusal(caller, to: "see what is gone") }
            let classes = try writer.reader.classes().filter { hears($0.visibility, caller) }
            let found = try writer.reader.gone(
                classes: classes.map(\.id),
                after: page.after.map { ($0.position, $0.id) },
                limit: page.count
            )
            let (rows, next) = try page.cut(found) {
                .init(position: Timestamp.text($0.tombstone.gone), id: $0.recording)
            }
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "tombstone.list",
                details: ["count": String(rows.count)]
            )
            return (rows, next)
        }
        return (try opened(rows), next)
    }

    /// What is left of one recording.
    ///
    /// - Throws: `not-found` where it is not gone, or not the caller's to know.
    public func gone(_ id: RecordingID, by caller: Caller) async throws -> Gone {
        let row = try await attempt("tombstone.show", on: id.description, by: caller) { [self] writer, caller in
            guard let row = try writer.reader.gone(id), hears(row.visibility, caller) else {
                throw ArchiveError.notFound
            }
            try log.append(
                to: writer,
                actor: caller.actor,
                action: "tombstone.show",
                object: id.description,
                label: row.visibility.label
            )
            return row
        }
        guard let gone = try opened([row]).first else { throw ArchiveError.notFound }
        return gone
    }

    private func hears(_ visibility: VisibilityClass, _ caller: Caller) -> Bool {
        sees(visibility, caller) && mayHear(visibility, caller)
    }

    private func opened(_ rows: [GoneRow]) throws -> [Gone] {
        let titles = try titles(of: rows)
        return rows.map { Gone(row: $0, title: titles[$0.recording]) }
    }

    /// The titles of those whose time for that is not over, whether or not somebody has destroyed them since it was.
    func titles(of rows: [GoneRow]) throws -> [RecordingID: String] {
        let now = clock.now
        let kept = rows.filter { ($0.title?.expires ?? .distantPast) > now }
        let seals = try vault.tombstones(of: kept.map(\.recording))
        return kept.reduce(into: [:]) { titles, row in
            // One that has rotted keeps nobody from the others, nor from the certificate of its list.
            guard let seal = seals[row.recording], let title = row.title,
                let opened = try? seal.open(title.sealed, context: DescribingFields.tombstoneTitle)
            else { return }
            titles[row.recording] = String(decoding: opened, as: UTF8.self)
        }
    }
}
