import Foundation
import TestSupport
import Testing

/// Recordings of people who are not there.
enum MadeSpeech {
    /// An Ogg Opus file of `text`, as a recorder makes it.
    static func opus(_ text: String, in folder: URL) throws -> Data { try opus([(.slt, text)], in: folder) }

    /// The same of several who speak one after the other, two seconds apart.
    static func opus(_ spoken: [(voice: Speech.Voice, text: String)], in folder: URL) throws -> Data {
        let pause = [Int16](repeating: 0, count: 2 * Speech.sampleRate)
        let samples = try spoken.flatMap { try Speech.synthesize($0.text, voice: $0.voice) + pause }
        let (wave, opus) = (folder.appending(path: "speech.wav"), folder.appending(path: "speech.opus"))
        let made = try Program.run(
            "ffmpeg",
            ["-v", "error", "-f", "s16le", "-ar", "\(Speech.sampleRate)", "-ac", "1", "-i", "pipe:0", "-y", wave.path],
            input: samples.withUnsafeBytes { Data($0) }
        )
        try #require(made.status == 0, "\(made.errorText)")
        let encoded = try Program.run("opusenc", ["--quiet", "--bitrate", "32", wave.path, opus.path])
        try #require(encoded.status == 0, "\(encoded.errorText)")
        return try Data(contentsOf: opus)
    }
}
