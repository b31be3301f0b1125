public import ArchiveCore

/// Where the audio of a recording comes from.
public enum RecordingSource: Sendable, Equatable {
    /// What is piped in.
    case stdin
    /// A file, or a named pipe.
    case file(String)
    /// What this shell command writes to its stdout.
    case command(String)
}

/// How samples come.
public struct PCMFormat: Sendable, Equatable {
    /// Samples a second of each channel.
    public let sampleRate: Int
    /// Channels, interleaved.
    public let channels: Int

    /// A format with these values.
    public init(sampleRate: Int, channels: Int) {
        self.sampleRate = sampleRate
        self.channels = channels
    }
}

/// What is to be recorded, and how.
public struct RecordingPlan: Sendable {
    /// What bounds the spool where nothing else is said, in bytes.
    public static let defaultSpoolLimit: Int64 = 4 << 30

    /// Where the audio comes from.
    public var source: RecordingSource
    /// The format of raw samples; nil where the source says it itself.
    public var format: PCMFormat?
    /// What is said of it; title, unit, series and level are needed.
    public var metadata: RecordingMetadata
    /// Bits a second of each recording; nil is the encoder's choice.
    public var bitrate: Int?
    /// The one who speaks on each channel, for a recording of each; empty for one recording of all channels.
    public var tracks: [String]
    /// Whether the source runs by the clock, so that what is missing is loss; nil to see by itself.
    public var isLive: Bool?
    /// Bytes that all spooled recordings may take together.
    public var spoolLimit: Int64

    /// A plan with these values.
    public init(
        source: RecordingSource,
        format: PCMFormat? = nil,
        metadata: RecordingMetadata,
        bitrate: Int? = nil,
        tracks: [String] = [],
        isLive: Bool? = nil,
        spoolLimit: Int64 = Self.defaultSpoolLimit
    ) {
        self.source = source
        self.format = format
        self.metadata = metadata
        self.bitrate = bitrate
        self.tracks = tracks
        self.isLive = isLive
        self.spoolLimit = spoolLimit
    }
}

/// Audio that a live source should have given and did not.
public struct RecordingGap: Codable, Sendable, Equatable {
    /// Seconds from the beginning of the recording.
    public let at: Double
    /// Seconds.
    public let seconds: Double
}

/// How far a recording is.
public struct RecordingProgress: Sendable {
    /// Seconds since it began.
    public var elapsed = 0.0
    /// Seconds of audio that came.
    public var captured = 0.0
    /// Seconds that should have come and did not.
    public var missing = 0.0
    /// The loudest sample since this was last asked, 1 being full scale.
    public var peak: Float = 0
    /// Bytes, sealed, on this machine's disk.
    public var spooled: Int64 = 0
    /// Bytes that the archive has durably.
    public var acknowledged: Int64 = 0
}

/// What happens while it is recorded.
public enum RecordingEvent: Sendable {
    /// The first samples came; a recording of each id is in the spool.
    case started(PCMFormat, [UploadID])
    /// Something is missing.
    case gap(RecordingGap)
    /// The archive cannot be reached, or does not take what it is sent; it is tried again.
    case interrupted(ArchiveError)
    /// Sending goes on.
    case resumed
    /// The archive does not take it at all; recording goes on into the spool.
    case refused(ArchiveError)
    /// Recording had to end; what came until then is kept and sent.
    case failed(ArchiveError)
}
