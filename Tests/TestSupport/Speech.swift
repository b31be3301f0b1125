internal import Foundation

/// Speech that is made when a test runs, by flite and espeak-ng: nobody's voice is in the project.
public enum Speech {
    /// Who speaks.
    public enum Voice: String, Sendable, CaseIterable {
        /// American, a woman's (CMU Arctic, flite).
        case slt
        /// American, a man's (CMU Arctic, flite).
        case rms
        /// Scottish, a man's (CMU Arctic, flite).
        case awb
        /// Indonesian (espeak-ng).
        case indonesian
    }

    /// Samples per second of what ``synthesize(_:voice:)`` makes.
    public static let sampleRate = 16_000

    /// Has `voice` say `text`; mono samples at ``sampleRate``.
    ///
    /// - Throws: ``MissingProgram`` where flite, espeak-ng or ffmpeg is absent; ``Failure`` where one fails.
    public static func synthesize(_ text: String, voice: Voice = .slt) throws -> [Int16] {
        let file = FileManager.default.temporaryDirectory.appending(path: "speech-\(UUID().uuidString).wav")
        defer { try? FileManager.default.removeItem(at: file) }
        switch voice {
        case .slt, .rms, .awb: try run("flite", ["-voice", voice.rawValue, "-t", text, "-o", file.path])
        case .indonesian: try run("espeak-ng", ["-v", "id", "-w", file.path, text])
        }
        let raw = ["-f", "s16le", "-ar", "\(sampleRate)", "-ac", "1", "-flags", "bitexact", "pipe:1"]
        let output = try run("ffmpeg", ["-v", "error", "-i", file.path] + raw)
        return output.withUnsafeBytes { bytes in
            (0..<bytes.count / 2).map {
                Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self))
            }
        }
    }

    /// A program could not make speech.
    public struct Failure: Error, CustomStringConvertible {
        /// Which, and what it said.
        public let description: String
    }

    @discardableResult
    private static func run(_ name: String, _ arguments: [String]) throws -> Data {
        let outcome = try Program.run(name, arguments)
        guard outcome.status == 0 else { throw Failure(description: "\(name): \(outcome.errorText)") }
        return outcome.output
    }
}
