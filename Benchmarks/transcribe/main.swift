import ArchiveCore
import Foundation
import OggOpus
import Synchronization
import TestSupport
import Transcribing
import Transcription

// What the archive's own transcriber does with an Ogg Opus file.
//
//     decode FILE OUT      to samples of 16 kHz, mono, as for the engine, written raw to OUT,
//                          which is there
//     hear FILE TEXT       by PocketSphinx, piece by piece; prints which share of the words of the file TEXT it got wrong

/// One recording, from a file.
final class FileSource: JobSource {
    private let path: String
    private let isGiven = Atomic(false)
    let transcript = Mutex<Transcript?>(nil)
    let problem = Mutex<String?>(nil)

    init(_ path: String) { self.path = path }

    func next() async throws -> TranscriptionTask? {
        guard !isGiven.exchange(true, ordering: .relaxed) else { return nil }
        return TranscriptionTask(
            id: TranscriptionID(),
            lease: Data(count: 16),
            unit: "bench",
            language: "en",
            duration: 0,
            patience: 3600
        )
    }

    func stream(_ task: TranscriptionTask) async throws -> any JobStream { try FileStream(path) }
    func progress(_ task: TranscriptionTask, heard: Double) async throws {}
    func finish(_ task: TranscriptionTask, with transcript: Transcript) async throws {
        self.transcript.withLock { $0 = transcript }
    }
    func fail(_ task: TranscriptionTask, because problem: String, isFinal: Bool, counts: Bool) async throws {
        self.problem.withLock { $0 = problem }
    }
}

/// A file in pieces as an archive delivers them.
final class FileStream: JobStream {
    private let file: FileHandle

    init(_ path: String) throws { file = try FileHandle(forReadingFrom: URL(filePath: path)) }

    func next() async throws -> [UInt8]? {
        guard let piece = try file.read(upToCount: 1 << 18), !piece.isEmpty else { return nil }
        return Array(piece)
    }
}

func decode(_ path: String, into output: String) throws {
    let input = try FileHandle(forReadingFrom: URL(filePath: path))
    let file = try FileHandle(forWritingTo: URL(filePath: output))
    let decoder = try Decoder(configuration: .init(sampleRate: SpeechPiece.sampleRate, mixesToMono: true))
    var samples: [Int16] = []
    func write() throws {
        try samples.withUnsafeBytes { try file.write(contentsOf: $0) }
        samples.removeAll(keepingCapacity: true)
    }
    while let piece = try input.read(upToCount: 1 << 18), !piece.isEmpty {
        try piece.withUnsafeBytes { try decoder.decode($0) { samples.append(contentsOf: $0) } }
        try write()
    }
    try decoder.finish { samples.append(contentsOf: $0) }
    try write()
}

func hear(_ path: String, against text: String) async throws {
    let engine = try PocketSphinx(confinement: try await EngineConfinement())
    let source = FileSource(path)
    _ = try await TranscriptionWorker(source, engine: engine).workOnce()
    guard let transcript = source.transcript.withLock({ $0 }) else {
        throw ArchiveError(.unexpected, "nothing was heard: \(source.problem.withLock { $0 } ?? "no reason")")
    }
    let heard = WordErrorRate.words(transcript.segments.map(\.text).joined(separator: " "))
    let said = WordErrorRate.words(try String(contentsOfFile: text, encoding: .utf8))
    print(String(format: "%.3f", WordErrorRate.rate(of: heard, said: said)), said.count)
}

let arguments = CommandLine.arguments.dropFirst()
do {
    switch (arguments.first, arguments.count) {
    case ("decode", 3): try decode(arguments[2], into: arguments[3])
    case ("hear", 3): try await hear(arguments[2], against: arguments[3])
    default:
        FileHandle.standardError.write(Data("usage: transcribe decode FILE OUT | hear FILE TEXT\n".utf8))
        exit(64)
    }
} catch {
    FileHandle.standardError.write(Data("transcribe: \(error)\n".utf8))
    exit(65)
}
