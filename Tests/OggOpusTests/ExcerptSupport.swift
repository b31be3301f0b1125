import Foundation
import OggOpus

/// A source that counts what is read of it.
final class CountedSource {
    let bytes: [UInt8]
    let stream: ValidatedStream
    /// How much is given at once at most.
    var pieces = Int.max
    private(set) var reads: [Range<Int>] = []

    init(_ bytes: some Collection<UInt8>) throws {
        self.bytes = Array(bytes)
        stream = try validate(self.bytes)
    }

    /// The pieces of 64 KiB, as the chunks of a payload are, of which anything was read.
    var chunks: Set<Int> { Set(reads.flatMap { $0.lowerBound >> 16...($0.upperBound - 1) >> 16 }) }

    /// The excerpt from one second to another, and the longest piece that it came in.
    func excerpt(_ from: Double, _ to: Double, serial: UInt32 = 77) throws -> (bytes: [UInt8], longest: Int) {
        reads = []
        let excerpt = try Excerpt(
            of: stream.index,
            length: Int64(bytes.count),
            from: from,
            to: to,
            serial: serial
        ) { buffer, offset in
            let start = Int(offset)
            let end = min(self.bytes.count, start + min(buffer.count, self.pieces))
            buffer.copyBytes(from: self.bytes[start..<end])
            self.reads.append(start..<end)
            return end - start
        }
        var result: [UInt8] = []
        var longest = 0
        while let piece = try excerpt.next() {
            result += piece
            longest = max(longest, piece.count)
        }
        return (result, longest)
    }
}

/// Speech would do as well, but of a tone it is plain where it belongs: each second has its own.
enum ToneLadder {
    static func frequency(ofSecond second: Int) -> Double { 300 + 70 * Double(second % 40) }

    /// Interleaved samples at 48 kHz: second n of each channel is the tone of second n.
    static func samples(seconds: Int, channels: Int = 1, from first: Int = 0) -> [Float] {
        (first..<first + seconds).flatMap { second in
            tone(frequency(ofSecond: second), rate: 48_000, count: 48_000)
                .flatMap { Array(repeating: $0, count: channels) }
        }
    }

    /// Which of the first `seconds` seconds these mono samples sound like.
    static func second(heardIn samples: ArraySlice<Int16>, of seconds: Int) -> Int {
        func power(_ second: Int) -> Double {
            // Goertzel.
            let factor = 2 * cos(2 * .pi * frequency(ofSecond: second) / 48_000)
            var (last, before) = (0.0, 0.0)
            for sample in samples { (last, before) = (Double(sample) + factor * last - before, last) }
            return last * last + before * before - factor * last * before
        }
        return (0..<seconds).max { power($0) < power($1) } ?? -1
    }
}

/// How far apart two recordings of the same are: noise as a share of the signal, in power. A signal that is quieter than
/// `floor` counts as so loud.
func distance(_ one: ArraySlice<Int16>, _ other: ArraySlice<Int16>, floor: Double = 10) -> Double {
    var (noise, signal) = (0.0, 0.0)
    for (left, right) in zip(one, other) {
        noise += pow(Double(left) - Double(right), 2)
        signal += pow(Double(left), 2)
    }
    return noise / max(signal, Double(one.count) * floor * floor)
}
