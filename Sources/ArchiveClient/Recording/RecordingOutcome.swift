public import ArchiveCore

/// What became of a recording once it ended.
public struct RecordingOutcome: Sendable {
    /// One stream of it.
    public struct Track: Sendable {
        /// The channel, from 1; nil where all channels are in one recording.
        public let channel: Int?
        /// The one who speaks on it.
        public let performer: String?
        /// The recording in the spool; to be removed by whoever has told the receipt.
        public let entry: SpoolEntry
        /// What the archive said.
        public let receipt: Result<UploadReceipt, any Error>
    }

    /// Seconds of audio that came.
    public let captured: Double
    /// What should have come and did not, in order.
    public let gaps: [RecordingGap]
    /// Seconds of samples that a WAV file announced and did not have.
    public let unannounced: Double
    /// What the command ended with, as a shell says it.
    public let commandStatus: Int32?
    /// Why recording ended, where that was not the source's end.
    public let failure: ArchiveError?
    /// The streams, in the order of their channels; none where there was no audio.
    public let tracks: [Track]
}
