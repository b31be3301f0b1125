import ArchiveCore

/// Something in Storage that is not as the catalogue, the vault or the log says.
public struct StorageFault: Sendable, Hashable {
    /// What kind of fault; the names are stable.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// A recording of the catalogue has no payload.
        case payloadMissing = "payload-missing"
        /// A payload is longer or shorter than the catalogue says.
        case payloadLength = "payload-length"
        /// A payload is not what was received: bytes of it have changed, or cannot be read.
        case payloadDamaged = "payload-damaged"
        /// A payload that belongs to no recording.
        case payloadUnexpected = "payload-unexpected"
        /// The payload of a recording that was destroyed.
        case payloadLeft = "payload-left"
        /// A recording of the catalogue has no keys.
        case keysMissing = "keys-missing"
        /// Keys that do not open, or are of another payload than the catalogue's.
        case keysDamaged = "keys-damaged"
        /// Keys that belong to no recording.
        case keysUnexpected = "keys-unexpected"
        /// The keys of a recording that was destroyed.
        case keysLeft = "keys-left"
        /// A revision of the transcript of a recording has no file.
        case transcriptMissing = "transcript-missing"
        /// The file of a revision is longer or shorter than the catalogue says.
        case transcriptLength = "transcript-length"
        /// A revision is not what was kept, or does not open.
        case transcriptDamaged = "transcript-damaged"
        /// A revision that the catalogue does not know.
        case transcriptUnexpected = "transcript-unexpected"
        /// The transcript of a recording that was destroyed.
        case transcriptLeft = "transcript-left"
        /// An attachment of a recording has no file.
        case attachmentMissing = "attachment-missing"
        /// The file of an attachment is longer or shorter than the catalogue says.
        case attachmentLength = "attachment-length"
        /// An attachment is not what was kept, or does not open.
        case attachmentDamaged = "attachment-damaged"
        /// An attachment that the catalogue does not know.
        case attachmentUnexpected = "attachment-unexpected"
        /// The attachment of a recording that was destroyed.
        case attachmentLeft = "attachment-left"
        /// A job of transcription that nobody ends.
        case jobLeft = "job-left"
        /// What describes a recording does not open.
        case descriptionDamaged = "description-damaged"
        /// A text that belongs to no recording does not open: a statement on a list, the name of a principal or of a meeting.
        case textDamaged = "text-damaged"
        /// The search index says something else of a recording than the catalogue, and nothing is under way to change that.
        case indexStale = "index-stale"
        /// A page, an index or a constraint of a database is broken.
        case database
        /// A file of a backup is not what was written.
        case backupDamaged = "backup-damaged"
        /// An upload on its way in, or in quarantine, has fewer bytes than were acknowledged, others, or no keys.
        case uploadDamaged = "upload-damaged"
        /// A file that is none of the archive's.
        case fileUnexpected = "file-unexpected"
        /// A temporary file that nobody goes on with.
        case temporaryLeft = "temporary-left"
        /// The log is not what was signed.
        case log
    }

    /// What kind.
    public let kind: Kind
    /// The recording, upload, file or entry.
    public let object: String
    /// What is wrong with it, in words.
    public let message: String
    /// Seconds of audio that cannot be heard any more, where that is known.
    public internal(set) var lostSeconds: Double?
    /// Whether it was put right; else somebody has to.
    public let isRepaired: Bool

    init(_ kind: Kind, _ object: String, _ message: String, lostSeconds: Double? = nil, isRepaired: Bool = false) {
        self.kind = kind
        self.object = object
        self.message = message
        self.lostSeconds = lostSeconds
        self.isRepaired = isRepaired
    }

    init(_ kind: Kind, _ recording: RecordingID, _ message: String, isRepaired: Bool = false) {
        self.init(kind, recording.description, message, isRepaired: isRepaired)
    }
}

extension StorageFault.Kind {
    /// What follows a recording has no file.
    static func missing(_ kind: Companion.Kind) -> Self {
        kind == .transcript ? .transcriptMissing : .attachmentMissing
    }

    /// It is longer or shorter than the catalogue says.
    static func length(_ kind: Companion.Kind) -> Self { kind == .transcript ? .transcriptLength : .attachmentLength }

    /// It is not what was kept, or does not open.
    static func damaged(_ kind: Companion.Kind) -> Self {
        kind == .transcript ? .transcriptDamaged : .attachmentDamaged
    }

    /// The catalogue does not know it.
    static func unexpected(_ kind: Companion.Kind) -> Self {
        kind == .transcript ? .transcriptUnexpected : .attachmentUnexpected
    }

    /// What it followed was destroyed.
    static func left(_ kind: Companion.Kind) -> Self { kind == .transcript ? .transcriptLeft : .attachmentLeft }
}
