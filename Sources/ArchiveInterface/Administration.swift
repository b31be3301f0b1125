public import ArchiveCore
public import Foundation

/// What `risalahd` asks of a running service over its Unix socket, or does itself where none is running.
public enum AdministrationRequest: Codable, Sendable {
    /// Adds a principal and makes its invite.
    case addPrincipal(NewPrincipal)
    /// Confirms a principal, or a change of one, that somebody else asked for, as it was seen: `digest` is that of
    /// ``PrincipalDetail/waiting``.
    case confirmPrincipal(PrincipalID, digest: String)
    /// Changes what a principal is given.
    case setPrincipal(PrincipalChange)
    /// Lists principals.
    case listPrincipals
    /// Shows one.
    case showPrincipal(PrincipalID)
    /// Closes a principal for good; `lost` where its keys are in other hands.
    case disablePrincipal(PrincipalID, lost: Bool = false)
    /// Makes a new invite for a principal; with `lost` its certificates no longer count.
    case renewPrincipal(PrincipalID, lost: Bool = false)
    /// Rebuilds the tree from the entries.
    case verifyLog
    /// Begins an export of the log as it is now.
    case exportLog
    /// A file of the log as C2SP tlog-tiles lays it out, by its path: a tile or a bundle.
    case logFile(path: String)
    /// Puts what is due, and needs nobody's approval, on a list.
    case proposeDestruction
    /// Destroys what lists hold whose cooling is over.
    case runDestruction
    /// Says by which rule a recording is kept, until when and why.
    case explainRetention(RecordingID)
    /// Lists what could not become recordings.
    case listQuarantine
    /// Tries once more to make a recording of one of them.
    case releaseQuarantined(QuarantineRelease)
    /// Destroys one of them before its time there is over.
    case dropQuarantined(UploadID)
    /// Erases texts of the log, or the names of a person.
    case forget(Forgetting)
    /// Compares catalogue, vault, payloads and log.
    case checkStorage
    /// Reads some of the pages of the databases, of the sealed texts, and of what is on its way in.
    case checkContents(ContentsCheckRequest)
    /// How much there is to read that was not read since then.
    case countUncheckedPayloads(since: Date)
    /// Has everything indexed anew.
    case reindex
    /// Has some of what waits indexed, and counts what still waits.
    case indexSome
    /// Reads some of it.
    case checkPayloads(PayloadCheckRequest)
    /// Begins a backup.
    case beginBackup(BackupRequest)
    /// Copies some of its payloads.
    case copyPayloads(PayloadCopyRequest)
    /// Ends it.
    case endBackup(BackupEndRequest)
    /// Lists the archive's own keys.
    case listKeys
    /// Has another key take the place of one.
    case rotateKey(KeyRotation)
    /// Destroys one that was replaced.
    case retireKey(KeyRetirement)
    /// How the service is.
    case status
}

/// The answer to an ``AdministrationRequest``.
public enum AdministrationResponse: Codable, Sendable {
    /// To `addPrincipal` and `renewPrincipal`.
    case invited(Invitation)
    /// To `addPrincipal` of one with certificates of another CA.
    case added(AddedPrincipal)
    /// To `setPrincipal` and `confirmPrincipal`.
    case changed(GrantOutcome)
    /// To `showPrincipal`.
    case principal(PrincipalDetail)
    /// To `disablePrincipal`.
    case disabled(DisabledPrincipal)
    /// To `listPrincipals`.
    case principals([PrincipalReport])
    /// To `dropQuarantined`.
    case done
    /// To `verifyLog`.
    case verified(LogVerification)
    /// To `exportLog`.
    case exporting(LogHead)
    /// To `logFile`.
    case file(Data)
    /// To `proposeDestruction` and `runDestruction`.
    case destruction(DestructionReport)
    /// To `explainRetention`.
    case retention(RetentionExplanation)
    /// To `listQuarantine`.
    case quarantine([QuarantineReport])
    /// To `releaseQuarantined`.
    case released(StoredRecording)
    /// To `forget`.
    case forgotten(Forgotten)
    /// To `checkStorage`.
    case checkedStorage(StorageCheckReport)
    /// To `checkContents`.
    case checkedContents(ContentsCheckReport)
    /// To `reindex` and `indexSome`.
    case indexing(IndexingReport)
    /// To `countUncheckedPayloads`.
    case uncheckedPayloads(UncheckedPayloads)
    /// To `checkPayloads`.
    case checkedPayloads(PayloadCheckReport)
    /// To `beginBackup`.
    case beganBackup(BackupBeginning)
    /// To `copyPayloads`.
    case copiedPayloads(PayloadCopyReport)
    /// To `endBackup`.
    case endedBackup(BackupReport)
    /// To `listKeys`.
    case keys([KeyReport])
    /// To `rotateKey` and `retireKey`.
    case changedKey(KeyChangeReport)
    /// To `status`.
    case status(StatusReport)
}

