/// Times and numbers as engines give them: nearly right.
enum EngineTimes {
    /// The time that `seconds` are.
    static func time(_ seconds: Double) throws(TranscriptError) -> TranscriptTime {
        guard let time = TranscriptTime(seconds: seconds) else { throw wrong("\(seconds) s") }
        return time
    }

    /// The time that `milliseconds` are.
    static func time(milliseconds: Int) throws(TranscriptError) -> TranscriptTime {
        guard let time = TranscriptTime(milliseconds: milliseconds) else { throw wrong("\(milliseconds) ms") }
        return time
    }

    /// `probability` within 0 and 1; nil where it is no number.
    static func confidence(_ probability: Double?) -> Double? {
        guard let probability, !probability.isNaN else { return nil }
        return min(max(probability, 0), 1)
    }

    /// The mean of what is there.
    static func mean(_ confidences: [Double?]) -> Double? {
        let known = confidences.compactMap(\.self)
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }

    /// The tag of a language, where it is one: some engines give its English name, or `und`.
    static func language(_ tag: String?) -> String? {
        guard let tag, tag != "und", Transcript.isTag(tag), tag.contains("-") || tag.utf8.count <= 3 else { return nil }
        return tag
    }

    /// A word after `before`: engines let words begin a little before the one in front of them, and end before they
    /// begin. Nil where there is no text.
    static func word(
        _ text: String,
        from start: TranscriptTime,
        to end: TranscriptTime,
        confidence: Double?,
        after before: TranscriptWord?
    ) throws(TranscriptError) -> TranscriptWord? {
        guard !SpokenText.trimmed(text).isEmpty else { return nil }
        let start = max(start, before?.start ?? start)
        return try TranscriptWord(
            start: start,
            end: max(start, end),
            text: text,
            confidence: Self.confidence(confidence)
        )
    }

    /// `read` of each, with the number of the segment that went wrong; segments come out in order.
    static func segments<Element>(
        _ elements: [Element],
        _ read: (Element) throws(TranscriptError) -> TranscriptSegment?
    ) throws(TranscriptError) -> [TranscriptSegment] {
        var segments: [TranscriptSegment] = []
        for (index, element) in elements.enumerated() {
            do throws(TranscriptError) {
                if let segment = try read(element) { segments.append(segment) }
            } catch {
                throw error.at(.segment(index + 1))
            }
        }
        return segments.inOrder
    }

    private static func wrong(_ time: String) -> TranscriptError {
        TranscriptError(
            .time,
            "\(time) is no time of a recording",
            hint: "seconds from 0 to \(TranscriptTime.limit / 1000)"
        )
    }
}
