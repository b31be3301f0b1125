public import Foundation

/// Something in Storage that is not as it should be.
public struct StorageFaultReport: Codable, Sendable {
    /// Its stable name, like `payload-missing`.
    public var fault: String
    /// The recording, upload, file or entry.
    public var object: String
    /// What is wrong with it.
    public var message: String
    /// Seconds of audio that are lost at most, where that is known.
    public var lost: Double?
    /// Whether it was put right.
    public var repaired: Bool

    /// A report with these fields.
    public init(fault: String, object: String, message: String, lost: Double?, repaired: Bool) {
        self.fault = fault
        self.object = object
        self.message = message
        self.lost = lost
        self.repaired = repaired
    }
}

/// What comparing catalogue, vault, payloads and log found.
public struct StorageCheckReport: Codable, Sendable {
    /// Recordings.
    public var recordings: Int
    /// Bytes of their payloads.
    public var bytes: Int
    /// Entries of the log.
    public var entries: Int
    /// What was found.
    public var faults: [StorageFaultReport]
    /// Faults beyond those.
    public var omitted: Int

    /// A report with these fields.
    public init(recordings: Int, bytes: Int, entries: Int, faults: [StorageFaultReport], omitted: Int) {
        self.recordings = recordings
        self.bytes = bytes
        self.entries = entries
        self.faults = faults
        self.omitted = omitted
    }
}

/// Asks to read what is no payload of a recording, a slice of it at a time.
public struct ContentsCheckRequest: Codable, Sendable {
    /// Where to begin: 0, or as the last answer says.
    public var step: Int
    /// Seconds after which no further step is begun.
    public var seconds: Double
    /// Bytes a second at most.
    public var rate: Int?

    /// A request with these fields.
    public init(step: Int, seconds: Double, rate: Int?) {
        self.step = step
        self.seconds = seconds
        self.rate = rate
    }
}

/// What reading a slice of what is no payload found.
public struct ContentsCheckReport: Codable, Sendable {
    /// What was found.
    public var faults: [StorageFaultReport]
    /// Faults beyond those.
    public var omitted: Int
    /// Where to go on; nil where all was read.
    public var next: Int?
    /// Steps in all.
    public var steps: Int

    /// A report with these fields.
    public init(faults: [StorageFaultReport], omitted: Int, next: Int?, steps: Int) {
        self.faults = faults
        self.omitted = omitted
        self.next = next
        self.steps = steps
    }
}

/// Asks to read payloads, a slice of them at a time.
public struct PayloadCheckRequest: Codable, Sendable {
    /// Those that were not read since then.
    public var since: Date
    /// Seconds after which no further one is begun.
    public var seconds: Double
    /// Bytes a second at most.
    public var rate: Int?

    /// A request with these fields.
    public init(since: Date, seconds: Double, rate: Int?) {
        self.since = since
        self.seconds = seconds
        self.rate = rate
    }
}

/// What reading a slice of payloads found.
public struct PayloadCheckReport: Codable, Sendable {
    /// Recordings that were read.
    public var recordings: Int
    /// Bytes of their payloads.
    public var bytes: Int
    /// Those that are damaged.
    public var faults: [StorageFaultReport]

    /// A report with these fields.
    public init(recordings: Int, bytes: Int, faults: [StorageFaultReport]) {
        self.recordings = recordings
        self.bytes = bytes
        self.faults = faults
    }
}

/// What there is to read.
public struct UncheckedPayloads: Codable, Sendable {
    /// Recordings.
    public var recordings: Int
    /// Bytes of their payloads.
    public var bytes: Int

    /// These.
    public init(recordings: Int, bytes: Int) {
        self.recordings = recordings
        self.bytes = bytes
    }
}