/// What an export of the log begins with.
public struct LogHead: Codable, Sendable {
    /// The newest checkpoint, a C2SP signed note.
    public var checkpoint: String
    /// The key that signed it, as a C2SP vkey.
    public var verificationKey: String

    /// A head with these fields.
    public init(checkpoint: String, verificationKey: String) {
        self.checkpoint = checkpoint
        self.verificationKey = verificationKey
    }
}

/// What a proposal or a run did.
public struct DestructionReport: Codable, Sendable {
    /// One recording on a list.
    public struct Item: Codable, Sendable {
        /// The recording.
        public var recording: RecordingID
        /// Its list.
        public var list: ListID
        /// Its series.
        public var series: String
        /// When its time was over.
        public var due: Date
        /// From when it can be destroyed.
        public var executable: Date?
        /// `proposed`, `destroyed`, `transferred`, `skipped` or `saved`.
        public var outcome: String
        /// Why, where it was skipped.
        public var reason: String?

        /// An item with these fields.
        public init(
            recording: RecordingID,
            list: ListID,
            series: String,
            due: Date,
            executable: Date?,
            outcome: String,
            reason: String?
        ) {
            self.recording = recording
            self.list = list
            self.series = series
            self.due = due
            self.executable = executable
            self.outcome = outcome
            self.reason = reason
        }
    }

    /// What was proposed or handled.
    public var items: [Item]

    /// A report with these items.
    public init(items: [Item]) { self.items = items }
}

/// How a service is.
public struct StatusReport: Codable, Sendable {
    /// The archive's name.
    public var name: String
    /// The address it serves, where it does.
    public var address: String?
    /// Recordings in the archive.
    public var recordings: Int
    /// Bytes of their payloads.
    public var bytes: Int
    /// Uploads on their way.
    public var uploads: Int
    /// Announced meetings whose time is over without a recording.
    public var missing: Int
    /// Recordings whose payloads were found damaged.
    public var damaged: Int
    /// When the payload was read from end to end that was read longest ago.
    public var checkedSince: Date?
    /// Seconds by which the clock went forward, where not enough persons have confirmed that: nothing is destroyed.
    public var clockStep: Int?
    /// Entries in the log.
    public var entries: Int
    /// Whether it runs without a second person for grants.
    public var solo: Bool
    /// How far the witnesses are, where there are any and the service runs.
    public var witnesses: [WitnessStanding]?
    /// The newest backup to each destination.
    public var backups: [BackupStanding]?

    /// A report with these fields.
    public init(
        name: String,
        address: String?,
        recordings: Int,
        bytes: Int,
        uploads: Int,
        missing: Int = 0,
        damaged: Int = 0,
        checkedSince: Date? = nil,
        clockStep: Int? = nil,
        entries: Int,
        solo: Bool,
        witnesses: [WitnessStanding]? = nil,
        backups: [BackupStanding]? = nil
    ) {
        self.name = name
        self.address = address
        self.recordings = recordings
        self.bytes = bytes
        self.uploads = uploads
        self.missing = missing
        self.damaged = damaged
        self.checkedSince = checkedSince
        self.clockStep = clockStep
        self.entries = entries
        self.solo = solo
        self.witnesses = witnesses
        self.backups = backups
    }
}
