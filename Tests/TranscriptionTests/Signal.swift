import ArchiveTesting
import Foundation
import TestSupport
import Transcription

/// Sounds that are no speech, at 16 kHz; -1 to 1 is full scale. Levels are of the root mean square, in dB of full scale.
enum Signal: String, CaseIterable, Sendable {
    case silence, white, pink, brown, hum, chord

    /// So many samples of it.
    func samples(_ count: Int, level: Double) -> [Double] {
        var random = SeededGenerator(seed: 20_200_416)
        let raw: [Double]
        switch self {
        case .silence: return [Double](repeating: 0, count: count)
        case .white: raw = (0..<count).map { _ in random.gauss() }
        case .pink: raw = Self.pink(count, &random)
        case .brown:
            var sum = 0.0
            raw = (0..<count).map { _ in
                sum = sum * 0.995 + random.gauss()
                return sum
            }
        case .hum: raw = Self.tones((1...11).map { (50 * Double($0), 1 / Double($0)) }, count)
        case .chord: raw = Self.tones([220, 277.2, 329.6, 440].map { ($0, 1) }, count)
        }
        let power = raw.reduce(0) { $0 + $1 * $1 } / Double(count)
        let gain = pow(10, level / 20) / power.squareRoot()
        return raw.map { $0 * gain }
    }

    private static func tones(_ parts: [(frequency: Double, gain: Double)], _ count: Int) -> [Double] {
        (0..<count).map { place in
            parts.reduce(0) { $0 + $1.gain * sin(2 * .pi * $1.frequency * Double(place) / 16_000 + $1.frequency) }
        }
    }

    /// White noise through P. Kellet's filter, which falls by 3 dB an octave.
    private static func pink(_ count: Int, _ random: inout SeededGenerator) -> [Double] {
        let poles = [0.99886, 0.99332, 0.969, 0.8665, 0.55, -0.7616]
        let gains = [0.0555179, 0.0750759, 0.153852, 0.3104856, 0.5329522, -0.016898]
        var states = [Double](repeating: 0, count: poles.count)
        return (0..<count).map { _ in
            let white = random.gauss()
            for index in poles.indices { states[index] = poles[index] * states[index] + gains[index] * white }
            return states.reduce(0, +) + white * 0.5362
        }
    }
}

extension SeededGenerator {
    /// Normally distributed, by Box and Muller.
    mutating func gauss() -> Double {
        let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &self))).squareRoot()
        return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
    }
}

/// Speech whose place is known, for it was made: the frames of 20 ms of the clean voice that are not 40 dB below its
/// loudest.
struct KnownSpeech {
    static let frame = 320
    let samples: [Double]
    let isSpeech: [Bool]

    init(_ text: String, voice: Speech.Voice) throws {
        let samples = try Speech.synthesize(text, voice: voice).map { Double($0) / 32_768 }
        self.samples = samples
        let powers = stride(from: 0, to: samples.count - Self.frame, by: Self.frame).map { start in
            samples[start..<start + Self.frame].reduce(0) { $0 + $1 * $1 }
        }
        let least = (powers.max() ?? 0) * 1e-4
        isSpeech = powers.map { $0 > least }
    }

    /// The root mean square of what is speech, in dB of full scale.
    var level: Double {
        let spoken = isSpeech.indices.filter { isSpeech[$0] }
        let sum = spoken.reduce(0.0) { sum, frame in
            sum + samples[frame * Self.frame..<(frame + 1) * Self.frame].reduce(0) { $0 + $1 * $1 }
        }
        return 10 * log10(sum / Double(spoken.count * Self.frame))
    }

    /// What part of the speech lies in `pieces`, where it begins at the sample `offset`.
    func covered(by pieces: [SpeechPiece], offset: Int = 0) -> Double {
        let sent = Set(pieces.flatMap { piece in framesSent(piece) })
        let spoken = isSpeech.indices.filter { isSpeech[$0] }
        return Double(spoken.count { sent.contains($0 + offset / Self.frame) }) / Double(spoken.count)
    }

    private func framesSent(_ piece: SpeechPiece) -> Range<Int> {
        let first = Int((piece.start * 50).rounded())
        return first..<first + piece.samples.count / Self.frame
    }
}

/// Samples as a recording has them: rounded, and clipped at full scale.
func recorded(_ samples: [Double]) -> [Int16] { samples.map { Int16(max(min($0 * 32_768, 32_767), -32_768)) } }

/// All pieces of `samples`, given in blocks of so many.
func segment(_ samples: [Int16], block: Int = 4_000) -> [SpeechPiece] {
    var segmenter = SpeechSegmenter()
    var pieces: [SpeechPiece] = []
    for start in stride(from: 0, to: samples.count, by: block) {
        pieces += segmenter.consume(samples[start..<min(start + block, samples.count)])
    }
    return pieces + segmenter.finish()
}

/// Seconds of `pieces` that lie after the second `start`.
func seconds(of pieces: [SpeechPiece], after start: Double) -> Double {
    pieces.reduce(0) { $0 + max(0, $1.start + $1.duration - max($1.start, start)) }
}
