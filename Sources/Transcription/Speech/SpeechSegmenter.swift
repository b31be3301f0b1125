/// Cuts samples as they come into pieces in which somebody speaks, and leaves out silence and steady noise: engines invent
/// sentences where nobody speaks.
///
/// Of the samples it keeps those of the piece under way and two seconds more, whatever the recording's length. What is
/// given out depends on the samples alone, not on the blocks that they come in.
public struct SpeechSegmenter: Sendable {
    /// How pieces are cut.
    public struct Configuration: Sendable {
        /// The longest piece, in seconds. Whisper hears 30 s at a time.
        public var longest: Double = 30
        /// What is given before the first voice of a piece and after the last, in seconds.
        public var padding: Double = 0.24
        /// A pause of more than so many seconds ends a piece.
        public var pause: Double = 0.8

        /// The defaults.
        public init() {}
    }

    /// In frames.
    private let longest: Int
    private let padding: Int
    private let pause: Int

    private var filter = BandLevels()
    private var activity = VoiceActivity()
    /// Samples from `firstFrame` on; those before it cannot be in a piece any more.
    private(set) var samples: [Int16] = []
    private var firstFrame = 0
    /// Frames that were filtered.
    private var filtered = 0
    /// Frames about which was decided.
    private var decided = 0
    /// Where the last piece ended: no sample is given out twice.
    private var lastEnd = 0
    private var open: OpenPiece?

    /// At the beginning of a recording.
    ///
    /// - Precondition: the longest piece has room for twice the padding and a pause.
    public init(_ configuration: Configuration = .init()) {
        func frames(_ seconds: Double) -> Int { Int(seconds * Double(Self.framesPerSecond)) }
        longest = frames(configuration.longest)
        padding = frames(configuration.padding)
        pause = frames(configuration.pause)
        precondition(longest > 2 * padding + pause, "pieces of \(configuration.longest) s are too short")
    }

    private static let framesPerSecond = SpeechPiece.sampleRate / BandLevels.frameSize

    /// Takes in the next samples, mono at ``SpeechPiece/sampleRate``; what ended in them, in order.
    public mutating func consume(_ block: some Sequence<Int16>) -> [SpeechPiece] {
        samples.append(contentsOf: block)
        var pieces: [SpeechPiece] = []
        while (filtered + 1 - firstFrame) * BandLevels.frameSize <= samples.count {
            let frames = activity.consume(powersOfNextFrame())
            for frame in frames { pieces += take(frame) }
        }
        forget()
        return pieces
    }

    /// What is left when all samples have come.
    public mutating func finish() -> [SpeechPiece] {
        // The last frame is filled up with silence, which is not given out.
        let rest = samples.count % BandLevels.frameSize
        let filling = rest > 0 ? BandLevels.frameSize - rest : 0
        var pieces = consume(repeatElement(0, count: filling))
        for frame in activity.finish() { pieces += take(frame) }
        if let last = open {
            pieces.append(piece(last.start, last.end(padding: padding), last))
            open = nil
        }
        if let last = pieces.last, lastEnd == filtered {
            let kept = Array(last.samples.dropLast(filling))
            pieces[pieces.count - 1] = SpeechPiece(start: last.start, samples: kept, voiced: last.voiced)
        }
        return pieces
    }

    private mutating func powersOfNextFrame() -> [Double] {
        let start = (filtered - firstFrame) * BandLevels.frameSize
        filtered += 1
        return samples.withUnsafeBufferPointer { samples in
            filter.powers(of: .init(rebasing: samples[start..<start + BandLevels.frameSize]))
        }
    }

    private mutating func take(_ frame: VoiceActivity.Frame) -> [SpeechPiece] {
        defer { decided += 1 }
        return take(frame, at: decided)
    }

    private mutating func take(_ frame: VoiceActivity.Frame, at place: Int) -> [SpeechPiece] {
        guard open != nil else {
            if frame.isVoiced { open = OpenPiece(start: max(place - padding, lastEnd), firstVoiced: place, frame) }
            return []
        }
        open?.append(frame)
        guard let piece = open else { return [] }
        if place - piece.lastVoiced > max(pause, padding) {
            open = nil
            return [self.piece(piece.start, piece.end(padding: padding), piece)]
        }
        guard piece.next - piece.start == longest else { return [] }
        return cut(piece)
    }

    /// Ends a piece that has become too long in the longest pause of its second half, and begins anew after that.
    private mutating func cut(_ whole: OpenPiece) -> [SpeechPiece] {
        let place = whole.bestCut(from: whole.start + longest / 2)
        open = nil
        let end = min(place, whole.end(before: place, padding: padding))
        var pieces = [piece(whole.start, end, whole)]
        for (offset, frame) in whole.frames(from: place).enumerated() {
            pieces += take(frame, at: place + offset)
        }
        return pieces
    }

    private mutating func piece(_ start: Int, _ end: Int, _ source: OpenPiece) -> SpeechPiece {
        let end = min(end, filtered)
        lastEnd = end
        let size = BandLevels.frameSize
        let kept = samples[(start - firstFrame) * size..<(end - firstFrame) * size]
        let seconds = 1 / Double(Self.framesPerSecond)
        return SpeechPiece(
            start: Double(start) * seconds,
            samples: Array(kept),
            voiced: source.voicedRuns(before: end).map {
                Double($0.lowerBound - start) * seconds..<Double($0.upperBound - start) * seconds
            }
        )
    }

    /// Lets go of samples that no piece will need, seldom enough that moving the others costs nothing.
    private mutating func forget() {
        let needed = open?.start ?? max(decided - padding, lastEnd)
        guard needed - firstFrame >= Self.framesPerSecond else { return }
        samples.removeFirst((needed - firstFrame) * BandLevels.frameSize)
        firstFrame = needed
    }
}
