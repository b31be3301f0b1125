package import AccessPolicy
public import ArchiveCore
public import AuditLog
public import BlobStore
public import Catalogue
import Synchronization
public import Retention
public import Retrieval
public import Vault

/// What belongs to a recording beside its sound: the chat of a meeting, files that were shared in it.
///
/// An attachment has the label of its recording, is an age file cut in two as its recording is (DESIGN.md section 3), and goes
/// with it: its file key rests under the recording's own key, and its payload follows the recording's.
public final class AttachmentDesk: Sendable {
    let vault: Vault
    let catalogue: Catalogue
    let blobs: any BlobStore
    private let rules: RulesInForce
    package let log: AuditLog
    let clock: any ArchiveClock
    let retrieval: Retrieval
    let turns: Turns<RecordingID>
    let reserve: Int
    let executor = BlockingExecutor(label: "attachments")
    /// Uploads of each principal that are on their way.
    let underWay = Mutex<[PrincipalID: Int]>([:])

    /// Bytes of one (DESIGN.md invariant 14).
    public static let largest = 256 << 20
    /// Attachments of one recording.
    public static let most = 100
    /// Uploads of one principal at once.
    public static let mostAtOnce = 4
    /// Bytes of a name, in UTF-8.
    static let longestName = 255
    /// Characters of a media type.
    static let longestType = 127

    /// A desk over these parts.
    ///
    /// - Parameters:
    ///   - turns: taken while an attachment has its number and not yet its place; `Preservation` takes them too.
    ///   - reserve: bytes of the disk that no attachment is written into.
    public init(
        vault: Vault,
        catalogue: Catalogue,
        blobs: any BlobStore,
        rules: RulesInForce,
        log: AuditLog,
        clock: any ArchiveClock,
        retrieval: Retrieval,
        turns: Turns<RecordingID>,
        reserve: Int = 0
    ) {
        self.vault = vault
        self.catalogue = catalogue
        self.blobs = blobs
        self.rules = rules
        self.log = log
        self.clock = clock
        self.retrieval = retrieval
        self.turns = turns
        self.reserve = reserve
    }

    /// An attachment as lists show it.
    public struct Attachment: Sendable {
        /// As the catalogue has it.
        public let row: AttachmentRow
        /// What it is called, and what opens it.
        public let facts: AttachmentFacts
    }

    /// An attachment of a recording.
    ///
    /// - Throws: `storage` where what is known of it does not open.
    func opened(_ row: AttachmentRow, _ seal: RecordingSeal) throws -> Attachment {
        let facts = try seal.open(row.sealed, field: AttachmentFacts.field(row.number))
        return Attachment(row: row, facts: try CanonicalJSON.decode(AttachmentFacts.self, from: facts))
    }

    /// The recording, where it is the caller's to know.
    func visible(_ id: RecordingID, _ caller: Caller, _ reader: CatalogueReader) throws -> RecordingRow {
        guard let row = try reader.recording(id), sees(row, caller), row.state != .destroying else {
            throw ArchiveError.notFound
        }
        return row
    }
}

extension AttachmentDesk: Desk {
    package var policy: AccessPolicy.Policy { rules.current.policy }
}
