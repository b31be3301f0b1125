import ArchiveCore
import HTTPTypes
import Hummingbird

/// `/v1/audit/cosigned`: the newest checkpoint that witnesses, or one of them, have cosigned, for auditors.
struct CosignedRoute: Sendable {
    let archive: Archive

    /// Adds the route below `/v1/audit`.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on("cosigned", method: .get) { request, context in
            var witness: String?
            for (name, value) in try request.queryItems() {
                guard name == "witness" else {
                    throw ArchiveError(.badRequest, "there is no parameter \(name.prefix(40).debugDescription)")
                }
                witness = value
            }
            try await AuditRoutes(archive: archive).authorize(context, "audit.cosigned")
            guard let note = try await archive.witnesses.newest(by: witness) else {
                throw ArchiveError(.notFound, "no witness has cosigned a checkpoint of this log")
            }
            return AuditRoutes.text(note)
        }
    }
}
