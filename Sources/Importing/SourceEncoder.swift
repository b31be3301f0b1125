internal import Age
internal import ArchiveClient
internal import ArchiveCore
internal import Crypto
internal import OggOpus

/// Makes Ogg Opus of a source: what is that already goes on as it is, WAV is encoded by us, the rest is decoded by ffmpeg
/// first.
enum SourceEncoder {
    private static let headLength = 4_096
    /// A container says how long it is a little differently than its sound is.
    private static let tolerance = 1.0

    /// What has to be done to a source.
    enum Kind: Equatable {
        case opus
        case wave
        case media
    }

    /// What `file` is, by its first bytes and never by its name.
    ///
    /// - Throws: `bad-recording` for what is empty or sealed.
    static func kind(of file: SourceFile) throws(ArchiveError) -> Kind {
        let head = try file.head(headLength)
        guard !head.isEmpty else { throw ArchiveError(.badRecording, "\(file.name) is empty", offset: 0) }
        guard !head.starts(with: "age-encryption.org/".utf8) else {
            throw ArchiveError(
                .badRecording,
                "\(file.name) is sealed already, so it cannot be checked here",
                hint: "send it with any tus client or with curl to PUT /v1/recordings",
                offset: 0
            )
        }
        if head.starts(with: "OggS".utf8), head.count > 27 {
            // RFC 3533 §6: the packet begins after the page's segment table. RFC 7845 §5.1: with OpusHead.
            return head.dropFirst(27 + Int(head[26])).starts(with: "OpusHead".utf8) ? .opus : .media
        }
        var reader = WAVReader()
        _ = try? head.withUnsafeBytes { bytes throws(OggOpusError) in try reader.read(bytes) }
        guard let format = reader.format, format.channels <= 2, (8_000...192_000).contains(format.sampleRate) else {
            return .media
        }
        return .wave
    }

    /// Reads `file` to its end, encodes and seals it.
    ///
    /// - Parameters:
    ///   - digest: what was read of it before.
    ///   - progress: told how much of it is done, from 0 to 1.
    /// - Returns: what is to be sent, and what a decoder complained of.
    /// - Throws: `bad-recording`, also where it changed meanwhile.
    static func prepare(
        _ file: SourceFile,
        as kind: Kind,
        digest: SourceDigest,
        metadata: RecordingMetadata,
        sealedTo recipient: Recipient,
        home: ClientHome,
        decoder: MediaDecoder?,
        progress: (Double) -> Void
    ) throws -> (recording: PreparedRecording, complaint: String) {
        var complaint = ""
        let recording = try PreparedRecording(
            named: file.name,
            metadata: metadata,
            isEncodedHere: kind != .opus,
            sealedTo: recipient,
            home: home
        ) { take in
            switch kind {
            case .opus:
                try pass(file, digest, progress, take)
                return 0
            case .wave:
                let encoder = WAVEncoder(tags: metadata.tags)
                try pass(file, digest, progress) { bytes in try encoder.encode(bytes).withUnsafeBytes(take) }
                try encoder.finish().withUnsafeBytes(take)
                return encoder.missing
            case .media:
                guard let decoder else { throw ArchiveError(.unexpected, "there is no decoder") }
                let facts = try decoder.facts(of: file)
                var options = Encoder.Configuration(sampleRate: facts.sampleRate, channels: facts.channels)
                options.tags = metadata.tags
                let encoder = try Encoder(configuration: options)
                var (output, done) = ([UInt8](), 0)
                let decoded = try decoder.decode(file, as: facts) { samples in
                    output.removeAll(keepingCapacity: true)
                    try encoder.encode(samples, into: &output)
                    try output.withUnsafeBytes(take)
                    done += samples.count / facts.channels
                    try file.checkUnchanged()
                    if let duration = facts.duration { progress(Double(done) / Double(facts.sampleRate) / duration) }
                }
                guard decoded.samples > 0 else { throw ArchiveError(.badRecording, "\(file.name) has no sound") }
                complaint = decoded.complaint
                try encoder.finish().withUnsafeBytes(take)
                let seconds = Double(decoded.samples) / Double(facts.sampleRate)
                let missing = (facts.duration ?? seconds) - seconds
                return facts.isCounted && missing > tolerance ? missing : 0
            }
        }
        try file.checkUnchanged()
        return (recording, complaint)
    }

    /// Hands `file` over, and makes sure that it is what was read before.
    private static func pass(
        _ file: SourceFile,
        _ digest: SourceDigest,
        _ progress: (Double) -> Void,
        _ take: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var hash = SHA256()
        var done = 0
        try file.read { bytes in
            try Task.checkCancellation()
            hash.update(bufferPointer: bytes)
            try take(bytes)
            done += bytes.count
            progress(Double(done) / Double(max(1, file.bytes)))
        }
        guard SourceDigest(bytes: Array(hash.finalize())) == digest else { throw file.changed }
    }
}
