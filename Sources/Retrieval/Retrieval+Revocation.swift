import ArchiveCore
import AuditLog
import Catalogue
import Foundation
import Vault

extension Retrieval {
    /// Accesses looked at in one transaction.
    private static let revokedAtOnce = 200

    /// Closes every open access that the policy in force no longer allows, with an entry for each; returns how many.
    ///
    /// Each request and each stream in progress checks its access by the policy in force anyway. This keeps an access
    /// that one policy has ended from coming back to life with the next.
    public func closeDisallowed() async throws -> Int {
        var count = 0
        var last: AccessID?
        while true {
            let place = last
            let page = try await catalogue.read { try $0.openAccesses(after: place, limit: Self.revokedAtOnce) }
            guard !page.isEmpty else { return count }
            let closed = try await catalogue.write { [self] writer in
                try page.compactMap { id in try closeUnlessAllowed(id, writer) }
            }
            for row in closed { try vault.forgetHeader(of: row.recording, access: row.id) }
            count += closed.count
            last = page.last
        }
    }

    /// The row, where its access was open and has been closed.
    private func closeUnlessAllowed(_ id: AccessID, _ writer: CatalogueWriter) throws -> AccessRow? {
        // One whose time is over is closed for that reason, by somebody else.
        guard let row = try writer.reader.access(id), row.state == .open, row.expires > clock.now,
            let principal = try writer.reader.principal(row.principal, at: clock.now)?.principal
        else { return nil }
        let owner = Caller(principal: principal, key: row.binding.key, certificate: "")
        do {
            _ = try check(id, in: writer.reader, by: owner)
            return nil
        } catch let error as ArchiveError where [.gone, .notFound, .unauthenticated, .refused].contains(error.code) {
            guard try writer.close(id) else { return nil }
            try log.append(
                to: writer,
                actor: .service,
                action: "access.close",
                object: row.recording.description,
                details: ["access": id.description, "reason": "policy"]
            )
            return row
        }
    }
}
