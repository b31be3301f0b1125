extension Transcript {
    /// The transcript of one recording of a meeting, and when that began.
    public struct Track: Sendable {
        /// What was said in it.
        public let transcript: Transcript
        /// Milliseconds from the beginning of the meeting to its own.
        public let offset: Int

        /// A track.
        public init(_ transcript: Transcript, offset: Int) {
            self.transcript = transcript
            self.offset = offset
        }
    }

    /// The transcripts of the tracks and parts of one meeting as one: every segment once, at the time of the meeting, in the
    /// order of the beginnings; what overlaps stays whole. Language, engine and model are there where all have the same. It is
    /// no revision of any of them.
    ///
    /// - Throws: `time` where something would be said before the meeting began, or later than a transcript can have it; where
    ///   there are too many segments.
    public init(tracks: [Track]) throws(TranscriptError) {
        var segments: [TranscriptSegment] = []
        for track in tracks {
            for segment in track.transcript.segments { segments.append(try segment.later(by: track.offset)) }
        }
        func common(_ field: (Transcript) -> String?) -> String? {
            let values = Set(tracks.map { field($0.transcript) })
            return values.count == 1 ? values.first.flatMap(\.self) : nil
        }
        // Of those that begin together the order is that of the tracks.
        let order = segments.indices.sorted { (segments[$0].start, $0) < (segments[$1].start, $1) }
        try self.init(
            language: common(\.language),
            engine: common(\.engine),
            model: common(\.model),
            segments: order.map { segments[$0] }
        )
    }
}

extension TranscriptSegment {
    /// The same, so many milliseconds later.
    fileprivate func later(by offset: Int) throws(TranscriptError) -> Self {
        guard offset != 0 else { return self }
        var moved: [TranscriptWord] = []
        for word in words ?? [] {
            moved.append(
                try TranscriptWord(
                    start: word.start.moved(by: offset),
                    end: word.end.moved(by: offset),
                    text: word.text,
                    confidence: word.confidence
                )
            )
        }
        return try Self(
            start: start.moved(by: offset),
            end: end.moved(by: offset),
            speaker: speaker,
            text: text,
            confidence: confidence,
            words: moved,
            flags: flags
        )
    }
}

extension TranscriptTime {
    fileprivate func moved(by offset: Int) throws(TranscriptError) -> Self {
        let (sum, isTooLate) = milliseconds.addingReportingOverflow(offset)
        guard !isTooLate, let time = Self(milliseconds: sum) else {
            throw TranscriptError(
                .time,
                "a track begins \(offset / 1000) s after the meeting, which no transcript can have",
                hint: "correct when its recording began"
            )
        }
        return time
    }
}
