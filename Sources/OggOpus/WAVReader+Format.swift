/// The format chunk, and samples as it says.
extension WAVReader.Format {
    /// Why a format cannot be read.
    struct Failure: Error {
        let isMalformed: Bool
        let message: String
    }

    private static let pcm: UInt16 = 1
    private static let ieeeFloat: UInt16 = 3
    private static let extensible: UInt16 = 0xFFFE
    /// Bytes 2 to 15 of the GUIDs whose first two are a format code: all that are in use end like this.
    private static let guidTail: [UInt8] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]

    init(chunk: UnsafeRawBufferPointer) throws(Failure) {
        var cursor = ByteCursor(chunk)
        guard var code: UInt16 = cursor.integer(), let channels: UInt16 = cursor.integer(),
            let rate: UInt32 = cursor.integer(), cursor.integer(UInt32.self) != nil,
            let blockSize: UInt16 = cursor.integer(), let bits: UInt16 = cursor.integer()
        else { throw Failure(isMalformed: true, message: "a format chunk of \(chunk.count) bytes") }
        if code == Self.extensible {
            guard let extra: UInt16 = cursor.integer(), extra >= 22, cursor.take(6) != nil,
                let subcode: UInt16 = cursor.integer(), let tail = cursor.take(14)
            else { throw Failure(isMalformed: true, message: "an extensible format of \(chunk.count) bytes") }
            guard tail.elementsEqual(Self.guidTail) else {
                throw Failure(isMalformed: false, message: "samples of an unknown extensible format")
            }
            code = subcode
        }
        guard channels >= 1, rate >= 1 else {
            throw Failure(isMalformed: true, message: "\(channels) channels at \(rate) Hz")
        }
        switch (code, bits) {
        case (Self.pcm, 16), (Self.pcm, 24), (Self.pcm, 32): sample = .integer(bits: Int(bits))
        case (Self.ieeeFloat, 32): sample = .float
        default:
            throw Failure(
                isMalformed: false,
                message:
                    "samples of format \(code) with \(bits) bits; PCM of 16, 24 or 32 bits and 32-bit float can be read"
            )
        }
        sampleRate = Int(rate)
        self.channels = Int(channels)
        guard Int(blockSize) == bytesPerSample * self.channels else {
            throw Failure(isMalformed: true, message: "\(channels) channels of \(bits) bits in blocks of \(blockSize)")
        }
    }

    /// Appends the samples in `bytes`, which are whole.
    func append(_ bytes: UnsafeRawBufferPointer, to samples: inout [Float]) {
        let size = bytesPerSample
        samples.reserveCapacity(samples.count + bytes.count / size)
        for start in stride(from: 0, to: bytes.count - bytes.count % size, by: size) {
            switch sample {
            case .integer(16):
                let value = Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: Int16.self))
                samples.append(Float(value) / 32_768)
            case .integer(24):
                let low = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt16.self))
                let high = bytes.loadUnaligned(fromByteOffset: start + 2, as: Int8.self)
                samples.append(Float(Int32(high) << 16 | Int32(low)) / 8_388_608)
            case .integer:
                let value = Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: Int32.self))
                samples.append(Float(value) / 2_147_483_648)
            case .float:
                let bits = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self))
                samples.append(Float(bitPattern: bits))
            }
        }
    }
}
