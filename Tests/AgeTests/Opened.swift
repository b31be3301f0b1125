import Age
import Crypto
import Foundation

/// What came out of a file, and how that ended.
struct Opened: Equatable {
    var plaintext: [UInt8] = []
    var error: AgeError?

    var digest: String { hexadecimal(SHA256.hash(data: plaintext)) }

    /// Opens `file`, given in pieces of `sizes` bytes, taken in turn; whole where there are none.
    init(_ file: [UInt8], identities: [Identity], sizes: [Int] = []) {
        do throws(AgeError) {
            try open(file, identities: identities, sizes: sizes)
        } catch {
            self.error = error
        }
    }

    private mutating func open(_ file: [UInt8], identities: [Identity], sizes: [Int]) throws(AgeError) {
        var cutter = HeaderCutter()
        var decryptor: PayloadDecryptor?
        for piece in pieces(of: file, sizes: sizes) {
            try file[piece].withUnsafeBufferPointer { (buffer) throws(AgeError) in
                var rest = UnsafeRawBufferPointer(buffer)
                if decryptor == nil {
                    rest = UnsafeRawBufferPointer(rebasing: rest[try cutter.consume(rest)...])
                    guard let header = cutter.header else { return }
                    decryptor = PayloadDecryptor(fileKey: try header.open(with: identities))
                }
                try decryptor?.update(rest, into: &plaintext)
            }
        }
        try cutter.finish()
        try decryptor?.finish(into: &plaintext)
    }
}

/// The ranges of pieces of `sizes` bytes, taken in turn; one range where there are none.
func pieces(of bytes: [UInt8], sizes: [Int]) -> [Range<Int>] {
    guard !sizes.isEmpty else { return [0..<bytes.count] }
    var ranges: [Range<Int>] = []
    var start = 0
    while start < bytes.count {
        let end = min(start + sizes[ranges.count % sizes.count], bytes.count)
        ranges.append(start..<end)
        start = end
    }
    return ranges
}

/// Seals `plaintext` in pieces of `sizes` bytes.
func sealed(
    _ plaintext: [UInt8],
    fileKey: FileKey,
    nonce: PayloadNonce = PayloadNonce(),
    sizes: [Int] = []
) throws(AgeError) -> [UInt8] {
    var encryptor = PayloadEncryptor(fileKey: fileKey, nonce: nonce)
    var output: [UInt8] = []
    for piece in pieces(of: plaintext, sizes: sizes) {
        try encryptor.update(Array(plaintext[piece]), into: &output)
    }
    try encryptor.finish(into: &output)
    return output
}

/// Bytes that do not repeat at the length of a chunk.
func pattern(_ length: Int) -> [UInt8] {
    (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8 &* 17) }
}

/// Lower-case hexadecimal.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { String(format: "%02x", $0) }.joined()
}
