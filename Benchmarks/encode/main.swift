import Foundation
import OggOpus

// Encodes raw 16-bit PCM to Ogg Opus: `encode IN OUT RATE CHANNELS BITRATE`, as `risalah record` does and as opusenc can
// be told to, so that whoever times both compares like with like.
let arguments = CommandLine.arguments
guard arguments.count == 6, let rate = Int(arguments[3]), let channels = Int(arguments[4]),
    let bitrate = Int(arguments[5])
else {
    FileHandle.standardError.write(Data("usage: encode IN OUT RATE CHANNELS BITRATE\n".utf8))
    exit(64)
}
do {
    guard let input = FileHandle(forReadingAtPath: arguments[1]) else {
        FileHandle.standardError.write(Data("encode: cannot read \(arguments[1])\n".utf8))
        exit(66)
    }
    try Data().write(to: URL(filePath: arguments[2]))
    let output = try FileHandle(forWritingTo: URL(filePath: arguments[2]))
    let encoder = try Encoder(configuration: .init(sampleRate: rate, channels: channels, bitrate: bitrate))
    var encoded: [UInt8] = []
    while let piece = try input.read(upToCount: 1 << 16), !piece.isEmpty {
        // Every piece but the last is whole samples, and so is the file.
        try piece.withUnsafeBytes { try encoder.encode($0.bindMemory(to: Int16.self), into: &encoded) }
        if !encoded.isEmpty {
            try output.write(contentsOf: encoded)
            encoded.removeAll(keepingCapacity: true)
        }
    }
    try encoder.finish(into: &encoded)
    try output.write(contentsOf: encoded)
} catch {
    FileHandle.standardError.write(Data("encode: \(error)\n".utf8))
    exit(65)
}
