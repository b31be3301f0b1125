public import ArchiveCore
public import Foundation

/// What of one recording can be found: the words of its newest transcript, and what describes it.
public struct IndexDocument: Sendable {
    /// Whose it is.
    public var recording: RecordingID
    /// Says which state of the recording this is; whoever compares index and archive compares it.
    public var revision: Int64
    /// When it was: what the days of a search are held against. Whole seconds of it.
    public var time: Date
    /// The RFC 5646 tag of its language; nil where nobody knows it. `id` and `en` are stemmed, other languages are not, and where
    /// it is not known both stemmers are tried.
    public var language: String?
    /// What the recording is called.
    public var title: String
    /// Who was there.
    public var participants: [String]
    /// What else is known.
    public var description: String?
    /// Names of those who speak, each once.
    public var speakers: [String]
    /// The text of each segment, in order; phrases are found across their ends.
    public var segments: [String]

    /// A document of these parts.
    public init(
        recording: RecordingID,
        revision: Int64,
        time: Date = Date(timeIntervalSince1970: 0),
        language: String? = nil,
        title: String = "",
        participants: [String] = [],
        description: String? = nil,
        speakers: [String] = [],
        segments: [String] = []
    ) {
        self.recording = recording
        self.revision = revision
        self.time = time
        self.language = language
        self.title = title
        self.participants = participants
        self.description = description
        self.speakers = speakers
        self.segments = segments
    }
}

extension IndexDocument {
    /// Bytes of its texts, in UTF-8.
    public var bytes: Int {
        let texts = participants + speakers + segments + [title, description ?? ""]
        return texts.reduce(0) { $0 + $1.utf8.count }
    }

    /// ``time`` as it is written.
    var seconds: Int64 { Self.seconds(time) }

    static func seconds(_ time: Date) -> Int64 {
        Int64(max(-1e15, min(1e15, time.timeIntervalSince1970.rounded(.down))))
    }
}

/// A visibility class: its number in the catalogue, and its key. The same word has other tokens under another key.
public struct IndexClass: Sendable {
    /// The number that the catalogue gave it.
    public var number: Int64
    /// At least 32 bytes that only this class has.
    public var key: SecretBytes

    /// The class `number` under `key`.
    public init(number: Int64, key: SecretBytes) {
        self.number = number
        self.key = key
    }
}

/// Which state of which recording the index has, and where.
public struct IndexedDocument: Sendable, Hashable {
    /// Whose it is.
    public let recording: RecordingID
    /// The revision that ``IndexDocument/revision`` said.
    public let revision: Int64
    /// The number of its class.
    public let classNumber: Int64

    /// A document of these parts.
    public init(recording: RecordingID, revision: Int64, classNumber: Int64) {
        self.recording = recording
        self.revision = revision
        self.classNumber = classNumber
    }
}
