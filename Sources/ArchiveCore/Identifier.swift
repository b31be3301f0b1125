/// A random 128-bit name of one kind of thing, written as 26 characters of ``Base32``.
///
/// Ids are random so that having one says nothing about any other (DESIGN.md invariant 4). The kind is a
/// phantom type: an access is never looked up by a recording's id.
public struct Identifier<Kind>: Hashable, Sendable, Codable, CustomStringConvertible, LosslessStringConvertible {
    /// The 26 characters.
    public let description: String

    /// A new id from the system's secure generator.
    public init() {
        description = Base32.encode(Random.bytes(16))
    }

    /// The id that `text` spells, or nil where it is not one.
    public init?(_ text: String) {
        guard text.utf8.count == 26, Base32.decode(text)?.count == 16 else { return nil }
        description = text
    }

    /// Reads the 26 characters; anything else is a data-corrupted error.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected an id of 26 characters")
        }
        self = id
    }

    /// Writes the 26 characters.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Identifier {
    /// The first two characters that ids can have: they divide all ids into 1024 parts of about one size.
    public static var prefixes: [String] {
        Base32.characters.flatMap { first in Base32.characters.map { "\(first)\($0)" } }
    }
}

/// Names of the kinds that have ids.
public enum Kinds {
    /// See ``RecordingID``.
    public enum Recording {}
    /// See ``UploadID``.
    public enum Upload {}
    /// See ``AccessID``.
    public enum Access {}
    /// See ``PrincipalID``.
    public enum Principal {}
    /// See ``ListID``.
    public enum List {}
    /// See ``ExpectationID``.
    public enum Expectation {}
    /// See ``DelegationID``.
    public enum Delegation {}
    /// See ``RelabellingID``.
    public enum Relabelling {}
    /// See ``BackdatingID``.
    public enum Backdating {}
    /// See ``HoldID``.
    public enum Hold {}
    /// See ``HoldBatchID``.
    public enum HoldBatch {}
    /// See ``TranscriptionID``.
    public enum Transcription {}
    /// What a transcriber has a job by.
    public enum Lease {}
}

/// One Ogg Opus stream and what is known of it.
public typealias RecordingID = Identifier<Kinds.Recording>
/// One stream on its way in.
public typealias UploadID = Identifier<Kinds.Upload>
/// One request by one principal to open one recording.
public typealias AccessID = Identifier<Kinds.Access>
/// A person in one role, or a machine.
public typealias PrincipalID = Identifier<Kinds.Principal>
/// A list of recordings to destroy, to transfer or to withdraw.
public typealias ListID = Identifier<Kinds.List>
/// A meeting that was announced.
public typealias ExpectationID = Identifier<Kinds.Expectation>
/// Somebody who decides in an approver's stead for a time.
public typealias DelegationID = Identifier<Kinds.Delegation>
/// A change of a label that waits for a second person.
public typealias RelabellingID = Identifier<Kinds.Relabelling>
/// A request to count the time of recordings from when they began; also the mark of the import that asks.
public typealias BackdatingID = Identifier<Kinds.Backdating>
/// What forbids destroying one recording.
public typealias HoldID = Identifier<Kinds.Hold>
/// Holds that were placed together.
public typealias HoldBatchID = Identifier<Kinds.HoldBatch>
/// The job of making a transcript of one recording.
public typealias TranscriptionID = Identifier<Kinds.Transcription>
