internal import ArchiveCore
internal import Foundation

/// What is known of a spooled recording besides its bytes: `state.json` in its folder.
///
/// It rests in clear, so it has nothing that DESIGN.md invariant 5 keeps off disks: no title, no names, no meeting.
struct SpoolState: Codable, Sendable {
    /// When the recording began.
    var started: Date
    /// What the archive is told before it can look inside.
    var filing: RecordingMetadata
    /// The upload, once the archive has made one.
    var url: String?
    /// Bytes in all, once it is known that no more come.
    var length: Int64?
    /// Whether the stream was sealed to its end; a recorder that was killed has left one that never will be.
    var isWhole = false
    /// Bytes that the archive is known to have durably.
    var acknowledged: Int64 = 0
    /// Bytes at the front that were given back to the disk.
    var released: Int64 = 0
    /// The code with which the archive refused it for good.
    var refusal: String?
}
