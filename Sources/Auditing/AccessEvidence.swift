public import ArchiveCore
public import ArchiveInterface
import Foundation
import TransparencyLog

/// What somebody holds who opened a recording: that the archive said, signed, that its log has the entry of it.
///
/// It speaks without an archive: a log that does not have this entry at this place is not the log that it was.
public struct AccessEvidence: Codable, Sendable, Hashable {
    /// The access.
    public var access: AccessID
    /// A checkpoint with a size above ``entry``, as it was signed.
    public var checkpoint: String
    /// The place of the entry in the log.
    public var entry: Int
    /// What was opened.
    public var recording: RecordingID

    /// The receipt that came with the opening of `access`.
    public init(_ receipt: AccessReceipt, of access: AccessID, to recording: RecordingID) {
        self.access = access
        checkpoint = receipt.checkpoint
        entry = receipt.entry
        self.recording = recording
    }

    /// Whether `found` is the entry of this opening: of the access itself, or of the last agreement that it waited for.
    func isOpened(by found: LogEntry) -> Bool {
        found.decision == .allow && found.object == recording.description
            && found.details["access"] == access.description && found.details["state"] == "open"
            && ["access.open", "access.approve"].contains(found.action)
    }
}

extension LogCopy {
    /// Checks that the log has the entry that a receipt was given for, and that its checkpoint and the copy's are of one
    /// history.
    ///
    /// - Parameter isNewest: whether the copy goes as far as the archive does now.
    /// - Returns: the entry.
    /// - Throws: ``LogFault``, kept as evidence, where they do not fit; `stale` where the receipt is of more entries than a
    ///   copy that is not the newest has.
    public func check(_ receipt: AccessEvidence, isNewest: Bool) throws -> AuditedEntry {
        let note = Data(receipt.checkpoint.utf8)
        let checkpoint = isNewest ? try compare(withNewest: note) : try compare(with: note)
        do {
            guard (0..<checkpoint.size).contains(receipt.entry) else {
                throw LogFault(
                    .receipt,
                    "the receipt of access \(receipt.access) is for entry \(receipt.entry), which its checkpoint of "
                        + "\(checkpoint.size) entries does not have",
                    entry: receipt.entry
                )
            }
            guard let entry = LogEntry(leaf: try leaf(receipt.entry)), receipt.isOpened(by: entry) else {
                throw LogFault(
                    .receipt,
                    "entry \(receipt.entry) is not the opening of access \(receipt.access), for which the archive gave "
                        + "the receipt",
                    entry: receipt.entry
                )
            }
            return AuditedEntry(seq: receipt.entry, entry: entry)
        } catch let fault as LogFault {
            throw try keep(fault, received: note, attachments: ["receipt.json": CanonicalJSON.encode(receipt)])
        }
    }
}
