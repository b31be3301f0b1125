import AccessPolicy
import ArchiveConfiguration
public import ArchiveCore
import Attachments
import AuditLog
import BlobStore
import Catalogue
import Foundation
import Ingest
import Inspection
import Preservation
import Retention
import Retrieval
import Search
import Synchronization
import Transcribing
import Transcripts
public import Vault
import X509

/// An archive that is open: every part of it, put together once. Its one writer (DESIGN.md invariant 13).
public final class Archive: Sendable {
    let layout: StorageLayout
    let settings: Settings
    /// The policy and the schedule in force; SIGHUP loads them anew.
    let rules: RulesInForce
    let clock: any ArchiveClock
    let vault: Vault
    let catalogue: Catalogue
    let log: AuditLog
    let ingest: Ingest
    let retrieval: Retrieval
    let retention: Retention
    let preservation: Preservation
    /// Taken by whoever keeps what follows a recording, and by who looks for what was left of one.
    let companionTurns = Turns<RecordingID>()
    let desk: RecordsDesk
    let transcripts: TranscriptDesk
    let attachments: AttachmentDesk
    let index: IndexKeeper
    let search: SearchDesk
    let reserve: DiskReserve
    /// Tells a program of the host of new requests.
    let notice: RequestNotice
    /// Has the log cosigned.
    let witnesses: WitnessRounds
    /// The internal CA; another one may take its place.
    let authorityInForce: Mutex<Authority>
    /// How new connections are secured.
    let tls = TLSInForce()
    let files: any FileSystem
    private let digestsInForce: Mutex<RuleDigests>
    /// SHA-256 of risalah.yaml as it was read, hex.
    let settingsDigest: String
    let authorities: ExternalAuthorities
    /// What was refused, until it is in the log.
    let refusals = Refusals()
    /// What was seen of the host's clock, and the step that is no entry yet.
    let clockWatch: Mutex<(clock: ClockWatch, unnoted: TimeInterval?)>
    private let lock: FileLock
    /// One change of keys at a time.
    let keyWork = Mutex(false)
    private let found = Mutex<[ArchiveError]>([])
    /// Keys made while it was opened, which are in the log before anything is decided.
    private let keysMade: [MadeKey]

    /// What a crash left half done and could not be finished at this start; it is tried again at the next.
    public var troubles: [ArchiveError] { found.withLock { $0 } }

    /// Opens the archive below `root`, finishes what a crash left half done, and records what was loaded.
    ///
    /// - Parameter keys: what there is to get at the root key with.
    /// - Throws: `conflict` where another process has it open; `storage` where its version is unknown; `configuration` with file, line
    ///   and column for a mistake in Config; `log-mismatch` where the log is not what was signed.
    public static func open(
        root: String,
        keys: RootKeySources = RootKeySources(),
        clock: any ArchiveClock = SystemClock(),
        files: any FileSystem = LocalFileSystem()
    ) async throws -> Archive {
        let archive = try Archive(root: root, keys: keys, clock: clock, files: files)
        do {
            try await archive.start()
        } catch {
            // Other threads may still hold parts of it: whoever opens it next does not wait for them.
            try? archive.close()
            throw error
        }
        return archive
    }

    private func start() async throws {
        try await catalogue.assertSound()
        try vault.assertSound()
        try publishLogKey()
        try await noteClockSinceLastEntry()
        try publishAuthority()
        // Nothing is wrong with any key where that cannot end now, on a full disk: the next change or start tries again.
        var unfinished: [ArchiveError] = []
        do { try await finishKeyChanges() } catch let error as ArchiveError { unfinished = [error] }
        try await note(keysMade)
        // Before anything is decided by them.
        try await noteLoaded()
        let troubles = try await ingest.recover() + retention.recover()
        _ = try await preservation.noteDestructions()
        // Also where these rules were loaded before: a crash may have come in between.
        _ = try await retrieval.closeDisallowed()
        try await retrieval.recover()
        try await transcripts.recover()
        try await keepReserve()
        found.withLock { [unfinished] in $0 = unfinished + troubles }
    }

