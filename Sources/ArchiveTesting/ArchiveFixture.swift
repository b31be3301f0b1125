public import AccessPolicy
public import Age
import ArchiveConfiguration
public import ArchiveCore
public import Attachments
public import AuditLog
public import BlobStore
public import Catalogue
import Foundation
public import Ingest
public import Preservation
public import Retention
public import Retrieval
public import Search
public import Transcripts
public import Vault

/// A whole archive in this process, without its shells: the real parts over a temporary folder, under a clock that the
/// test moves and a file system that it can make fail.
public final class ArchiveFixture: Sendable {
    /// The folder; gone with the last reference.
    public let folder: TemporaryFolder
    /// Its paths.
    public let layout: StorageLayout
    /// The real file system, faulty on demand.
    public let files: FaultyFileSystem
    /// Stands still.
    public let clock: ManualClock
    /// The part of that name.
    public let vault: Vault
    /// The part of that name.
    public let catalogue: Catalogue
    /// The part of that name.
    public let blobs: DirectoryStore
    /// What the parts read ``blobs`` through.
    public let gates: GatedStore
    /// The policy and the schedule in force.
    public let rules: RulesInForce
    /// The part of that name.
    public let log: AuditLog
    /// The part of that name.
    public let ingest: Ingest
    /// The part of that name.
    public let retrieval: Retrieval
    /// The part of that name.
    public let retention: Retention
    /// The part of that name.
    public let preservation: Preservation
    /// The part of that name.
    public let desk: RecordsDesk
    /// The part of that name.
    public let transcripts: TranscriptDesk
    /// What else belongs to recordings.
    public let attachments: AttachmentDesk
    /// The part of that name.
    public let index: IndexKeeper
    /// The part of that name.
    public let search: SearchDesk
    /// What measures how long a search takes; stands still.
    public let patience = TickingClock()
    private let texts: (policy: String, schedule: String)
    private let transcribedUpTo: Level?

    /// The name of its log.
    public static let origin = "archive.test/log"

    /// What bounds uploads where a test asks for nothing else.
    public static let testLimits = Ingest.Limits(
        maximumLength: 64 << 20,
        quarantine: 30 * 86_400,
        silence: 3600,
        uploads: 500,
        reserve: .init(bulk: 2 << 20, live: 1 << 20)
    )

    /// The archive in `folder`, made where there is none, recovered as a service does before its first answer.
    public init(
        in folder: TemporaryFolder? = nil,
        policy: String = Policy.shipped,
        schedule: String = Schedule.shipped,
        clock: ManualClock = ManualClock(),
        limits: Ingest.Limits = ArchiveFixture.testLimits,
        transcribedUpTo: Level? = nil,
        recovers: Bool = true
    ) async throws {
        let folder = try folder ?? TemporaryFolder()
        let files = FaultyFileSystem()
        let layout = StorageLayout(root: folder.path)
        let root = RootKeyFile(path: layout.rootKey, files: files)
        let isNew = try files.length(layout.archiveDatabase) == nil
        if try files.length(layout.rootKey) == nil { try root.create() }
        try files.makeFolder(layout.storage, label: "fixture.make-folder")
        let vault = try Vault(path: layout.vaultDatabase, root: root, clock: clock, files: files)
        let catalogue = try Catalogue(path: layout.archiveDatabase, files: files)
        let rules = try Policy(yaml: policy, file: "policy.yaml")
        let series = try Schedule(yaml: schedule, file: "retention.yaml")
        for level in rules.levels { try vault.makeIdentities(for: level.level) }
        let log = try AuditLog(
            catalogue: catalogue,
            vault: vault,
            layout: layout,
            clock: clock,
            origin: Self.origin,
            isNew: isNew,
            files: files
        )
        let blobs = try DirectoryStore(layout: layout, files: files)
        let timeZone = TimeZone.gmt
        self.folder = folder
        self.layout = layout
        self.files = files
        self.clock = clock
        self.vault = vault
        self.catalogue = catalogue
        self.blobs = blobs
        let store = GatedStore(over: blobs)
        gates = store
        let inForce = RulesInForce(Rules(policy: rules, schedule: series))
        self.rules = inForce
        self.log = log
        texts = (policy, schedule)
        self.transcribedUpTo = transcribedUpTo
        ingest = Ingest(
            vault: vault,
            catalogue: catalogue,
            blobs: store,
            place: try InspectionForTests.place(),
            rules: inForce,
            log: log,
            clock: clock,
            timeZone: timeZone,
            limits: limits,
            isTranscribed: { level in
                transcribedUpTo.map { inForce.current.policy.dominates(Label($0), Label(level)) } ?? false
            }
        )
        retrieval = try Retrieval(
            vault: vault,
            catalogue: catalogue,
            blobs: store,
            rules: inForce,
            log: log,
            clock: clock,
            timeZone: timeZone,
            requestLifetime: CalendarDuration(days: 7)
        )
        let turns = Turns<RecordingID>()
        transcripts = try TranscriptDesk(
            vault: vault,
            catalogue: catalogue,
            blobs: store,
            rules: inForce,
            log: log,
            clock: clock,
            retrieval: retrieval,
            turns: turns
        )
        attachments = AttachmentDesk(
            vault: vault,
            catalogue: catalogue,
            blobs: blobs,
            rules: inForce,
            log: log,
            clock: clock,
            retrieval: retrieval,
            turns: turns
        )
        index = try IndexKeeper(
            path: layout.indexDatabase,
            vault: vault,
            catalogue: catalogue,
            rules: inForce,
            transcripts: transcripts,
            reserve: limits.reserve.bulk,
            files: files
        )
        search = try SearchDesk(
            index,
            vault: vault,
            catalogue: catalogue,
            rules: inForce,
            log: log,
            retrieval: retrieval,
            transcripts: transcripts,
            timeZone: timeZone,
            clock: patience
        )
        retention = Retention(
            vault: vault,
            catalogue: catalogue,
            blobs: store,
            rules: inForce,
            log: log,
            clock: clock,
            timeZone: timeZone,
            index: index
        )
        preservation = Preservation(
            vault: vault,
            catalogue: catalogue,
            blobs: store,
            log: log,
            layout: layout,
            clock: clock,
            companionTurns: turns,
            index: index,
            files: files
        )
        desk = try RecordsDesk(
            vault: vault,
            catalogue: catalogue,
            rules: inForce,
            log: log,
            clock: clock,
            timeZone: timeZone
        )
        if recovers { try await recover() }
    }

