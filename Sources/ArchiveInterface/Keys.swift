public import ArchiveCore
public import Foundation

/// Which key of the archive is to be another one.
public enum KeyRotation: Codable, Sendable {
    /// What recordings of a level are sealed to.
    case level(Level)
    /// The root key.
    case root(NextRootKey)
    /// The key that signs the log.
    case log(reason: String)
    /// The server's.
    case tls
    /// The internal CA's.
    case authority
}

/// A root key that is to take the place of the one that there is.
public struct NextRootKey: Codable, Sendable {
    /// The key, 32 bytes.
    public var key: Data
    /// Where it will come from, as `keys: root:` of risalah.yaml spells it.
    public var kind: String
    /// What the file holds that it will be read from; absent for one that somebody else keeps.
    public var contents: Data?

    /// A key of these fields.
    public init(key: Data, kind: String, contents: Data?) {
        self.key = key
        self.kind = kind
        self.contents = contents
    }
}

/// Which key that was replaced is to go.
public enum KeyRetirement: Codable, Sendable {
    /// One of a level, by its name.
    case level(Level, key: String)
    /// The CA before.
    case authority
}

/// A key of the archive, without its secrets.
public struct KeyReport: Codable, Sendable {
    /// How a key is used.
    public enum State: String, Codable, Sendable {
        /// For all that is new.
        case current
        /// For what began before it was replaced.
        case former
        /// Not yet: the next start takes it.
        case waiting
    }

    /// `level`, `root`, `log`, `tls` or `ca`.
    public var kind: String
    /// Of which level.
    public var level: Level?
    /// Its name: the SHA-256 of a certificate, the origin of a log, otherwise a digest of what is public of it.
    public var key: String
    /// How it is used.
    public var state: State
    /// When it was made, where that is known.
    public var made: Date?
    /// Since when another one is used in its place.
    public var replaced: Date?
    /// When it opened a header last, of a level's, to the minute.
    public var used: Date?
    /// When its certificate ends.
    public var ends: Date?
    /// What is public of it, where that is text: age recipients, a vkey; where a root key comes from.
    public var publicForms: [String]
    /// What keeps it from being retired: the first ``mostNames`` uploads or principals.
    public var neededBy: [String]
    /// How many there are of those.
    public var neededByCount: Int

    /// So many are named.
    public static let mostNames = 20

    /// A report of these fields; `neededBy` is all that need it.
    public init(
        kind: String,
        level: Level? = nil,
        key: String,
        state: State,
        made: Date? = nil,
        replaced: Date? = nil,
        used: Date? = nil,
        ends: Date? = nil,
        publicForms: [String] = [],
        neededBy: [String] = []
    ) {
        self.kind = kind
        self.level = level
        self.key = key
        self.state = state
        self.made = made
        self.replaced = replaced
        self.used = used
        self.ends = ends
        self.publicForms = publicForms
        self.neededBy = Array(neededBy.prefix(Self.mostNames))
        neededByCount = neededBy.count
    }
}

/// The answer to a change of keys.
public struct KeyChangeReport: Codable, Sendable {
    /// `level`, `root`, `log`, `tls` or `ca`.
    public var kind: String
    /// Of which level.
    public var level: Level?
    /// What was used before, or is gone now.
    public var from: String?
    /// What is used from now on.
    public var to: String?
    /// Whether it takes a new start of the service with a changed configuration.
    public var waiting: Bool
    /// What is public of the new one, where that is text.
    public var publicForms: [String]

    /// A report of these fields.
    public init(
        kind: String,
        level: Level? = nil,
        from: String? = nil,
        to: String? = nil,
        waiting: Bool = false,
        publicForms: [String] = []
    ) {
        self.kind = kind
        self.level = level
        self.from = from
        self.to = to
        self.waiting = waiting
        self.publicForms = publicForms
    }
}