    /// Where a restart of the log was cut off before it.
    func publishLogKey() throws {
        let text = "\(log.verificationKey)\n"
        guard try files.contents(layout.logKey) != Array(text.utf8) else { return }
        try files.replace(layout.logKey, with: text.utf8, label: "log-key.write")
        try files.setMode(layout.logKey, 0o644, label: "log-key.write")
    }

    private init(root: String, keys: RootKeySources, clock: any ArchiveClock, files: any FileSystem) throws {
        let layout = StorageLayout(root: root)
        try Self.checkVersion(layout, files)
        // First, so that whoever comes to a running service is sent to it, whatever Config says meanwhile.
        lock = try FileLock.ofFolder(with: layout.lock)
        let (settings, settingsDigest, loaded, digests) = try ConfigurationFiles(layout, files).sound()
        let rules = RulesInForce(loaded)
        digestsInForce = Mutex(digests)
        clockWatch = Mutex((ClockWatch(wall: clock.now, steady: .now), nil))
        self.layout = layout
        self.settings = settings
        self.settingsDigest = settingsDigest
        self.rules = rules
        self.files = files
        self.clock = clock
        vault = try Vault(
            path: layout.vaultDatabase,
            root: settings.rootKey.provider(layout, keys, files: files),
            clock: clock,
            files: files
        )
        catalogue = try Catalogue(path: layout.archiveDatabase, files: files)
        var made = try Self.makeIdentities(of: loaded.policy, in: vault)
        let origin = try vault.document(Self.originName).map { String(decoding: $0, as: UTF8.self) }
        guard let origin else { throw ArchiveError(.storage, "the vault does not know the origin of the log") }
        log = try AuditLog(
            catalogue: catalogue,
            vault: vault,
            layout: layout,
            clock: clock,
            origin: origin,
            files: files
        )
        let blobs = try DirectoryStore(layout: layout, files: files)
        ingest = Ingest(
            vault: vault,
            catalogue: catalogue,
            blobs: blobs,
            place: settings.inspection ?? InspectionHere(),
            rules: rules,
            log: log,
            clock: clock,
            timeZone: settings.timeZone,
            limits: .init(
                maximumLength: settings.maximumUpload,
                quarantine: settings.quarantine.seconds(from: clock.now),
                silence: settings.silence.seconds(from: clock.now),
                uploads: settings.maximumUploads,
                reserve: .init(bulk: settings.reserve.bulk, live: settings.reserve.live)
            ),
            isTranscribed: { [rules] level in
                guard let own = settings.transcription else { return false }
                let policy = rules.current.policy
                let highest = own.highest.map { Level($0) } ?? policy.lowest
                return policy.dominates(Label(highest), Label(level))
            }
        )
        witnesses = try WitnessRounds(settings.log.witnesses, catalogue: catalogue, log: log)
        retrieval = try Retrieval(
            vault: vault,
            catalogue: catalogue,
            blobs: blobs,
            rules: rules,
            log: log,
            clock: clock,
            timeZone: settings.timeZone,
            requestLifetime: settings.requestLifetime,
            witnesses: witnesses
        )
        var jobs = TranscriptDesk.Settings()
        jobs.reserve = settings.reserve.live
        transcripts = try TranscriptDesk(
            vault: vault,
            catalogue: catalogue,
            blobs: blobs,
            rules: rules,
            log: log,
            clock: clock,
            retrieval: retrieval,
            turns: companionTurns,
            settings: jobs
        )
        attachments = AttachmentDesk(
            vault: vault,
            catalogue: catalogue,
            blobs: blobs,
            rules: rules,
            log: log,
            clock: clock,
            retrieval: retrieval,
            turns: companionTurns,
            reserve: settings.reserve.bulk
        )
        index = try IndexKeeper(
            path: layout.indexDatabase,
            vault: vault,
            catalogue: catalogue,
            rules: rules,
            transcripts: transcripts,
            reserve: settings.reserve.bulk,
            files: files
        )
        search = try SearchDesk(
            index,
            vault: vault,
            catalogue: catalogue,
            rules: rules,
            log: log,
            retrieval: retrieval,
            transcripts: transcripts,
            timeZone: settings.timeZone
        )
        retention = Retention(
            vault: vault,
            catalogue: catalogue,
            blobs: blobs,
            rules: rules,
            log: log,
            clock: clock,
            timeZone: settings.timeZone,
            index: index
        )
        preservation = Preservation(
            vault: vault,
            catalogue: catalogue,
            blobs: blobs,
            log: log,
            layout: layout,
            clock: clock,
            companionTurns: companionTurns,
            index: index,
            files: files
        )
        desk = try RecordsDesk(
            vault: vault,
            catalogue: catalogue,
            rules: rules,
            log: log,
            clock: clock,
            timeZone: settings.timeZone
        )
        notice = RequestNotice(program: settings.requestProgram)
        reserve = DiskReserve(layout: layout, sizes: settings.reserve, files: files)
        let authority = try Authority(vault: vault)
        authorityInForce = Mutex(authority)
        authorities = try ExternalAuthorities(settings.authorities, files: files)
        if let renewed = try authority.renewServerCertificate(
            hosts: Authority.hosts(name: settings.name, listening: settings.host),
            in: vault,
            now: clock.now
        ) {
            made.append(.tls(certificate: try renewed.fingerprint(), expires: renewed.notValidAfter))
        }
        keysMade = made
    }

