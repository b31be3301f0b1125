internal import ArchiveCore
internal import OggOpus

/// Makes interleaved samples of the bytes of a source: WAV by its RIFF header, raw 16-bit PCM where its format was said.
struct SampleReader {
    private enum Kind {
        case unknown
        case raw
        case wave(WAVReader)
    }

    private let name: String
    private var kind = Kind.unknown
    private var waiting: [UInt8] = []
    /// The format, once it is known.
    private(set) var format: PCMFormat?

    /// A reader of what people call `name`; `format` is that of raw samples.
    init(name: String, format: PCMFormat?) {
        self.name = name
        self.format = format
    }

    /// Seconds of samples that a WAV file announced and does not have: after ``finish()``.
    var missing: Double {
        guard case .wave(let reader) = kind else { return 0 }
        return reader.missing
    }

    /// Appends the samples that `bytes` complete, whole frames, to `samples`.
    mutating func read(_ bytes: [UInt8], into samples: inout [Float]) throws(ArchiveError) {
        switch kind {
        case .unknown:
            waiting += bytes
            guard waiting.count >= 12 else { return }
            try decide()
            let all = waiting
            waiting = []
            try read(all, into: &samples)
        case .raw:
            readRaw(bytes, into: &samples)
        case .wave(var reader):
            // Taken out, so that it is the only owner of what it keeps.
            kind = .raw
            defer { kind = .wave(reader) }
            let result = bytes.withUnsafeBytes { bytes in
                Result { () throws(OggOpusError) in try reader.read(bytes) }
            }
            do throws(OggOpusError) {
                samples += try result.get()
            } catch {
                throw malformed(error)
            }
            if let found = reader.format {
                format = PCMFormat(sampleRate: found.sampleRate, channels: found.channels)
            }
        }
    }

    /// No more bytes come.
    mutating func finish(into samples: inout [Float]) throws(ArchiveError) {
        switch kind {
        case .unknown:
            // Too short for a header: raw samples, if anything.
            guard format != nil, !waiting.isEmpty else {
                throw ArchiveError(.badRecording, "\(name) gave no audio")
            }
            kind = .raw
            readRaw(waiting, into: &samples)
        case .raw: break
        case .wave(var reader):
            do throws(OggOpusError) {
                try reader.finish()
            } catch {
                throw malformed(error)
            }
            kind = .wave(reader)
        }
    }

    private mutating func decide() throws(ArchiveError) {
        if waiting.starts(with: "RIFF".utf8) || waiting.starts(with: "RF64".utf8) {
            // What it says of itself counts.
            format = nil
            kind = .wave(WAVReader())
        } else if waiting.starts(with: "OggS".utf8) {
            throw ArchiveError(
                .badRecording,
                "\(name) is Ogg, and no samples",
                hint: "risalah import sends it as it is",
                offset: 0
            )
        } else if format == nil {
            throw ArchiveError(
                .badRequest,
                "\(name) is no WAV",
                hint: "raw samples, signed 16 bits little-endian, need --rate HZ and --channels N"
            )
        } else {
            kind = .raw
        }
    }

    private mutating func readRaw(_ bytes: [UInt8], into samples: inout [Float]) {
        guard let format else { return }
        let frame = 2 * format.channels
        var all = bytes
        if !waiting.isEmpty {
            all = waiting + bytes
            waiting.removeAll(keepingCapacity: true)
        }
        let whole = all.count - all.count % frame
        all.withUnsafeBytes { all in
            samples.reserveCapacity(samples.count + whole / 2)
            for place in stride(from: 0, to: whole, by: 2) {
                let value = Int16(littleEndian: all.loadUnaligned(fromByteOffset: place, as: Int16.self))
                samples.append(Float(value) / 32_768)
            }
        }
        waiting.append(contentsOf: all[whole...])
    }

    private func malformed(_ error: OggOpusError) -> ArchiveError {
        ArchiveError(.badRecording, "\(name): \(error.message)", offset: error.offset)
    }
}