    /// The policy in force.
    public var policy: Policy { rules.current.policy }
    /// The schedule in force.
    public var schedule: Schedule { rules.current.schedule }

    /// What a service does before its first answer.
    public func recover() async throws {
        try await ingest.recover()
        try await retention.recover()
        try await retrieval.recover()
        try await transcripts.recover()
    }

    /// Lets the search index follow the catalogue until nothing waits.
    public func settleIndex() async throws {
        while try await index.step().changes > 0 {}
    }

    /// The archive as a restart finds it in `folder`: by default in a photograph of this one's, as if the process had been
    /// killed now.
    public func reopened(in folder: TemporaryFolder? = nil, recovers: Bool = true) async throws -> ArchiveFixture {
        try await ArchiveFixture(
            in: folder ?? photograph(),
            policy: texts.policy,
            schedule: texts.schedule,
            clock: clock,
            transcribedUpTo: transcribedUpTo,
            recovers: recovers
        )
    }

    /// The log of the archive in `folder` alone, whatever was done to it.
    public func examined(
        in folder: TemporaryFolder,
        files: any FileSystem = LocalFileSystem()
    ) throws -> AuditLog {
        let layout = StorageLayout(root: folder.path)
        return try AuditLog(
            examining: Catalogue(path: layout.archiveDatabase, files: files),
            vault: Vault(
                path: layout.vaultDatabase,
                root: RootKeyFile(path: layout.rootKey, files: files),
                files: files
            ),
            layout: layout,
            clock: clock,
            origin: Self.origin,
            files: files
        )
    }

    /// What a kill at this moment leaves on the disk.
    public func photograph() throws -> TemporaryFolder { try TemporaryFolder(photographing: folder.path) }

    /// Photographs of the folder before each labelled call to the file system that `body` makes, with its label.
    public func photographs(
        during body: () async throws -> Void
    ) async throws -> [(label: FileLabel, folder: TemporaryFolder)] {
        try await files.photographs(of: folder.path, during: body)
    }

    // MARK: Recordings

    /// To whom recordings of `level` are sealed.
    public func recipient(_ level: String = "biasa", hybrid: Bool = false) throws -> Recipient {
        guard let pair = try vault.recipients(of: Level(level)) else {
            throw ArchiveError(.unknownName, "no level \(level)")
        }
        return hybrid ? pair.hybrid : pair.x25519
    }

    /// What a sender says of a temporary recording.
    public func submission(
        title: String = "Rapat uji",
        series: String? = "sementara",
        _ more: [(String, String)] = []
    ) throws -> Submission {
        var submission = Submission()
        try submission.set("title", title)
        if let series { try submission.set("series", series) }
        for (name, value) in more { try submission.set(name, value) }
        return submission
    }

    /// Stores `plaintext`, sealed to `level`, in one shot.
    public func store(
        _ plaintext: [UInt8],
        level: String = "biasa",
        submission: Submission? = nil,
        by member: Member
    ) async throws -> Ingest.Receipt {
        let sealed = try MadeRecording.seal(plaintext, to: [recipient(level)])
        return try await ingest.receive(
            body([sealed.bytes]),
            submission: submission ?? self.submission(),
            isSealed: true,
            by: member.caller
        )
    }
}

/// A body of these pieces; it ends by `error` where there is one, as a broken connection does.
public func body(_ pieces: [[UInt8]], then error: (any Error)? = nil) -> AsyncThrowingStream<[UInt8], any Error> {
    AsyncThrowingStream { continuation in
        for piece in pieces { continuation.yield(piece) }
        continuation.finish(throwing: error)
    }
}

/// `bytes` in pieces of `sizes`, taken in turn.
public func pieces(of bytes: [UInt8], sizes: [Int]) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var start = 0
    while start < bytes.count {
        let end = min(start + sizes[result.count % sizes.count], bytes.count)
        result.append(Array(bytes[start..<end]))
        start = end
    }
    return result
}

/// The connection broke.
public struct BrokenConnection: Error {
    /// It did.
    public init() {}
}

extension Delivery {
    /// `count` bytes from `offset`, in reads of `step`, each allowed first, as a service delivers.
    public func bytes(from offset: Int = 0, count: Int? = nil, step: Int = 65_536) async throws -> [UInt8] {
        let end = min(length, offset + (count ?? length))
        var result: [UInt8] = []
        var position = offset
        while position < end {
            try await assertAllowed()
            var buffer = [UInt8](repeating: 0, count: min(step, end - position))
            let read = try buffer.withUnsafeMutableBytes { try self.read(into: $0, at: position) }
            guard read > 0 else { throw ArchiveError(.truncated, "a delivery ended at \(position) of \(length)") }
            result += buffer.prefix(read)
            position += read
        }
        return result
    }
}
