/// Reads PCM from a RIFF WAVE file as it arrives: 16, 24 and 32-bit integers and 32-bit floats, plain or extensible,
/// RF64 too.
///
/// Chunks that it does not know are passed over. A data chunk of size 0, or of nearly all that 32 bits hold, was written
/// to a pipe and goes on to the end.
public struct WAVReader {
    /// How a sample is stored.
    public enum SampleFormat: Sendable, Equatable {
        /// A signed integer of so many bits: 16, 24 or 32.
        case integer(bits: Int)
        /// A 32-bit float, -1 to 1.
        case float
    }

    /// What the file says of its samples.
    public struct Format: Sendable, Equatable {
        /// How a sample is stored.
        public let sample: SampleFormat
        /// Samples per second of each channel.
        public let sampleRate: Int
        /// Channels, at least 1.
        public let channels: Int

        var bytesPerSample: Int {
            switch sample {
            case .integer(let bits): bits / 8
            case .float: 4
            }
        }
    }

    /// Where in the file the next byte lies.
    enum State: Equatable {
        case riffHeader
        case chunkHeader
        /// A chunk to be read whole.
        case chunk(id: UInt32, size: Int, padding: Int)
        /// Bytes to pass over.
        case skip(UInt64)
        /// Audio: what is left of it, nil to the end; and the padding after it.
        case data(UInt64?, padding: UInt64)
    }

    /// The longest format chunk that is read, in bytes; real ones have at most 40.
    static let longestFormat = 1024
    /// From here on a size is what a program writes that does not know it.
    private static let unknownSize: UInt64 = 0x7FFF_0000

    private(set) var state = State.riffHeader
    /// Bytes that do not suffice yet for what comes next.
    private var waiting: [UInt8] = []
    private var offset: Int64 = 0
    private var hasData = false
    private var isRF64 = false
    private var dataSize64: UInt64?

    /// The format, once it has been read; before the first samples.
    public private(set) var format: Format?

    /// Seconds of samples that the data chunk announced and the file does not have: after ``finish()``.
    public private(set) var missing: Double = 0

    /// A reader for one file.
    public init() {}

    /// Takes the next bytes, any number.
    ///
    /// - Returns: the interleaved samples that are complete, from -1 to 1.
    /// - Throws: `malformed-wave` or `unsupported-wave`.
    public mutating func read(_ bytes: UnsafeRawBufferPointer) throws(OggOpusError) -> [Float] {
        var samples: [Float] = []
        if waiting.isEmpty {
            let used = try take(bytes, into: &samples)
            waiting.append(contentsOf: bytes[used...])
        } else {
            waiting.append(contentsOf: bytes)
            let joined = waiting
            waiting = []
            let used = try joined.withUnsafeBufferPointer { joined throws(OggOpusError) -> Int in
                try take(UnsafeRawBufferPointer(joined), into: &samples)
            }
            waiting.append(contentsOf: joined[used...])
        }
        return samples
    }

    /// Ends the file.
    ///
    /// - Throws: `malformed-wave` where it ended before its samples began.
    public mutating func finish() throws(OggOpusError) {
        guard hasData else { throw error("the file ends before its data chunk") }
        if case .data(let left?, _) = state, let format {
            missing = Double(left) / Double(format.bytesPerSample * format.channels) / Double(format.sampleRate)
        }
    }

    /// Reads what is complete in `bytes`, and returns how many bytes that were.
    private mutating func take(_ bytes: UnsafeRawBufferPointer, into samples: inout [Float]) throws(OggOpusError) -> Int
    {
        var cursor = ByteCursor(bytes)
        while try step(&cursor, into: &samples) {}
        return cursor.position
    }

