public import ArchiveCore
public import Foundation

/// A line of the log as an auditor reads it: the leaf's fields, its number, and the texts that it commits to.
public struct EntryReport: Codable, Sendable {
    /// Place in the log, from 0.
    public var seq: Int
    /// When.
    public var time: Date
    /// Who: a principal's id, `uid:N` for a user of the host, `service`, `anonymous`.
    public var actor: String
    /// In which role.
    public var role: String
    /// SHA-256 of the certificate shown, hex.
    @ExplicitNull public var certificate: String?
    /// What was done or asked for.
    public var action: String
    /// On what.
    @ExplicitNull public var object: String?
    /// The label of the object at that time, `LEVEL[:COMP,…]`.
    @ExplicitNull public var label: String?
    /// Whether it was done.
    public var decision: LogEntry.Decision
    /// Further facts, no free text.
    public var details: [String: String]
    /// Field → salted SHA-256 (hex) of a text that lies sealed beside the log.
    public var commitments: [String: String]
    /// Field → the text itself, where it has not been erased.
    public var texts: [String: String]
    /// The name behind `actor`, where it is a principal of the directory.
    @ExplicitNull public var name: String?

    /// The report of `entry` at `seq`.
    ///
    /// - Parameters:
    ///   - texts: field → the text behind its commitment, where it is there.
    ///   - name: the name behind its actor.
    public init(seq: Int, _ entry: LogEntry, texts: [String: String], name: String?) {
        self.seq = seq
        time = entry.time
        actor = entry.actor
        role = entry.role
        certificate = entry.certificate
        action = entry.action
        object = entry.object
        label = entry.label
        decision = entry.decision
        details = entry.details
        commitments = entry.commitments
        self.texts = texts
        self.name = name
    }
}

/// A page of `GET /v1/audit/entries`, oldest first.
public struct EntryPage: Codable, Sendable {
    /// The entries.
    public var entries: [EntryReport]
    /// Hand it back as `after` for what follows; absent at the end.
    public var next: Int?

    /// A page with these fields.
    public init(entries: [EntryReport], next: Int?) {
        self.entries = entries
        self.next = next
    }
}

/// What `risalahd audit verify` and `GET /v1/audit/verification` found.
public struct LogVerification: Codable, Sendable {
    /// Whether every entry, column, checkpoint and text agrees.
    public var whole: Bool
    /// How many entries were read.
    public var size: Int
    /// The Merkle root over them, base64.
    public var root: String
    /// The first thing that does not agree.
    public var firstBad: Int?
    /// What about it.
    public var reason: String?
    /// Texts that were erased, as the archive may.
    public var erased: Int

    /// A verdict with these fields.
    public init(whole: Bool, size: Int, root: String, firstBad: Int?, reason: String?, erased: Int) {
        self.whole = whole
        self.size = size
        self.root = root
        self.firstBad = firstBad
        self.reason = reason
        self.erased = erased
    }
}

/// What `GET /v1/audit/consistency` answers: that the log only grew from one size to another (RFC 6962 §2.1.2).
public struct ConsistencyReport: Codable, Sendable {
    /// Leaves of the older tree.
    public var from: Int
    /// Leaves of the newer tree.
    public var to: Int
    /// The hashes of the proof, base64, from the bottom up.
    public var hashes: [String]

    /// A proof with these fields.
    public init(from: Int, to: Int, hashes: [String]) {
        self.from = from
        self.to = to
        self.hashes = hashes
    }
}

/// An origin of the log: the name and the key that its checkpoints bear.
public struct LogOrigin: Codable, Sendable {
    /// Its name.
    public var origin: String
    /// Its key, as a C2SP vkey.
    public var verificationKey: String
    /// The first entry under it: 0, or that of the action `log.restart` or `log.rotate`.
    public var begins: Int
    /// The first signed note under it, which the keys of the origins before signed too; nil for the first.
    @ExplicitNull public var checkpoint: String?
    /// The last signed note of an origin before, which the log was behind; nil for the first.
    @ExplicitNull public var superseded: String?
    /// Whether its entries are lost: a database from before it was put back.
    public var lost: Bool

    /// An origin with these fields.
    public init(
        origin: String,
        verificationKey: String,
        begins: Int,
        checkpoint: String?,
        superseded: String?,
        lost: Bool
    ) {
        self.origin = origin
        self.verificationKey = verificationKey
        self.begins = begins
        self.checkpoint = checkpoint
        self.superseded = superseded
        self.lost = lost
    }
}

/// What `GET /v1/audit/origins` answers.
public struct LogOriginList: Codable, Sendable {
    /// The origins that the log has had, oldest first; the last signs now.
    public var origins: [LogOrigin]

    /// A list of these.
    public init(origins: [LogOrigin]) { self.origins = origins }
}
