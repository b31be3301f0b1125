public import ArchiveCore
import Catalogue
public import Foundation

extension Ingest {
    /// Uploads closed in one pass at most, so that a pass ends.
    private static let closedAtOnce = 100

    /// Closes the uploads whose senders have been silent too long: whole where all of it came and only the word for it did
    /// not, else incomplete as far as they came; one of which nothing can be opened is dropped.
    ///
    /// - Parameter start: silence before this does not count: nobody could reach the archive then, or its clock has jumped.
    /// - Returns: what could not be closed and is tried again at the next pass.
    public func closeSilent(since start: Date) async throws -> [ArchiveError] {
        let latest = clock.now.addingTimeInterval(-limits.silence)
        guard start <= latest else { return [] }
        var problems: [ArchiveError] = []
        var closed = 0
        // All of them, for what fails again and again must not stand before the rest.
        for row in try await catalogue.read({ try $0.silentUploads(since: latest) })
        where closed < Self.closedAtOnce && !sessions.isFed(row.id) {
            do {
                try await toTheEnd { try await self.close(row, silentSince: latest) }
                closed += 1
            } catch let error as ArchiveError {
                problems.append(ArchiveError(error.code, "upload \(row.id): \(error.message)", hint: error.hint))
            }
        }
        return problems
    }

    private func close(_ row: UploadRow, silentSince latest: Date) async throws {
        // One that nobody can go on with, and that could not be closed when its request ended.
        guard row.isResumable else { return try await recover(row) }
        let caller = try await sender(of: row)
        do {
            guard let (session, lease) = try await takeIdle(row, by: caller) else { return }
            // Its sender may have come and gone since the list was read.
            guard let current = try await catalogue.read({ try $0.upload(row.id) }), current.touched <= latest else {
                return await sessions.rest(session, lease)
            }
            _ = try await complete(session, lease, current, caller)
        } catch let error as ArchiveError {
            // What is wrong with it is in its row and in the log by now, or its sender has taken it back.
            guard error.code != .conflict, try await catalogue.read({ try $0.upload(row.id) })?.state == .receiving
            else { return }
            throw error
        }
    }

    /// Who sends an upload, for what is done without them. Their certificate is not known any more; their principal is.
    func sender(of row: UploadRow) async throws -> Caller {
        guard
            let sender = try await catalogue.read({ [clock] in try $0.principal(row.principal, at: clock.now) })?
                .principal
        else {
            throw ArchiveError(.storage, "upload \(row.id) belongs to nobody")
        }
        return Caller(principal: sender, key: Data(), certificate: "")
    }
}
