public import ArchiveCore
public import Foundation

/// For which of a principal's own keys a header is minted.
public enum RecipientKind: String, Codable, Sendable, CaseIterable {
    /// What every age program opens.
    case x25519
    /// Safe against a quantum computer later; needs an age program that knows it.
    case hybrid
}

/// `POST /v1/recordings/{id}/accesses`.
public struct AccessBody: Codable, Sendable {
    /// Why; demanded by some levels.
    public var purpose: String?
    /// For which key; X25519 where it is absent.
    public var recipient: RecipientKind?
    /// Where the part begins that is asked for, in seconds; with neither this nor ``to`` it is the whole.
    public var from: Double?
    /// Where that part ends, in seconds.
    public var to: Double?

    /// A request with these fields.
    public init(
        purpose: String? = nil,
        recipient: RecipientKind? = nil,
        from: Double? = nil,
        to: Double? = nil
    ) {
        self.purpose = purpose
        self.recipient = recipient
        self.from = from
        self.to = to
    }
}

/// Where an access stands.
public enum AccessState: String, Codable, Sendable, CaseIterable {
    /// Others have to agree first.
    case pending
    /// It can be used.
    case open
    /// Its time is over, or somebody closed it.
    case closed
    /// Somebody who had to agree did not.
    case refused
}

/// What shows later that the log had the opening of an access: a log without this entry is another log.
public struct AccessReceipt: Codable, Sendable, Equatable {
    /// The place of the entry in the log, from 0.
    public var entry: Int
    /// The key of the log as a C2SP vkey, by the archive's word: whoever knows another for this log believes that.
    public var key: String
    /// A C2SP tlog-proof: the entry in `extra`, how it leads to a root, and the signed checkpoint with that root.
    public var proof: String

    /// A receipt for `entry`.
    public init(entry: Int, key: String, proof: String) {
        self.entry = entry
        self.key = key
        self.proof = proof
    }
}

/// An access as it is answered to whoever asks for it: 201 where it is open, 202 where it is pending.
public struct AccessReport: Codable, Sendable {
    /// Where the recording can be fetched, as paths on the same host.
    public struct Links: Codable, Sendable {
        /// The age file for the caller's own key.
        public var sealed: String
        /// The Ogg Opus stream opened by the archive; absent where the level is sealed only.
        public var opus: String?

        /// Links with these paths.
        public init(sealed: String, opus: String?) {
            self.sealed = sealed
            self.opus = opus
        }
    }

    /// Who has to agree still.
    public struct Awaited: Codable, Sendable {
        /// How many more persons.
        public var persons: Int
        /// In which role.
        public var role: Role

        /// So many in this role.
        public init(persons: Int, role: Role) {
            self.persons = persons
            self.role = role
        }
    }

    /// The access.
    public var id: AccessID
    /// Where it stands.
    public var state: AccessState
    /// When it closes by itself, or the request lapses.
    public var expires: Date
    /// Where to fetch from, where it is open.
    public var links: Links?
    /// Where the log has the opening, where it is open; to be kept.
    public var receipt: AccessReceipt?
    /// Who has to agree, where it is pending.
    public var awaited: Awaited?
    /// Where the part begins that it opens, in seconds; absent, as ``to`` is, where it opens the whole.
    public var from: Double?
    /// Where that part ends, in seconds.
    public var to: Double?

    /// An open access.
    public init(
        id: AccessID,
        expires: Date,
        links: Links,
        receipt: AccessReceipt? = nil,
        from: Double? = nil,
        to: Double? = nil
    ) {
        self.id = id
        state = .open
        self.expires = expires
        self.links = links
        self.receipt = receipt
        self.from = from
        self.to = to
    }

    /// A pending access.
    public init(id: AccessID, expires: Date, awaited: Awaited, from: Double? = nil, to: Double? = nil) {
        self.id = id
        state = .pending
        self.expires = expires
        self.awaited = awaited
        self.from = from
        self.to = to
    }
}
