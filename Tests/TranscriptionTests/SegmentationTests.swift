import Foundation
import TestSupport
import Testing
import Transcription

@Suite("Speech is cut out of what is no speech")
struct SegmentationTests {
    static let text = """
        The minister opened the meeting at nine. We have to decide on the budget for next year, and on the purchase of new \
        radar equipment. Colonel, please begin with your report. Thank you, sir. The first convoy arrived on Tuesday.
        """
    static let indonesianText = """
        Rapat dibuka oleh menteri pada pukul sembilan. Kita harus memutuskan anggaran tahun depan, dan pengadaan radar \
        baru. Silakan laporkan. Terima kasih, konvoi pertama tiba pada hari Selasa.
        """
    /// What the stretch without speech is allowed to send, of its length.
    static let leak = 0.05
    /// What of the speech has to be sent.
    static let coverage = 0.99
    private static let tail = 20 * SpeechPiece.sampleRate

    private static func speech(_ voice: Speech.Voice) throws -> KnownSpeech {
        try KnownSpeech(voice == .indonesian ? indonesianText : text, voice: voice)
    }

    @Test(
        "speech, then 20 s of something else",
        arguments: zip(Speech.Voice.allCases, [-20.0, -35, -60, -28])
    )
    func tails(voice: Speech.Voice, level: Double) throws {
        let speech = try Self.speech(voice)
        let end = Double(speech.samples.count) / 16_000
        for signal in Signal.allCases {
            let pieces = segment(recorded(speech.samples + signal.samples(Self.tail, level: level)))
            #expect(speech.covered(by: pieces) >= Self.coverage, "\(signal) of \(level) dB after \(voice)")
            let leaked = seconds(of: pieces, after: end) / 20
            #expect(leaked <= Self.leak, "\(leaked) of \(signal) of \(level) dB after \(voice)")
        }
    }

    @Test("something else for 20 s, then speech", arguments: Signal.allCases)
    func heads(signal: Signal) throws {
        let speech = try Self.speech(.rms)
        let pieces = segment(recorded(signal.samples(Self.tail, level: -25) + speech.samples))
        #expect(speech.covered(by: pieces, offset: Self.tail) >= Self.coverage)
        let before = pieces.reduce(0) { $0 + max(0, min($1.start + $1.duration, 20) - $1.start) }
        #expect(before / 20 <= Self.leak)
    }

    @Test("speech over noise that goes on", arguments: Speech.Voice.allCases)
    func noisy(voice: Speech.Voice) throws {
        let speech = try Self.speech(voice)
        for (signal, ratio) in [(Signal.white, 10.0), (.pink, 10), (.brown, 5), (.hum, 5)] {
            let noise = signal.samples(speech.samples.count + Self.tail, level: speech.level - ratio)
            let mixed = noise.enumerated().map { place, value in
                place < speech.samples.count ? value + speech.samples[place] : value
            }
            let pieces = segment(recorded(mixed))
            #expect(speech.covered(by: pieces) >= Self.coverage, "\(voice), \(ratio) dB above \(signal)")
            let leaked = seconds(of: pieces, after: Double(speech.samples.count) / 16_000) / 20
            #expect(leaked <= Self.leak, "\(leaked) of \(signal), \(ratio) dB below \(voice)")
        }
    }

    /// 40 dB is the far end of a table from a microphone that was turned down; beyond full scale is one turned up.
    @Test("very quiet speech, and speech that is clipped", arguments: [0.01, 0.1, 20])
    func loudness(gain: Double) throws {
        for voice in Speech.Voice.allCases {
            let speech = try Self.speech(voice)
            let quiet = [Double](repeating: 0, count: Self.tail)
            let pieces = segment(recorded(speech.samples.map { $0 * gain } + quiet))
            #expect(speech.covered(by: pieces) >= Self.coverage, "\(voice) at \(gain)")
            #expect(seconds(of: pieces, after: Double(speech.samples.count) / 16_000) / 20 <= Self.leak)
        }
    }

    @Test("nobody speaks: nothing is sent", arguments: Signal.allCases, [-60.0, -10])
    func voiceless(signal: Signal, level: Double) {
        #expect(segment(recorded(signal.samples(40 * SpeechPiece.sampleRate, level: level))).isEmpty)
    }

    @Test("nothing at all, and less than a frame")
    func tiny() {
        #expect(segment([]).isEmpty)
        #expect(segment([Int16](repeating: 12_000, count: 100)).isEmpty)
        #expect(segment([Int16](repeating: -5, count: 321)).isEmpty)
    }

    @Test("the blocks that samples come in change nothing")
    func blocks() throws {
        let speech = try Self.speech(.awb)
        let samples = recorded(speech.samples + Signal.pink.samples(48_001, level: -30) + speech.samples)
        let pieces = segment(samples)
        #expect(pieces.count >= 2)
        #expect(segment(samples, block: 1) == pieces)
        #expect(segment(samples, block: 319) == pieces)
        #expect(segment(samples, block: samples.count) == pieces)
    }
}
