import ArchiveTesting
import Foundation
import Synchronization

/// Streams that tests make without `opusenc`, which is slow to start where hundreds of seconds are wanted.
enum MadeStream {
    private static let seeds = Atomic<UInt32>(7)

    /// Noise, which does not compress: its length follows from the bit rate.
    static func noise(seconds: Double, bitrate: Int = 24_000, tags: [(String, String)] = []) throws -> [UInt8] {
        let seed = seeds.add(2, ordering: .relaxed).newValue
        return try MadeRecording.opus(seconds: seconds, bitrate: bitrate, tags: tags, seed: seed)
    }

    /// A short stream that no other call has returned.
    static func fresh() throws -> Data { try Data(noise(seconds: 0.5)) }
}
