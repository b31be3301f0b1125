// Measures how fast payloads are sealed and opened, against bare ChaCha20-Poly1305 of the same library.
//
// Run with optimization; prints nanoseconds for each chunk of 64 KiB (the best of several rounds) and the ratio of bare
// to streamed, where 1.00 means that the stream costs nothing.

import Age
import Crypto

private let chunkLength = PayloadLayout.chunkLength
private let chunkCount = 256
private let rounds = 15

/// The best time of several rounds, in nanoseconds for each chunk.
private func nanoseconds(_ work: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    var best = Duration.seconds(1_000)
    for _ in 0..<rounds {
        best = min(best, try clock.measure(work))
    }
    return (Double(best.components.seconds) * 1e9 + Double(best.components.attoseconds) / 1e9) / Double(chunkCount)
}

private func report(_ name: String, _ time: Double, bare: Double) {
    func rounded(_ value: Double, _ places: Double) -> Double { (value * places).rounded() / places }
    print(
        name,
        "\(Int(time)) ns/chunk",
        "\(rounded(Double(chunkLength) / time, 100)) GB/s",
        "ratio \(rounded(bare / time, 100))",
        separator: "\t"
    )
}

private let plaintext = [UInt8](repeating: 0x5A, count: chunkLength * chunkCount)
private let fileKey = FileKey()
private var payload: [UInt8] = []
private var encryptor = PayloadEncryptor(fileKey: fileKey)
try encryptor.update(plaintext, into: &payload)
try encryptor.finish(into: &payload)

private let key = SymmetricKey(size: .bits256)
private let nonce = ChaChaPoly.Nonce()
private let chunk = Array(plaintext[..<chunkLength])
private let box = try ChaChaPoly.seal(chunk, using: key, nonce: nonce)

private let bareOpen = try nanoseconds {
    for _ in 0..<chunkCount { _ = try ChaChaPoly.open(box, using: key) }
}
private let bareSeal = try nanoseconds {
    for _ in 0..<chunkCount { _ = try ChaChaPoly.seal(chunk, using: key, nonce: nonce) }
}
report("ChaChaPoly.open", bareOpen, bare: bareOpen)
report("ChaChaPoly.seal", bareSeal, bare: bareSeal)

for size in [payload.count, 1 << 20, PayloadLayout.chunkLength, 16_384, 1_024] {
    let time = try nanoseconds {
        var decryptor = PayloadDecryptor(fileKey: fileKey)
        var released = 0
        try payload.withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count {
                let end = min(start + size, bytes.count)
                try decryptor.update(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) { released += $0.count }
                start = end
            }
        }
        try decryptor.finish { released += $0.count }
        precondition(released == plaintext.count)
    }
    report("PayloadDecryptor, \(size) bytes a time", time, bare: bareOpen)
}

for size in [plaintext.count, 1 << 20, PayloadLayout.chunkLength, 16_384, 1_024] {
    var output: [UInt8] = []
    output.reserveCapacity(payload.count)
    let time = try nanoseconds {
        output.removeAll(keepingCapacity: true)
        var encryptor = PayloadEncryptor(fileKey: FileKey())
        try plaintext.withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count {
                let end = min(start + size, bytes.count)
                try encryptor.update(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), into: &output)
                start = end
            }
        }
        try encryptor.finish(into: &output)
        precondition(output.count == payload.count)
    }
    report("PayloadEncryptor, \(size) bytes a time", time, bare: bareSeal)
}
