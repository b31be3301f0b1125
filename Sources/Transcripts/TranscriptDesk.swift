package import AccessPolicy
public import ArchiveCore
public import AuditLog
public import BlobStore
public import Catalogue
public import Foundation
public import Retention
public import Retrieval
public import Vault

/// Where recordings become text: the jobs of those who hear them, and every revision of what was written down.
///
/// A transcript has the label of its recording, rests sealed under its key, and goes with it (DESIGN.md invariants 5 and 7).
public final class TranscriptDesk: Sendable {
    let vault: Vault
    let catalogue: Catalogue
    let blobs: any BlobStore
    private let rules: RulesInForce
    package let log: AuditLog
    let clock: any ArchiveClock
    let retrieval: Retrieval
    let settings: Settings
    let cursors: SecretSeal
    let turns: Turns<RecordingID>

    /// How jobs are given out.
    public struct Settings: Sendable {
        /// Seconds after which a worker that was not heard of has lost its job.
        public var lease: TimeInterval = 120
        /// How often a job is tried before it is given up.
        public var attempts = 5
        /// Seconds after the first failure until the next attempt; after each further one four times as many, six hours at most.
        public var pause: TimeInterval = 60

        /// Bytes of the disk that no transcript is written into.
        public var reserve = 0

        /// As shipped.
        public init() {}
    }

    /// A desk over these parts.
    ///
    /// - Parameter turns: taken while a revision has its number and not yet its place; `Preservation` takes them too.
    public init(
        vault: Vault,
        catalogue: Catalogue,
        blobs: any BlobStore,
        rules: RulesInForce,
        log: AuditLog,
        clock: any ArchiveClock,
        retrieval: Retrieval,
        turns: Turns<RecordingID>,
        settings: Settings = Settings()
    ) throws {
        self.vault = vault
        self.catalogue = catalogue
        self.blobs = blobs
        self.rules = rules
        self.log = log
        self.clock = clock
        self.retrieval = retrieval
        self.turns = turns
        self.settings = settings
        cursors = try vault.seal("cursors")
    }

    /// What the details of a job are sealed as.
    static func jobField(_ job: TranscriptionID) -> String { "transcription \(job)" }
    /// What lists say of a revision is sealed as.
    static func factsField(_ revision: Int) -> String { "transcript facts \(revision)" }
}

extension TranscriptDesk: Desk {
    package var policy: AccessPolicy.Policy { rules.current.policy }
}

/// What people want of a job, sealed with it.
struct TranscriptionWish: Codable, Sendable {
    /// The language that is spoken, a tag of BCP 47; nil where the engine has to find out.
    var language: String?
}

/// What is said of a revision in lists, without opening it.
public struct TranscriptFacts: Codable, Sendable, Hashable {
    /// The language of most of it.
    public let language: String?
    /// The program that heard it, where it was one.
    public let engine: String?
    /// What the engine heard it with.
    public let model: String?
    /// Segments.
    public let segments: Int
    /// The revision that its author began with; nil where there was none, or a machine made it.
    public let after: Int?
}
