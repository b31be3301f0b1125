internal import ArchiveCore
package import OggOpus

/// Ogg Opus out of what a person has: Ogg as it is, or WAV encoded on the way. Told apart by their first bytes, never
/// by a name.
enum AudioSource {
    case opus
    case wave(WAVEncoder)

    /// How many bytes ``init(head:tags:)`` wants to see.
    static let headLength = 21

    /// What `head`, the first bytes of what people call `name`, announces; `tags` go into what is encoded here.
    init(head: [UInt8], name: String, tags: Tags) throws(ArchiveError) {
        // RFC 3533 §6: a page begins with OggS. RF64 is EBU Tech 3306, RIFF with 64-bit sizes.
        if head.starts(with: "OggS".utf8) {
            self = .opus
        } else if head.starts(with: "RIFF".utf8) || head.starts(with: "RF64".utf8) {
            self = .wave(WAVEncoder(tags: tags))
        } else if head.isEmpty {
            throw ArchiveError(.badRecording, "\(name) is empty", offset: 0)
        } else if head.starts(with: "age-encryption.org/".utf8) {
            throw ArchiveError(
                .badRecording,
                "\(name) is sealed already, so it cannot be checked here",
                hint: "send it with any tus client or with curl to PUT /v1/recordings",
                offset: 0
            )
        } else {
            throw ArchiveError(
                .badRecording,
                "\(name) is neither Ogg Opus nor WAV",
                hint:
                    "let ffmpeg make it: ffmpeg -i FILE -c:a libopus -f ogg - | risalah import - and the same options",
                offset: 0
            )
        }
    }
}

/// A WAV file encoded as it is read.
package final class WAVEncoder {
    private let tags: Tags
    private var reader = WAVReader()
    private var encoder: Encoder?

    /// Seconds of samples that the file announced and does not have, once it has been read to its end.
    package var missing: Double { reader.missing }

    /// An encoder whose stream carries `tags`.
    package init(tags: Tags) { self.tags = tags }

    /// The Ogg Opus bytes that the next bytes of the file complete.
    package func encode(_ bytes: UnsafeRawBufferPointer) throws(OggOpusError) -> [UInt8] {
        let samples = try reader.read(bytes)
        guard let encoder = try openEncoder() else { return [] }
        return try samples.withUnsafeBufferPointer { samples throws(OggOpusError) in try encoder.encode(samples) }
    }

    /// The last bytes.
    package func finish() throws(OggOpusError) -> [UInt8] {
        try reader.finish()
        return try openEncoder()?.finish() ?? []
    }

    private func openEncoder() throws(OggOpusError) -> Encoder? {
        if let encoder { return encoder }
        guard let format = reader.format else { return nil }
        let configuration = Encoder.Configuration(
            sampleRate: format.sampleRate,
            channels: format.channels,
            tags: tags
        )
        encoder = try Encoder(configuration: configuration)
        return encoder
    }
}
