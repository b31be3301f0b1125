/// A file that follows the payload of a recording: sealed under what is gone with the keys of the recording, and removed with it.
public enum Companion: Hashable, Sendable {
    /// One revision of its transcript, from 0.
    case transcript(revision: Int)
    /// One of its attachments, from 0.
    case attachment(number: Int)

    /// What companions there are; the names are stable.
    public enum Kind: String, Sendable, CaseIterable {
        /// Revisions of transcripts.
        case transcript
        /// What else belongs to a recording: a chat, files that were shared.
        case attachment
    }

    /// The companion of this kind and number.
    public init(_ kind: Kind, _ number: Int) {
        switch kind {
        case .transcript: self = .transcript(revision: number)
        case .attachment: self = .attachment(number: number)
        }
    }

    /// What it is.
    public var kind: Kind {
        switch self {
        case .transcript: .transcript
        case .attachment: .attachment
        }
    }

    /// Its number among those of its kind.
    public var number: Int {
        switch self {
        case .transcript(let revision): revision
        case .attachment(let number): number
        }
    }
}

extension Companion: CustomStringConvertible {
    /// As people call it, who know the recording.
    public var description: String {
        switch self {
        case .transcript(let revision): "revision \(revision) of its transcript"
        case .attachment(let number): "its attachment \(number)"
        }
    }
}

extension Companion: Comparable {
    /// Transcripts, then attachments, each by number.
    public static func < (one: Companion, other: Companion) -> Bool {
        switch (one, other) {
        case (.transcript, .attachment): true
        case (.attachment, .transcript): false
        default: one.number < other.number
        }
    }
}
