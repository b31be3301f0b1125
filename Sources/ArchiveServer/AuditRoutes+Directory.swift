import ArchiveCore
import ArchiveInterface
import Hummingbird

extension AuditRoutes {
    /// Adds what is not in the log itself: who its principals are, and its texts.
    func addDirectory(to group: RouterGroup<ArchiveContext>) {
        group.on("directory", method: .get) { request, context in try await self.directory(request, context) }
        group.on("texts", method: .get) { request, context in try await self.texts(request, context) }
    }

    private func directory(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        var last: PrincipalID?
        var limit = 200
        for (name, value) in try request.queryItems() {
            switch name {
            case "after":
                guard let id = PrincipalID(value) else { throw ArchiveError(.badRequest, "after is no principal's id") }
                last = id
            case "limit": limit = try RecordingRoutes.number(name, value)
            default: throw ArchiveError(.badRequest, "there is no parameter \(name.prefix(40).debugDescription)")
            }
        }
        guard (1...AuditDirectory.mostPrincipals).contains(limit) else {
            throw ArchiveError(.badRequest, "limit must be 1 to \(AuditDirectory.mostPrincipals)")
        }
        try await authorize(context, "audit.directory")
        return try await Response.json(archive.auditDirectory(after: last, limit: limit))
    }

    private func texts(_ request: Request, _ context: ArchiveContext) async throws -> Response {
        var wanted: Set<Int> = []
        for (name, value) in try request.queryItems() {
            guard name == "seq" else {
                throw ArchiveError(.badRequest, "there is no parameter \(name.prefix(40).debugDescription)")
            }
            for number in value.split(separator: ",", omittingEmptySubsequences: false) {
                let seq = try RecordingRoutes.number(name, String(number))
                guard seq >= 0 else { throw ArchiveError(.badRequest, "\(name) is a number of an entry, from 0") }
                wanted.insert(seq)
            }
        }
        guard (1...EntryTexts.mostEntries).contains(wanted.count) else {
            throw ArchiveError(.badRequest, "seq names 1 to \(EntryTexts.mostEntries) entries, by commas")
        }
        let entries = wanted.sorted()
        try await authorize(
            context,
            "audit.texts",
            details: ["entries": entries.map(String.init).joined(separator: ",")]
        )
        return try await Response.json(archive.texts(of: entries))
    }
}
