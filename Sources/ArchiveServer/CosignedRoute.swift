import ArchiveCore
import HTTPTypes
import Hummingbird

/// `/v1/audit/cosigned`: the newest checkpoint that witnesses have cosigned, for auditors.
struct CosignedRoute: Sendable {
    let archive: Archive

    /// Adds the route below `/v1/audit`.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on("cosigned", method: .get) { _, context in
            try await AuditRoutes(archive: archive).authorize(context, "audit.cosigned")
            guard let note = try await archive.witnesses.newest() else {
                throw ArchiveError(.notFound, "no witness has cosigned a checkpoint of this log")
            }
            return AuditRoutes.text(note)
        }
    }
}
