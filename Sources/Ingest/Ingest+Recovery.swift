public import ArchiveCore
import BlobStore
import Catalogue
import Foundation
import Vault

extension Ingest {
    /// Finishes or undoes what a crash left half done; every step can be repeated.
    ///
    /// - An upload that had come whole becomes its recording.
    /// - A one-shot upload whose connection is gone is closed as far as it came: nobody can take it up again.
    /// - Payloads and keys that no upload refers to are removed.
    ///
    /// - Returns: what could not be finished and is tried again at the next start; one damaged file does not keep an
    ///   archive closed.
    @discardableResult
    public func recover() async throws -> [ArchiveError] {
        try blobs.removeUnfinished()
        var problems: [ArchiveError] = []
        let receiving = try await catalogue.read { try $0.receivingUploads() }
        for row in receiving {
            do {
                try await recover(row)
            } catch let error as ArchiveError {
                problems.append(error)
            }
        }
        let waiting = Set(try await catalogue.read { try $0.receivingUploads() }.map(\.id))
        for upload in try vault.uploads() where !waiting.contains(upload) {
            // Keys of what lies in quarantine stay with it.
            if try blobs.length(of: .quarantined(upload)) == nil { try vault.forget(upload) }
        }
        for upload in try blobs.incoming() where !waiting.contains(upload) {
            try blobs.remove(.incoming(upload))
        }
        try await sweepQuarantine()
        return problems
    }

    /// What was destroyed with a recording that it was a copy of is aside no more, though a crash came before its payload
    /// went. The catalogue says which; that a key is missing would be no reason, for it may be in a newer vault.
    private func sweepQuarantine() async throws {
        let listed = Set(try await catalogue.read { try $0.quarantine() }.map(\.upload))
        for upload in try blobs.quarantined() where !listed.contains(upload) {
            try vault.forget(upload)
            try blobs.remove(.quarantined(upload))
        }
    }

    /// Finishes or undoes one upload that nobody feeds any more.
    func recover(_ row: UploadRow) async throws {
        let caller = try await sender(of: row)
        if try blobs.length(of: .quarantined(row.id)) != nil {
            // Its reason was lost with the process; that it was to be kept aside was not.
            let answer = ArchiveError(.badRecording, "this recording is refused")
            return try await quarantine(
                row,
                reason: "interrupted",
                answer: answer,
                ifStillThere: true,
                by: caller
            )
        }
        try undoClosing(row)
        let isNamed = try blobs.length(of: .recording(row.recording)) != nil
        // Where the old name outlived a loss of power, both are of one file, which came whole: nobody cuts it by that name.
        if isNamed { try blobs.remove(.incoming(row.id)) }
        if !row.isResumable && !isNamed {
            let problem = ArchiveError(.truncated, "the service stopped before the end")
            // As it lies there: nobody goes on with it, so nothing has to be known of its last bytes.
            guard try vault.opened(row.id) != nil, try blobs.length(of: .incoming(row.id)) ?? 0 > 0 else {
                return try await drop(row.id, because: problem, by: caller)
            }
            _ = try await keep(row, because: problem, by: caller)
            return
        }
        // Of one that has not come whole nothing is read back before its sender goes on with it.
        let header = try vault.opened(row.id)?.opened.headerLength
        let payload = try blobs.length(of: .incoming(row.id)) ?? 0
        guard isNamed || header.map({ $0 + payload == row.length }) == true else { return }
        var taken: UploadSession?
        do {
            let (session, lease) = try await take(row, by: caller)
            taken = session
            guard await session.offset == row.length || isNamed else { return await sessions.end(session) }
            _ = try await complete(session, lease, row, caller)
        } catch let error as ArchiveError {
            if let taken { await sessions.end(taken) }
            // The upload's own fault is in its row and in the log by now; the service goes on.
            guard try await catalogue.read({ try $0.upload(row.id) })?.state != .receiving else {
                throw ArchiveError(error.code, "upload \(row.id): \(error.message)", hint: error.hint)
            }
        }
    }
}
