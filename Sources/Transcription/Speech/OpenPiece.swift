/// A piece of speech that has not ended, as frames: counted from the beginning of the recording.
struct OpenPiece: Sendable {
    /// Its first frame, padding included.
    let start: Int
    /// The last frame with a voice.
    private(set) var lastVoiced: Int
    /// The first frame about which something is known; from `start` to here is padding.
    private let known: Int
    private var frames: [VoiceActivity.Frame]

    init(start: Int, firstVoiced: Int, _ frame: VoiceActivity.Frame) {
        self.start = start
        known = firstVoiced
        lastVoiced = firstVoiced
        frames = [frame]
    }

    /// The frame that comes next.
    var next: Int { known + frames.count }

    mutating func append(_ frame: VoiceActivity.Frame) {
        if frame.isVoiced { lastVoiced = next }
        frames.append(frame)
    }

    /// Where it ends, padding included.
    func end(padding: Int) -> Int { lastVoiced + 1 + padding }

    /// Where what is before `place` ends, padding included.
    func end(before place: Int, padding: Int) -> Int {
        let last = frames.prefix(place - known).lastIndex(where: \.isVoiced) ?? 0
        return known + last + 1 + padding
    }

    func frames(from place: Int) -> ArraySlice<VoiceActivity.Frame> { frames[(place - known)...] }

    /// The middle of the longest pause from `first` on, of the last one of several; where there is none, the place where the voice is weakest.
    func bestCut(from first: Int) -> Int {
        let first = max(first, known + 1)
        var longest = first..<first
        var pause = first..<first
        for place in first..<next {
            pause = frames[place - known].isVoiced ? place + 1..<place + 1 : pause.lowerBound..<place + 1
            if pause.count >= longest.count { longest = pause }
        }
        if !longest.isEmpty { return (longest.lowerBound + longest.upperBound + 1) / 2 }
        return (first..<next).min { frames[$0 - known].strength < frames[$1 - known].strength } ?? first
    }

    /// Stretches with a voice before `end`.
    func voicedRuns(before end: Int) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        for (offset, frame) in frames.enumerated() where frame.isVoiced && known + offset < end {
            let place = known + offset
            if let last = runs.last, last.upperBound == place {
                runs[runs.count - 1] = last.lowerBound..<place + 1
            } else {
                runs.append(place..<place + 1)
            }
        }
        return runs
    }
}
