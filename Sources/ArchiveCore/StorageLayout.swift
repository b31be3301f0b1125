/// Every path of an archive. Nothing else joins path components (DESIGN.md section 5, Storage).
public struct StorageLayout: Sendable, Hashable {
    /// What `Storage/VERSION` says; anything else is refused.
    public static let version = "risalah-storage 1"

    /// The folder that holds `Config` and `Storage`.
    public let root: String

    /// The layout below `root`.
    public init(root: String) {
        self.root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
    }

    /// `Config/`.
    public var config: String { "\(root)/Config" }
    /// Addresses, limits, time zone.
    public var settings: String { "\(config)/risalah.yaml" }
    /// Levels, roles, units.
    public var policy: String { "\(config)/policy.yaml" }
    /// Series and their fates.
    public var schedule: String { "\(config)/retention.yaml" }
    /// The CA certificate, for clients and for paper.
    public var authority: String { "\(config)/ca.pem" }
    /// The public key of the log, as a C2SP vkey.
    public var logKey: String { "\(config)/log.vkey" }
    /// Mode 0700; the only secret outside the vault.
    public var secrets: String { "\(config)/secrets" }
    /// The root key, where it is a file.
    public var rootKey: String { "\(secrets)/root.key" }
    /// The root key, where it rests under a passphrase: an age file.
    public var sealedRootKey: String { "\(rootKey).age" }

    /// `Storage/`.
    public var storage: String { "\(root)/Storage" }
    /// The version of everything below Storage.
    public var versionFile: String { "\(storage)/VERSION" }
    /// Held by the one writer (invariant 13).
    public var lock: String { "\(storage)/lock" }
    /// Where a running service takes administration from users of the host.
    public var socket: String { "\(storage)/admin.socket" }
    /// Catalogue, uploads, accesses, log.
    public var archiveDatabase: String { "\(storage)/archive.sqlite" }
    /// Keys.
    public var vaultDatabase: String { "\(storage)/vault.sqlite" }
    /// Where which words are said, without the words: made anew from the rest.
    public var indexDatabase: String { "\(storage)/index.sqlite" }
    /// Copy of the last checkpoint.
    public var checkpoint: String { "\(storage)/checkpoint" }
    /// Payloads on their way in.
    public var incoming: String { "\(storage)/incoming" }
    /// Payloads of recordings.
    public var recordings: String { "\(storage)/recordings" }
    /// Transcripts of recordings.
    public var transcripts: String { "\(storage)/transcripts" }
    /// Attachments of recordings.
    public var attachments: String { "\(storage)/attachments" }
    /// Payloads that could not become recordings.
    public var quarantine: String { "\(storage)/quarantine" }

    /// How payloads end; what ends otherwise in ``incoming`` is not to be kept over a restart.
    public static let payloadSuffix = ".payload"
    /// Holds a place on the disk for the log.
    public var logReserve: String { "\(storage)/reserve.log" }
    /// Holds a place on the disk for destruction.
    public var destructionReserve: String { "\(storage)/reserve.destruction" }

    /// The payload of an upload.
    public func payload(_ upload: UploadID) -> String { "\(incoming)/\(upload)\(Self.payloadSuffix)" }
    /// Bytes of one request to an upload that await their checksum.
    public func chunk(of upload: UploadID, request: Int) -> String { "\(incoming)/\(upload).\(request).chunk" }
    /// What came of an upload that has no end, being sealed again.
    public func resealed(_ upload: UploadID) -> String { "\(incoming)/\(upload).resealed" }
    /// The payload of a recording.
    public func payload(_ recording: RecordingID) -> String {
        let folder = recordings(beginningWith: String(recording.description.prefix(2)))
        return "\(folder)/\(recording)\(Self.payloadSuffix)"
    }
    /// The payloads of the recordings whose ids begin with `prefix`, one of ``RecordingID/prefixes``.
    public func recordings(beginningWith prefix: String) -> String { "\(recordings)/\(prefix)" }
    /// What follows recordings, of one kind.
    public func companions(_ kind: Companion.Kind) -> String {
        switch kind {
        case .transcript: transcripts
        case .attachment: attachments
        }
    }
    /// The same, of the recordings whose ids begin with `prefix`, one of ``RecordingID/prefixes``.
    public func companions(_ kind: Companion.Kind, beginningWith prefix: String) -> String {
        "\(companions(kind))/\(prefix)"
    }
    /// One file that follows a recording.
    public func companion(_ companion: Companion, of recording: RecordingID) -> String {
        let folder = companions(companion.kind, beginningWith: String(recording.description.prefix(2)))
        return "\(folder)/\(recording).\(companion.number)\(Self.payloadSuffix)"
    }
    /// What is to follow a recording, while it is being written.
    public func unfinished(_ upload: UploadID) -> String { "\(incoming)/\(upload).unfinished" }
    /// The payload of an upload in quarantine.
    public func quarantined(_ upload: UploadID) -> String { "\(quarantine)/\(upload)\(Self.payloadSuffix)" }

    /// Whether `path`, directly below ``storage``, is one of the archive's own.
    public func isOwn(_ path: String) -> Bool {
        let databases = [archiveDatabase, vaultDatabase, indexDatabase].flatMap { [$0, "\($0)-wal", "\($0)-shm"] }
        let files = [versionFile, lock, socket, checkpoint, logReserve, destructionReserve]
        return (databases + files + [incoming, recordings, transcripts, attachments, quarantine]).contains(path)
    }
}
