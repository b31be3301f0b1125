import ArchiveCore
import ArchiveInterface
import AuditLog
import Hummingbird
import Retrieval
import TransparencyLog

/// `/v1/recordings/{id}/provenance`: what the log says became of a recording, with proofs.
struct ProvenanceRoute: Sendable {
    let archive: Archive

    /// Adds the route below `/v1/recordings`.
    func add(to group: RouterGroup<ArchiveContext>) {
        group.on(":id/provenance", method: .get) { request, context in
            var (after, limit): (Int?, Int) = (nil, Retrieval.provenanceAtOnce)
            for (name, value) in try request.queryItems() {
                switch name {
                case "after": after = try RecordingRoutes.number(name, value)
                case "limit": limit = try RecordingRoutes.number(name, value)
                default: throw ArchiveError(.badRequest, "there is no parameter \(name.prefix(40).debugDescription)")
                }
            }
            let (seqs, next) = try await archive.retrieval.provenance(
                of: context.identifier("id"),
                after: after,
                limit: limit,
                by: context.authenticated()
            )
            let proofs = try await archive.log.proofs(of: seqs)
            let entries = proofs.map { ProvenEntry(entry: $0.inclusion.leafIndex, proof: $0.text) }
            // Of the origin that has signed them: another key may have begun since.
            let key = try proofs.first.map { try archive.log.verificationKey(of: $0.note.serialized) }
            return try Response.json(
                ProvenancePage(key: key ?? archive.log.verificationKey, entries: entries, next: next)
            )
        }
    }
}
