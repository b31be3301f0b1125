public import struct Foundation.Data
public import struct Foundation.Date

/// A line of the log: what is hashed into the tree is its ``CanonicalJSON``, at most 65,535 bytes (a C2SP entry bundle
/// gives lengths in 16 bits). No names and no free text: those are commitments.
public struct LogEntry: Codable, Sendable, Hashable {
    /// The longest leaf.
    public static let maximumLength = 65_535

    /// Whether what was asked for was done.
    public enum Decision: String, Codable, Sendable, CaseIterable {
        /// It was.
        case allow
        /// It was refused.
        case refuse
    }

    /// When, by the archive's clock.
    public let time: Date
    /// Who.
    public let actor: String
    /// In which role.
    public let role: String
    /// SHA-256 of the certificate shown, hex.
    public let certificate: String?
    /// What was done or asked for, like `access.open`.
    public let action: String
    /// On what.
    public let object: String?
    /// The label of the object at that time.
    public let label: String?
    /// Whether it was done.
    public let decision: Decision
    /// Further facts: numbers, codes, ids.
    public let details: [String: String]
    /// Field → salted SHA-256, hex, of a text that lies sealed beside the log.
    public let commitments: [String: String]

    /// An entry of these fields.
    public init(
        time: Date,
        actor: Actor,
        action: String,
        object: String?,
        label: Label?,
        decision: Decision,
        details: [String: String],
        commitments: [String: String]
    ) {
        self.init(
            time: time,
            actor: actor.name,
            role: actor.role,
            certificate: actor.certificate,
            action: action,
            object: object,
            label: label?.description,
            decision: decision,
            details: details,
            commitments: commitments
        )
    }

    /// An entry of these fields, as somebody reads it who knows its actor and label by their texts only.
    public init(
        time: Date,
        actor: String,
        role: String,
        certificate: String?,
        action: String,
        object: String?,
        label: String?,
        decision: Decision,
        details: [String: String],
        commitments: [String: String]
    ) {
        self.time = time
        self.actor = actor
        self.role = role
        self.certificate = certificate
        self.action = action
        self.object = object
        self.label = label
        self.decision = decision
        self.details = details
        self.commitments = commitments
    }

    /// The leaf's bytes.
    public func leaf() throws -> Data {
        let bytes = try plainLeaf.map { Data($0) } ?? CanonicalJSON.encode(self)
        guard bytes.count <= Self.maximumLength else {
            throw ArchiveError(.tooLarge, "an entry of \(bytes.count) bytes; at most \(Self.maximumLength) fit")
        }
        return bytes
    }

    /// The entry whose leaf is `bytes`; nil where they are not the canonical spelling of one.
    public init?(leaf bytes: Data) {
        if let plain = LogEntry(plainLeaf: bytes) {
            self = plain
            return
        }
        guard let entry = try? CanonicalJSON.decode(LogEntry.self, from: bytes), (try? entry.leaf()) == bytes else {
            return nil
        }
        self = entry
    }
}

/// An entry and the texts that it commits to, sealed.
public struct SealedEntry: Sendable {
    /// One free text of an entry.
    public struct Text: Sendable {
        /// Which field.
        public let field: String
        /// Salted SHA-256, hex.
        public let commitment: String
        /// Text and salt, sealed.
        public let sealed: Data

        /// A text of these parts.
        public init(field: String, commitment: String, sealed: Data) {
            self.field = field
            self.commitment = commitment
            self.sealed = sealed
        }
    }

    /// The entry.
    public let entry: LogEntry
    /// Its texts.
    public let texts: [Text]

    /// An entry with its texts.
    public init(entry: LogEntry, texts: [Text] = []) {
        self.entry = entry
        self.texts = texts
    }
}
