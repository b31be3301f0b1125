public import ArchiveClient
public import ArchiveCore

/// One recording to be made of what another service left: where its audio is, and what is known of it.
public struct ImportItem: Sendable, Equatable {
    /// Whose layout it was found in; also the word of `--json`.
    public enum Origin: String, Sendable, Codable {
        /// A folder that Zoom made on a computer, or files that its cloud gave out.
        case zoom
        /// A folder that Jibri, the recorder of Jitsi Meet, made.
        case jitsi
        /// A raw archive of BigBlueButton.
        case bigBlueButton = "bigbluebutton"
        /// A line of a list.
        case list
        /// A file that nothing is known of but its name.
        case file
    }

    /// Whose layout it was found in.
    public var origin: Origin
    /// Its audio: a path from the root that was looked through.
    public var path: String
    /// Bytes of it when it was found.
    public var bytes: Int
    /// What is known of it.
    public var metadata: RecordingMetadata
    /// A transcript with times of this audio.
    public var transcript: String?
    /// What belongs to it and the archive has no place for: chat, notes.
    public var attachments: [String] = []
    /// The same audio again, in another form.
    public var alternatives: [String] = []

    /// An item of which the rest is to be said.
    public init(_ origin: Origin, _ file: SourceTree.File, _ metadata: RecordingMetadata = RecordingMetadata()) {
        self.origin = origin
        path = file.path
        bytes = file.bytes
        self.metadata = metadata
    }
}

/// Something that is not taken, and why.
public struct ImportRefusal: Sendable {
    /// Where it is, from the root.
    public let path: String
    /// Why.
    public let error: ArchiveError

    /// `path` is not taken because of `error`.
    public init(_ path: String, _ error: ArchiveError) {
        self.path = path
        self.error = error
    }
}

/// What was found below a root: every file is named once.
public struct Findings: Sendable {
    /// What would become recordings.
    public var items: [ImportItem] = []
    /// What should, and cannot.
    public var refusals: [ImportRefusal] = []
    /// What is no recording, and belongs to none.
    public var others: [String] = []

    /// Nothing yet.
    public init() {}

    mutating func add(_ other: Findings) {
        items += other.items
        refusals += other.refusals
        others += other.others
    }
}
