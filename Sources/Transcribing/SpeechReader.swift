import OggOpus
import Synchronization
import Transcription

/// Makes pieces of speech of an Ogg Opus stream as it arrives.
///
/// Used by one caller at a time.
final class SpeechReader {
    private let decoder: Decoder
    private var segmenter = SpeechSegmenter()

    init() throws {
        decoder = try Decoder(configuration: .init(sampleRate: SpeechPiece.sampleRate, mixesToMono: true))
    }

    /// Takes the next bytes, any number; the pieces that ended in them.
    func take(_ bytes: [UInt8]) throws -> [SpeechPiece] {
        var pieces: [SpeechPiece] = []
        try bytes.withUnsafeBytes { try decoder.decode($0) { pieces += segmenter.consume($0) } }
        return pieces
    }

    /// The pieces that are left at the end of the stream.
    func finish() throws -> [SpeechPiece] {
        var pieces: [SpeechPiece] = []
        try decoder.finish { pieces += segmenter.consume($0) }
        return pieces + segmenter.finish()
    }
}

/// How much was heard, for who asks while it goes on.
final class Progress: Sendable {
    private let heard = Mutex(0.0)

    var seconds: Double { heard.withLock { $0 } }

    func advance(to seconds: Double) { heard.withLock { $0 = max($0, seconds) } }
}
