import Foundation
import TestSupport
import Testing
import Transcription

@Suite("A WAV header as stock programs read it")
struct WAVHeaderTests {
    @Test("ffmpeg reads the samples after it, with their number known or not", arguments: [true, false])
    func read(isCountKnown: Bool) throws {
        let samples = (0..<16_000).map { Int16(truncatingIfNeeded: $0 &* 7_919) }
        let bytes = samples.withUnsafeBytes { Data($0) }
        let header = wavHeader(sampleCount: isCountKnown ? samples.count : nil)
        #expect(header.count == 44)
        let read = try Program.run(
            "ffmpeg",
            ["-v", "error", "-i", "pipe:0", "-f", "s16le", "-c:a", "pcm_s16le", "pipe:1"],
            input: Data(header) + bytes
        )
        #expect(read.errorText.isEmpty)
        #expect(read.output == bytes)
        let probe = try Program.run(
            "ffprobe",
            ["-v", "error", "-show_entries", "stream=codec_name,sample_rate,channels", "-of", "csv=p=0", "pipe:0"],
            input: Data(header) + bytes
        )
        #expect(probe.text == "pcm_s16le,16000,1\n")
    }
}
