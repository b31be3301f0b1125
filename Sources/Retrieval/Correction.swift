public import ArchiveCore
import Catalogue
import Foundation

/// What a correction did, or would do.
public struct CorrectionOutcome: Sendable {
    /// One value that differs afterwards.
    public struct Difference: Sendable, Equatable {
        /// A field of the correction, or `due`.
        public let field: String
        /// What it was, as interfaces spell it; nil where there was nothing.
        public let before: String?
        /// What it is.
        public let after: String?

        /// A difference of these fields.
        public init(field: String, before: String?, after: String?) {
            self.field = field
            self.before = before
            self.after = after
        }
    }

    /// The recording.
    public let recording: RecordingID
    /// What differs; nothing where all was so already.
    public let differences: [Difference]
    /// Whether people have to agree to its destruction from now on, whatever its series says.
    public let needsApproval: Bool
}

/// Why a correction cannot be made.
public struct CorrectionFailure: Error, Sendable {
    /// What of the line is wrong; nil for the recording itself.
    public let field: String?
    /// What is wrong with it.
    public let error: ArchiveError

    init(_ field: String?, _ error: ArchiveError) {
        self.field = field
        self.error = error
    }
}

/// A correction that was checked against what is there, before anything is done.
struct CorrectionPlan {
    let row: RecordingRow
    let reason: String
    var visibility: VisibilityClass
    var series: String
    var due: Date
    var started: Date?
    /// The name of the meeting, where that changes.
    var meeting: Change<String> = .keep
    var meetingBefore: String?
    var needsApproval: Bool

    init(_ row: RecordingRow, because reason: String) {
        self.row = row
        self.reason = reason
        visibility = row.visibility
        series = row.series
        due = row.due
        started = row.started
        needsApproval = row.needsApproval
    }

    var outcome: CorrectionOutcome {
        let pairs: [(String, String?, String?)] = [
            ("series", row.series, series), ("unit", row.visibility.unit, visibility.unit),
            ("start", row.started.map(Timestamp.text), started.map(Timestamp.text)),
            ("meeting", meetingBefore, meeting.applied(to: meetingBefore)),
            ("due", Timestamp.text(row.due), Timestamp.text(due)),
        ]
        return CorrectionOutcome(
            recording: row.id,
            differences: pairs.filter { $1 != $2 }.map { .init(field: $0, before: $1, after: $2) },
            needsApproval: needsApproval
        )
    }
}
