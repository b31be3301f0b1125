public import ArchiveCore
public import Foundation

/// `POST /v1/originals`: of which recordings something is to be stated.
public struct OriginalsBody: Codable, Sendable {
    /// The recordings, up to 100.
    public var recordings: [RecordingID]

    /// A body about `recordings`.
    public init(recordings: [RecordingID]) { self.recordings = recordings }
}

/// What the archive states of files that recordings were made of: it has each recording whole, and has read it again since.
///
/// Its canonical JSON has a SHA-256, which an entry of the log names; ``SignedOriginals/proof`` shows that entry under a
/// checkpoint that the archive has signed.
public struct OriginalsStatement: Codable, Sendable {
    /// The form of this document.
    public static let version = 1

    /// A recording that is there, and what it was made of.
    public struct Item: Codable, Sendable, Equatable {
        /// Its name.
        public var recording: RecordingID
        /// Of the file that it was made of, by the word of ``sender``.
        public var sha256: SourceDigest
        /// The length of that file.
        public var bytes: Int
        /// Whose layout that file was found in.
        public var origin: String
        /// Who sent the recording.
        public var sender: PrincipalID
        /// When the archive had it whole.
        public var stored: Date
        /// SHA-256, hex, of its payload as it rests.
        public var payload: String
        /// Bytes of that.
        public var size: Int
        /// When the payload was read from the disk last, and every chunk of it opened.
        public var checked: Date

        /// An item with these fields.
        public init(
            recording: RecordingID,
            source: OriginalSource,
            sender: PrincipalID,
            stored: Date,
            payload: String,
            size: Int,
            checked: Date
        ) {
            self.recording = recording
            (sha256, bytes, origin) = (source.sha256, source.bytes, source.origin)
            self.sender = sender
            self.stored = stored
            self.payload = payload
            self.size = size
            self.checked = checked
        }
    }

    /// A recording that was asked for, and of which nothing is stated.
    public struct Omission: Codable, Sendable, Equatable {
        /// Why.
        public enum Reason: String, Codable, Sendable {
            /// It is not there, or not the caller's to know.
            case notFound = "not-found"
            /// It came without its end.
            case incomplete
            /// Of its payload not every chunk opened when it was read last.
            case damaged
            /// Its sender has not said what it was made of.
            case noSource = "no-source"
            /// It was not read yet since it was stored; asking again goes on.
            case unread
        }

        /// Its name.
        public var recording: RecordingID
        /// Why.
        public var reason: Reason

        /// An omission with these fields.
        public init(recording: RecordingID, reason: Reason) {
            self.recording = recording
            self.reason = reason
        }
    }

    /// The form of this document: ``OriginalsStatement/version``.
    public var version: Int
    /// The name of the archive.
    public var archive: String
    /// The origin of its log.
    public var origin: String
    /// The join of the labels of the items.
    public var classification: Label
    /// What is there, in the order of the question.
    public var items: [Item]
    /// What is not stated, in the order of the question.
    public var omitted: [Omission]
    /// When this was made.
    public var made: Date

    /// A statement with these fields.
    public init(
        archive: String,
        origin: String,
        classification: Label,
        items: [Item],
        omitted: [Omission],
        made: Date
    ) {
        version = Self.version
        self.archive = archive
        self.origin = origin
        self.classification = classification
        self.items = items
        self.omitted = omitted
        self.made = made
    }
}

/// An ``OriginalsStatement`` and what shows that the archive made it: `POST /v1/originals`.
public struct SignedOriginals: Codable, Sendable {
    /// What is stated.
    public var statement: OriginalsStatement
    /// That the log has the entry with the SHA-256 of the statement's canonical JSON (C2SP tlog-proof).
    public var proof: String

    /// A statement with its proof.
    public init(statement: OriginalsStatement, proof: String) {
        self.statement = statement
        self.proof = proof
    }
}

/// The file of `risalah import --deletable`: statements about all that an import named, one after the other.
public struct OriginalsList: Codable, Sendable {
    /// The form of this document.
    public static let version = 1

    /// The form of this document: ``OriginalsList/version``.
    public var version: Int
    /// The statements.
    public var pages: [SignedOriginals]

    /// A list of `pages`.
    public init(pages: [SignedOriginals]) {
        version = Self.version
        self.pages = pages
    }
}
