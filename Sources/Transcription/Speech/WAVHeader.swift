/// The header of a RIFF WAVE file of 16-bit mono samples at ``SpeechPiece/sampleRate``: the 44 bytes before the first one.
///
/// - Parameter sampleCount: how many follow; nil for a pipe whose writer does not know yet, which is said, as others say
///   it, by sizes of all ones.
public func wavHeader(sampleCount: Int?) -> [UInt8] {
    let dataSize = sampleCount.map { UInt32(clamping: $0 * 2) } ?? .max
    let rate = UInt32(SpeechPiece.sampleRate)
    var header: [UInt8] = []
    func append(_ text: String) { header += Array(text.utf8) }
    func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { header += $0 } }
    append("RIFF")
    append(dataSize > .max - 36 ? .max : dataSize + 36)
    append("WAVEfmt ")
    append(UInt32(16))
    append(UInt16(1))  // PCM
    append(UInt16(1))  // channels
    append(rate)
    append(rate * 2)  // bytes per second
    append(UInt16(2))  // bytes per sample
    append(UInt16(16))  // bits per sample
    append("data")
    append(dataSize)
    return header
}

extension SpeechPiece {
    /// The samples as a little-endian file has them.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 * samples.count)
        for sample in samples { withUnsafeBytes(of: sample.littleEndian) { bytes += $0 } }
        return bytes
    }

    /// The piece as a RIFF WAVE file.
    var wav: [UInt8] { wavHeader(sampleCount: samples.count) + bytes }
}
