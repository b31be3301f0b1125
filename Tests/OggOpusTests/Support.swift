import Foundation
import OggOpus
import Testing
import TestSupport

/// The samples beside the project.
enum Samples {
    /// The files of `samples/opus/<name>`; nil where they are not here, which has then been said on stderr.
    static func files(_ name: String) throws -> [URL]? {
        guard let folder = SharedData.folder("samples/opus/\(name)") else { return nil }
        return try SharedData.files(in: folder).filter { $0.pathExtension == "opus" }
    }

    /// The seconds of each link, by `folder/file`.
    static func durations() throws -> [String: [Double]] {
        guard let folder = SharedData.folder("samples/opus") else { return [:] }
        let text = try String(contentsOf: folder.appending(path: "durations.tsv"), encoding: .utf8)
        var durations: [String: [Double]] = [:]
        for line in text.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: "\t")
            durations[String(fields[0])] = fields[1].split(separator: " ").compactMap { Double($0) }
        }
        return durations
    }
}

/// Validates `data` in pieces of `chunk` bytes.
func validate(
    _ data: some Collection<UInt8>,
    chunk: Int = 65_536,
    limits: StreamValidator.Limits = .init()
) throws -> ValidatedStream {
    let validator = StreamValidator(limits: limits)
    try inPieces(data, of: chunk) { try validator.consume($0) }
    return try validator.finish()
}

/// The error with which `data` is refused; nil where it is not.
func refusal(
    _ data: some Collection<UInt8>,
    chunk: Int = 65_536,
    limits: StreamValidator.Limits = .init()
) -> OggOpusError? {
    do {
        _ = try validate(data, chunk: chunk, limits: limits)
        return nil
    } catch {
        return error as? OggOpusError
    }
}

/// Decodes `data` in pieces of `chunk` bytes.
func decode(
    _ data: some Collection<UInt8>,
    rate: Int = 48_000,
    mono: Bool = false,
    chunk: Int = 65_536
) throws -> [Int16] {
    var samples: [Int16] = []
    let decoder = try Decoder(configuration: .init(sampleRate: rate, mixesToMono: mono))
    try inPieces(data, of: chunk) { try decoder.decode($0) { samples.append(contentsOf: $0) } }
    try decoder.finish { samples.append(contentsOf: $0) }
    return samples
}

/// Encodes interleaved samples, a tenth of a second at a time.
func encode(_ samples: [Float], _ configuration: Encoder.Configuration) throws -> [UInt8] {
    let encoder = try Encoder(configuration: configuration)
    var bytes: [UInt8] = []
    try samples.withUnsafeBufferPointer { samples in
        let piece = configuration.sampleRate / 10 + 1
        for start in stride(from: 0, to: samples.count, by: piece) {
            bytes += try encoder.encode(
                UnsafeBufferPointer(rebasing: samples[start..<min(start + piece, samples.count)])
            )
        }
    }
    return bytes + (try encoder.finish())
}

func inPieces(
    _ data: some Collection<UInt8>,
    of size: Int,
    _ body: (UnsafeRawBufferPointer) throws -> Void
) throws {
    try Array(data).withUnsafeBytes { bytes in
        for start in stride(from: 0, to: bytes.count, by: size) {
            try body(UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + size, bytes.count)]))
        }
    }
}

/// A sine of `frequency` Hz.
func tone(_ frequency: Double, rate: Int, count: Int, amplitude: Double = 0.5) -> [Float] {
    (0..<count).map { Float(amplitude * sin(2 * .pi * frequency * Double($0) / Double(rate))) }
}

/// A RIFF WAVE file of 16-bit samples.
func wave(_ samples: [Int16], rate: Int, channels: Int = 1) -> Data {
    var data = Data("RIFF".utf8)
    func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
    }
    append(UInt32(36 + samples.count * 2))
    data.append(contentsOf: "WAVEfmt ".utf8)
    append(UInt32(16))
    append(UInt16(1))
    append(UInt16(channels))
    append(UInt32(rate))
    append(UInt32(rate * channels * 2))
    append(UInt16(channels * 2))
    append(UInt16(16))
    data.append(contentsOf: "data".utf8)
    append(UInt32(samples.count * 2))
    for sample in samples { append(sample) }
    return data
}

/// A folder for one test, removed when it is no longer used.
final class Scratch {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "ogg-opus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func write(_ data: some Collection<UInt8>, _ name: String) throws -> String {
        try Data(data).write(to: folder.appending(path: name))
        return path(name)
    }

    func read(_ name: String) throws -> Data { try Data(contentsOf: folder.appending(path: name)) }
}