    /// Reads one thing; false where there are too few bytes for it.
    private mutating func step(
        _ cursor: inout ByteCursor,
        into samples: inout [Float]
    ) throws(OggOpusError) -> Bool {
        let before = cursor.position
        defer { offset += Int64(cursor.position - before) }
        switch state {
        case .riffHeader:
            guard cursor.remaining >= 12 else { return false }
            try readRIFFHeader(&cursor)
            return true
        case .chunkHeader:
            guard cursor.remaining >= 8, let id: UInt32 = cursor.integer(), let size: UInt32 = cursor.integer() else {
                return false
            }
            try beginChunk(id, size: size)
            return true
        case .chunk(let id, let size, let padding):
            guard let bytes = cursor.take(size) else { return false }
            try readChunk(id, bytes)
            state = padding == 0 ? .chunkHeader : .skip(UInt64(padding))
            return true
        case .skip(let count):
            let passed = Int(min(count, UInt64(cursor.remaining)))
            _ = cursor.take(passed)
            state = count == UInt64(passed) ? .chunkHeader : .skip(count - UInt64(passed))
            return state == .chunkHeader
        case .data(let left, let padding):
            return readData(&cursor, left: left, padding: padding, into: &samples)
        }
    }

    private mutating func readRIFFHeader(_ cursor: inout ByteCursor) throws(OggOpusError) {
        let isRIFF = cursor.skip("RIFF")
        isRF64 = !isRIFF && (cursor.skip("RF64") || cursor.skip("BW64"))
        // The size of all is not looked at: pipes leave it wrong.
        guard isRIFF || isRF64, cursor.take(4) != nil, cursor.skip("WAVE") else {
            throw error("the file does not begin as RIFF WAVE")
        }
        state = .chunkHeader
    }

    private mutating func beginChunk(_ id: UInt32, size: UInt32) throws(OggOpusError) {
        let padding = Int(size & 1)
        switch id {
        case Self.id("fmt ") where format == nil, Self.id("ds64") where isRF64:
            guard size <= Self.longestFormat else { throw error("a header chunk of \(size) bytes") }
            state = .chunk(id: id, size: Int(size), padding: padding)
        case Self.id("data") where !hasData:
            guard format != nil else { throw error("the data chunk comes before the format chunk") }
            hasData = true
            let told = size == .max ? dataSize64 ?? UInt64(size) : UInt64(size)
            let isKnown = told != 0 && (told < Self.unknownSize || told == dataSize64 || told > UInt32.max)
            state = .data(isKnown ? told : nil, padding: told & 1)
        default:
            state = .skip(UInt64(size) + UInt64(padding))
        }
    }

    private mutating func readChunk(_ id: UInt32, _ bytes: UnsafeRawBufferPointer) throws(OggOpusError) {
        var cursor = ByteCursor(bytes)
        guard id == Self.id("fmt ") else {
            // EBU Tech 3306: the sizes of the whole and of the data, in 64 bits.
            guard cursor.integer(UInt64.self) != nil, let size: UInt64 = cursor.integer() else {
                throw error("a ds64 chunk of \(bytes.count) bytes")
            }
            dataSize64 = size
            return
        }
        do throws(WAVReader.Format.Failure) {
            format = try Format(chunk: bytes)
        } catch {
            throw OggOpusError(error.isMalformed ? .malformedWave : .unsupportedWave, error.message, at: offset)
        }
    }

    private mutating func readData(
        _ cursor: inout ByteCursor,
        left: UInt64?,
        padding: UInt64,
        into samples: inout [Float]
    ) -> Bool {
        guard let format else { return false }
        let frame = format.bytesPerSample * format.channels
        let available = Int(min(left ?? .max, UInt64(cursor.remaining)))
        guard let bytes = cursor.take(available - available % frame) else { return false }
        format.append(bytes, to: &samples)
        guard let left else { return false }
        let after = left - UInt64(bytes.count)
        // Less than a frame at the end of the chunk is not audio.
        let isEnd = after < UInt64(frame)
        state = isEnd ? .skip(after.addingReportingOverflow(padding).partialValue) : .data(after, padding: padding)
        return isEnd
    }

    static func id(_ text: StaticString) -> UInt32 {
        UnsafeRawBufferPointer(start: text.utf8Start, count: 4).loadUnaligned(as: UInt32.self).littleEndian
    }

    private func error(_ message: String) -> OggOpusError {
        OggOpusError(.malformedWave, message, at: offset)
    }
}
