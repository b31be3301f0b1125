import ArchiveCore
import ArchiveInterface
import Catalogue
import Hummingbird
import Retention

/// What is left of recordings that are gone: `/v1/tombstones`.
struct TombstoneRoutes: Sendable {
    let archive: Archive

    /// Adds the routes.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on("", method: .get) { request, context in
            var (limit, cursor): (Int, String?) = (100, nil)
            for (name, value) in try request.queryItems() {
                switch name {
                case "limit": limit = try RecordingRoutes.number(name, value)
                case "cursor": cursor = value
                default: throw ArchiveError(.badRequest, "there is no parameter \(name.prefix(40).debugDescription)")
                }
            }
            let page = try await archive.desk.gone(limit: limit, cursor: cursor, by: context.authenticated())
            return try Response.json(
                TombstonePage(tombstones: page.items.map(TombstoneReport.init), next: page.next)
            )
        }
        group.on(":id", method: .get) { _, context in
            let id: RecordingID = try context.identifier("id")
            return try await Response.json(TombstoneReport(archive.desk.gone(id, by: context.authenticated())))
        }
    }
}

extension TombstoneReport {
    fileprivate init(_ gone: RecordsDesk.Gone) {
        let row = gone.row
        self.init(
            recording: row.recording,
            state: row.isTransferred ? .transferred : .destroyed,
            label: row.visibility.label,
            unit: row.visibility.unit,
            series: row.series,
            gone: row.tombstone.gone,
            rule: row.tombstone.rule,
            list: row.list,
            entry: row.tombstone.intent,
            title: gone.title,
            titleUntil: gone.title == nil ? nil : row.title?.expires
        )
    }
}
