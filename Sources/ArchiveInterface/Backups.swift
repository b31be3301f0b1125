public import ArchiveCore
public import Foundation

/// Asks to begin a backup.
public struct BackupRequest: Codable, Sendable {
    /// The folder that it goes to.
    public var destination: String
    /// Whether that may be empty though there was a backup.
    public var isNew: Bool

    /// A request with these fields.
    public init(destination: String, isNew: Bool) {
        self.destination = destination
        self.isNew = isNew
    }
}

/// A backup that has begun: its copy of the catalogue is there.
public struct BackupBeginning: Codable, Sendable {
    /// What that copy is called.
    public var name: String
    /// Entries of the log in it.
    public var entries: Int
    /// Bytes of the payloads of the archive.
    public var bytes: Int

    /// A beginning with these fields.
    public init(name: String, entries: Int, bytes: Int) {
        self.name = name
        self.entries = entries
        self.bytes = bytes
    }
}

/// Asks to copy payloads, a slice of them at a time.
public struct PayloadCopyRequest: Codable, Sendable {
    /// The folder that they go to.
    public var destination: String
    /// The last of the slice before.
    public var after: RecordingID?
    /// Seconds after which no further payload is begun.
    public var seconds: Double
    /// Whether copies that are there are read too.
    public var verify: Bool

    /// A request with these fields.
    public init(destination: String, after: RecordingID?, seconds: Double, verify: Bool) {
        self.destination = destination
        self.after = after
        self.seconds = seconds
        self.verify = verify
    }
}

/// What became of a slice of payloads.
public struct PayloadCopyReport: Codable, Sendable {
    /// Payloads that were looked at.
    public var recordings: Int
    /// Bytes of those.
    public var bytes: Int
    /// Those of them that were written now.
    public var copied: Int
    /// Copies that had been damaged and were written anew.
    public var mended: Int
    /// Payloads that cannot be copied.
    public var faults: [StorageFaultReport]
    /// The last of them; nil where none is left.
    public var last: RecordingID?

    /// A report with these fields.
    public init(
        recordings: Int,
        bytes: Int,
        copied: Int,
        mended: Int,
        faults: [StorageFaultReport],
        last: RecordingID?
    ) {
        self.recordings = recordings
        self.bytes = bytes
        self.copied = copied
        self.mended = mended
        self.faults = faults
        self.last = last
    }
}

/// Asks to end a backup.
public struct BackupEndRequest: Codable, Sendable {
    /// The folder that it is in.
    public var destination: String
    /// What it is called.
    public var name: String

    /// A request with these fields.
    public init(destination: String, name: String) {
        self.destination = destination
        self.name = name
    }
}

/// The newest backup to one destination: what was there at `taken` is in it.
public struct BackupStanding: Codable, Sendable {
    /// The folder.
    public var destination: String
    /// When the catalogue was copied.
    public var taken: Date
    /// Entries of the log in that copy.
    public var entries: Int
    /// When the last of it was written.
    public var ended: Date

    /// A standing with these fields.
    public init(destination: String, taken: Date, entries: Int, ended: Date) {
        self.destination = destination
        self.taken = taken
        self.entries = entries
        self.ended = ended
    }
}

/// What a backup has.
public struct BackupReport: Codable, Sendable {
    /// What its copy of the catalogue is called.
    public var name: String
    /// Where, and of when.
    public var standing: BackupStanding
    /// Recordings whose payloads are there.
    public var recordings: Int
    /// Bytes of those, and of what follows them that is there.
    public var bytes: Int
    /// Revisions of transcripts that are there.
    public var transcripts: Int
    /// Attachments that are there.
    public var attachments: Int
    /// Payloads, transcripts and attachments that are not there.
    public var missing: Int
    /// Destructions in the journal.
    public var destructions: Int
    /// The file of the vault.
    public var vault: String
    /// Rows of the vault in it.
    public var vaultRows: Int
    /// Rows of the vault that do not open: the first thousand, by kind and id.
    public var damagedRows: [String]
    /// Rows that do not open beyond those.
    public var damagedRowsOmitted: Int

    /// A report with these fields.
    public init(
        name: String,
        standing: BackupStanding,
        recordings: Int,
        bytes: Int,
        transcripts: Int,
        attachments: Int,
        missing: Int,
        destructions: Int,
        vault: String,
        vaultRows: Int,
        damagedRows: [String],
        damagedRowsOmitted: Int = 0
    ) {
        self.name = name
        self.standing = standing
        self.recordings = recordings
        self.bytes = bytes
        self.transcripts = transcripts
        self.attachments = attachments
        self.missing = missing
        self.destructions = destructions
        self.vault = vault
        self.vaultRows = vaultRows
        self.damagedRows = damagedRows
        self.damagedRowsOmitted = damagedRowsOmitted
    }
}

/// What a restore did, and what it found.
public struct RestorationReport: Codable, Sendable {
    /// What the copy of the catalogue is called.
    public var name: String
    /// What was there then is back.
    public var taken: Date
    /// Entries of the log in it.
    public var entries: Int
    /// Recordings that were destroyed after it was made, and are again.
    public var destroyedAgain: Int
    /// Uploads and payloads in quarantine that were under way then, and are lost.
    public var uploadsLost: Int
    /// Recordings of which the vault's copy has keys and the catalogue's copy knows nothing: they came after it.
    public var unknown: Int
    /// The origin that the log goes on under.
    public var origin: LogOrigin
    /// What comparing everything found.
    public var storage: StorageCheckReport
    /// What reading every payload found.
    public var payloads: PayloadCheckReport

    /// A report with these fields.
    public init(
        name: String,
        taken: Date,
        entries: Int,
        destroyedAgain: Int,
        uploadsLost: Int,
        unknown: Int,
        origin: LogOrigin,
        storage: StorageCheckReport,
        payloads: PayloadCheckReport
    ) {
        self.name = name
        self.taken = taken
        self.entries = entries
        self.destroyedAgain = destroyedAgain
        self.uploadsLost = uploadsLost
        self.unknown = unknown
        self.origin = origin
        self.storage = storage
        self.payloads = payloads
    }
}
