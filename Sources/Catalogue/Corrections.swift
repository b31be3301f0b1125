public import ArchiveCore
import DurableSQLite
public import Foundation
import GRDB

extension CatalogueWriter {
    /// Corrects what a recording is filed under.
    ///
    /// - Parameter needsApproval: whether people have to agree to its destruction, whatever the series says; never taken back.
    public func correct(
        _ recording: RecordingID,
        series: String,
        due: Date,
        started: Date?,
        needsApproval: Bool
    ) throws {
        try database.executeCached(
            sql: """
                UPDATE recording SET series = ?, due = ?, started = ?, needs_approval = max(needs_approval, ?)
                WHERE id = ? AND state IN ('stored', 'incomplete')
                """,
            arguments: [
                series, Timestamp.text(due), started.map(Timestamp.text), needsApproval, recording.description,
            ]
        )
        guard database.changesCount == 1 else {
            throw ArchiveError(.conflict, "recording \(recording) is being destroyed")
        }
    }
}