    /// The internal CA.
    var authority: Authority { authorityInForce.withLock { $0 } }
    /// The policy in force.
    var policy: Policy { rules.current.policy }
    /// The schedule in force.
    var schedule: Schedule { rules.current.schedule }
    /// SHA-256, hex, of the policy and the schedule in force.
    var digests: RuleDigests { digestsInForce.withLock { $0 } }

    /// Sets what ``digests`` says; returns what it said.
    @discardableResult
    func replace(digests new: RuleDigests) -> RuleDigests {
        digestsInForce.withLock { digests in
            defer { digests = new }
            return digests
        }
    }

    /// Whether grants need no second person: by the host's settings, or by the policy. For evaluation only.
    var isSolo: Bool { settings.isSolo || policy.secondPersonFrom == nil }

    /// Where the vault keeps the origin of the log.
    static let originName = "log origin"

    /// Closes the databases and lets the next writer in.
    public func close() throws {
        defer { lock.release() }
        var failures: [any Error] = []
        for close in [index.close, catalogue.close, vault.close] {
            do { try close() } catch { failures.append(error) }
        }
        if let first = failures.first { throw first }
    }

    private static func checkVersion(_ layout: StorageLayout, _ files: any FileSystem) throws {
        guard let contents = try files.contents(layout.versionFile, limit: 1024) else {
            throw ArchiveError(
                .configuration,
                "there is no archive at \(layout.root)",
                hint: "make one: risalahd init --root \(layout.root)"
            )
        }
        let version = String(decoding: contents, as: UTF8.self).trimmingCharacters(in: .newlines)
        guard version == StorageLayout.version else {
            throw ArchiveError(
                .storage,
                "Storage is of version \(version.prefix(60).debugDescription), not \(StorageLayout.version)",
                hint: "use the program that wrote it, or a newer one"
            )
        }
    }

    static func read<Value>(
        _ path: String,
        _ files: any FileSystem,
        _ parse: (String, String) throws(ConfigurationError) -> Value
    ) throws(ArchiveError) -> Value {
        guard let bytes = try files.contents(path) else {
            throw ArchiveError(.configuration, "there is no \(path)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ArchiveError(.configuration, "\(path) is not UTF-8")
        }
        do {
            return try parse(text, path)
        } catch {
            throw ArchiveError(.configuration, error.description)
        }
    }
}

extension CalendarDuration {
    /// The seconds that the duration spans when it begins at `date`.
    func seconds(from date: Date) -> TimeInterval { self.date(after: date, in: .gmt).timeIntervalSince(date) }
}
