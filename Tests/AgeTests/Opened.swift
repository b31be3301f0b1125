import Age
import Crypto
import Foundation

/// What came out of a file, and how that ended.
struct Opened: Equatable {
    var plaintext: [UInt8] = []
    var error: AgeError?

    var digest: String { hexadecimal(SHA256.hash(data: plaintext)) }

    /// Opens `file`, given in pieces of `sizes` bytes, taken in turn; whole where there are none. With a passphrase it is
    /// that which opens it.
    init(
        _ file: [UInt8],
        identities: [Identity],
        passphrase: Passphrase? = nil,
        isArmored: Bool = false,
        sizes: [Int] = []
    ) {
        do throws(AgeError) {
            let open: (Header) throws(AgeError) -> FileKey = { (header) throws(AgeError) in
                if let passphrase { return try header.open(with: passphrase) }
                return try header.open(with: identities)
            }
            try self.open(file, isArmored: isArmored, sizes: sizes, open)
        } catch {
            self.error = error
        }
    }

    private mutating func open(
        _ file: [UInt8],
        isArmored: Bool,
        sizes: [Int],
        _ open: (Header) throws(AgeError) -> FileKey
    ) throws(AgeError) {
        var armor = ArmorDecoder()
        var cutter = HeaderCutter()
        var decryptor: PayloadDecryptor?
        var output: [UInt8] = []
        func take(_ bytes: [UInt8]) throws(AgeError) {
            try bytes.withUnsafeBufferPointer { (buffer) throws(AgeError) in
                var rest = UnsafeRawBufferPointer(buffer)
                if decryptor == nil {
                    rest = UnsafeRawBufferPointer(rebasing: rest[try cutter.consume(rest)...])
                    guard let header = cutter.header else { return }
                    decryptor = PayloadDecryptor(fileKey: try open(header))
                }
                try decryptor?.update(rest, into: &output)
            }
        }
        defer { plaintext = output }
        for piece in pieces(of: file, sizes: sizes) {
            guard isArmored else {
                try take(Array(file[piece]))
                continue
            }
            var decoded: [UInt8] = []
            let result = file[piece].withUnsafeBufferPointer { buffer in
                Result { () throws(AgeError) in
                    try armor.update(UnsafeRawBufferPointer(buffer), into: &decoded)
                }
            }
            // What came before a fault in the armor is looked at first, however the file was cut.
            try take(decoded)
            try result.get()
        }
        if isArmored {
            var decoded: [UInt8] = []
            try armor.finish(into: &decoded)
            try take(decoded)
        }
        try cutter.finish()
        try decryptor?.finish(into: &output)
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

/// `bytes` in ASCII armor, given in pieces of `sizes` bytes.
func armored(_ bytes: [UInt8], sizes: [Int] = []) -> [UInt8] {
    var (encoder, output) = (ArmorEncoder(), [UInt8]())
    for piece in pieces(of: bytes, sizes: sizes) {
        Array(bytes[piece]).withUnsafeBytes { encoder.update($0, into: &output) }
    }
    encoder.finish(into: &output)
    return output
}
