extension Transcript {
    /// The speakers, in the order in which they begin to speak.
    public var speakers: [String] {
        var seen: Set<String> = []
        return segments.compactMap(\.speaker).filter { seen.insert($0).inserted }
    }

    /// The same with another name for a speaker; where that is another speaker's name, the two become one.
    ///
    /// - Throws: `unknownSpeaker`, with those that there are; `value` where the new name is none.
    public func renamingSpeaker(_ speaker: String, to name: String) throws(TranscriptError) -> Self {
        guard let name = try SpokenText.line(name, "speaker") else {
            throw TranscriptError(.value, "the name of the speaker is empty", hint: "give a name")
        }
        guard speakers.contains(speaker) else {
            let known = speakers.prefix(20).map(\.debugDescription).joined(separator: ", ")
            throw TranscriptError(
                .unknownSpeaker,
                "nobody speaks under the name \(speaker.debugDescription)",
                hint: known.isEmpty ? "no segment has a speaker" : "the speakers are \(known)"
            )
        }
        var renamed: [TranscriptSegment] = []
        for segment in segments {
            renamed.append(segment.speaker == speaker ? try segment.spoken(by: name) : segment)
        }
        return try with(renamed)
    }

    /// This transcript, read from a document that people edited, with what such a document has no place for taken from
    /// the revision that it was made of: language, engine and model; confidence, words and flags of segments whose times
    /// and text are as they were.
    public func completed(from original: Transcript) throws(TranscriptError) -> Self {
        struct Key: Hashable {
            let start: TranscriptTime
            let end: TranscriptTime
            let text: String
        }
        let known = Dictionary(
            original.segments.map { (Key(start: $0.start, end: $0.end, text: $0.text), $0) },
            uniquingKeysWith: { first, _ in first }
        )
        var completed: [TranscriptSegment] = []
        for segment in segments {
            let old = known[Key(start: segment.start, end: segment.end, text: segment.text)]
            completed.append(try old?.spoken(by: segment.speaker) ?? segment)
        }
        return try Self(
            language: language ?? original.language,
            engine: original.engine,
            model: original.model,
            revision: revision,
            author: author,
            segments: completed
        )
    }
}
