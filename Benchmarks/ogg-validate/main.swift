import Foundation
import OggOpus

// Measures how fast a stream is validated: `ogg-validate FILE [CHUNK [ROUNDS]]`, the chunk in bytes.
let arguments = CommandLine.arguments
guard arguments.count >= 2 else {
    FileHandle.standardError.write(Data("usage: ogg-validate FILE [CHUNK [ROUNDS]]\n".utf8))
    exit(64)
}
let chunk = arguments.count > 2 ? max(1, Int(arguments[2]) ?? 65_536) : 65_536
let rounds = arguments.count > 3 ? max(1, Int(arguments[3]) ?? 3) : 3
do {
    let data = try Data(contentsOf: URL(filePath: arguments[1]))
    for round in 1...rounds {
        let clock = ContinuousClock()
        var stream: ValidatedStream?
        let elapsed = try clock.measure {
            let validator = StreamValidator()
            try data.withUnsafeBytes { bytes in
                for start in stride(from: 0, to: bytes.count, by: chunk) {
                    let end = min(start + chunk, bytes.count)
                    try validator.consume(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                }
            }
            stream = try validator.finish()
        }
        guard let stream else { continue }
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
        let facts = stream.facts
        print(
            "round \(round): \(Int(Double(data.count) / seconds / 1e6)) MB/s,",
            "\(facts.pages) pages,",
            "\(facts.packets) packets,",
            "\(facts.links.count) links,",
            "\(facts.duration) s,",
            "\(stream.index.entries.count) entries,",
            "\(stream.findings.total) findings"
        )
    }
} catch {
    FileHandle.standardError.write(Data("ogg-validate: \(error)\n".utf8))
    exit(65)
}
