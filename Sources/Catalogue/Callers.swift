public import ArchiveCore
public import Foundation

/// Somebody who counted when a request came in counts no longer.
public struct LostStanding: Error {
    /// As entries say it.
    public let reason: String
    /// As the caller is told.
    public let error: ArchiveError
}

extension CatalogueReader {
    /// The caller with what they are given now: between the beginning of a request and what it does, its body comes in, and
    /// meanwhile somebody may have been closed or been given less (DESIGN.md invariant 2).
    ///
    /// - Throws: ``LostStanding`` where the principal no longer counts, or the certificate was revoked.
    public func current(_ caller: Caller, at time: Date) throws -> Caller {
        let principal = try principal(caller.principal.id, at: time)?.principal
        guard let principal, principal.state == .active else {
            let state = (principal?.state ?? .disabled).rawValue
            throw LostStanding(
                reason: "principal-\(state)",
                error: ArchiveError(.unauthenticated, "this principal is \(state)", hint: "ask an administrator")
            )
        }
        guard try credential(certificate: caller.certificate)?.revoked == nil else {
            throw LostStanding(
                reason: "certificate-revoked",
                error: ArchiveError(.unauthenticated, "this certificate was revoked", hint: "ask an administrator")
            )
        }
        return Caller(principal: principal, key: caller.key, certificate: caller.certificate)
    }
}
