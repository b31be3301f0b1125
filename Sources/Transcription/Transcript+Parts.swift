extension Transcript {
    /// What was said in a part of the recording, at the times that it has in the whole.
    ///
    /// - Parameters:
    ///   - start: seconds; what ends there or before is left out.
    ///   - end: seconds; what begins there or after is left out.
    public func part(from start: Double, to end: Double) throws(TranscriptError) -> Self {
        try with(segments.filter { $0.end.seconds > start && $0.start.seconds < end })
    }

    /// The same where `speaker` is the only one who can be heard; segments that name somebody else stay theirs.
    public func heard(from speaker: String?) throws(TranscriptError) -> Self {
        guard let speaker else { return self }
        var named: [TranscriptSegment] = []
        for segment in segments { named.append(segment.speaker == nil ? try segment.spoken(by: speaker) : segment) }
        return try with(named)
    }
}
