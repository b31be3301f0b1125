public import Foundation

extension TranscriptFormat {
    /// The format of a document, by what is in it; by its name only where that is a beginning of any.
    ///
    /// - Parameter name: of the file, where it has one.
    /// - Throws: `format`, with what the document seems to be and what to do instead; `encoding` and `tooLarge` where it is
    ///   no text of a transcript at all; `syntax` for JSON that is none.
    public static func detect(_ data: Data, name: String? = nil) throws(TranscriptError) -> Self {
        let beginning = data.prefix(4 << 10).drop { $0 == 0xEF || $0 == 0xBB || $0 == 0xBF || JSONScanner.isSpace($0) }
        if isJSON(beginning) { return try json(Lines.repaired(data)) }
        let lines = try Lines.of(data)
        if let first = lines.first, WebVTT.begins(first) { return try WebVTT.read(lines).isZoom ? .zoom : .vtt }
        if SubRip.begins(lines) { return .srt }
        if EditableText.begins(lines) { return .txt }
        if let error = known(lines) { throw error }
        if let format = named(name) { return format }
        throw TranscriptError(
            .format,
            lines.isEmpty ? "the document is empty" : "it begins like no transcript that is read here",
            hint: "WebVTT, SubRip, JSON of an engine, or the form that is edited",
            at: .line(1)
        )
    }

    private static func isJSON(_ beginning: Data) -> Bool {
        guard beginning.first == UInt8(ascii: "[") else { return beginning.first == UInt8(ascii: "{") }
        let next = beginning.dropFirst().first { !JSONScanner.isSpace($0) }
        return next == UInt8(ascii: "{") || next == UInt8(ascii: "]")
    }

    private static func json(_ data: Data) throws(TranscriptError) -> Self {
        let text = [UInt8](try Lines.text(data))
        var scanner = JSONScanner(text, allowsNonFinite: true)
        try scanner.value()
        let fields = scanner.fields
        // Vosk's results follow each other; other documents are one value.
        if !fields.isDisjoint(with: ["partial", "alternatives"])
            || (fields.contains("text") && !fields.contains("segments") && !fields.contains("start"))
        {
            return .vosk
        }
        try scanner.end()
        if fields.contains("format") { return .json }
        if fields.contains("transcription") { return .whisperCpp }
        if fields.isSuperset(of: ["events", "start_time"]) { return .jigasi }
        if fields.contains("segments") || fields.isSuperset(of: ["start", "end", "text"]) { return .whisper }
        if fields.isSuperset(of: ["locale", "localeName"]) {
            throw TranscriptError(
                .format,
                "it is BigBlueButton's list of captions, not the captions",
                hint: "take caption_LOCALE.vtt beside it",
                at: .line(1)
            )
        }
        throw TranscriptError(
            .format,
            "it is JSON, and no transcript that is read here",
            hint: "the archive's own has \"format\": \(Transcript.format.debugDescription)",
            at: .line(1)
        )
    }

    /// What a document is that holds a transcript, or something near it, and cannot be taken.
    private static func known(_ lines: [Line]) -> TranscriptError? {
        guard let line = lines.first(where: { !$0.isBlank }) else { return nil }
        let text = line.text
        let (reason, hint): (String, String)
        if line.hasPrefix("<") {
            (reason, hint) = ("it is XML or HTML", "of BigBlueButton take caption_LOCALE.vtt, not the events")
        } else if text.hasPrefix("start\tend\ttext") || text.hasPrefix("start,end,text") {
            (reason, hint) = ("it is a table", "have the engine write JSON, which has speakers and words")
        } else if line.hasPrefix("[by:") || line.hasPrefix("[re:") {
            (reason, hint) = ("it is LRC, which has no ends", "have the engine write JSON")
        } else if isSubViewer(line) {
            (reason, hint) = ("it is SubViewer (.sbv)", "convert it to WebVTT or SubRip")
        } else if isClock(line) {
            (reason, hint) = (
                "it has times of the day, not of the recording", "take the .vtt of Zoom's cloud recording"
            )
        } else if SpeakerPrefix.bracketed(text) != nil {
            (reason, hint) = ("it has no times", "have the engine write JSON")
        } else {
            return nil
        }
        return line.error(.format, reason, hint: hint)
    }

    /// `0:00:00.378,0:00:11.378`.
    private static func isSubViewer(_ line: Line) -> Bool {
        let times = line.bytes.split(separator: UInt8(ascii: ","))
        return times.count == 2 && times.allSatisfy { TranscriptTime(parsing: $0, comma: false) != nil }
    }

    /// `[Name] 11:02:09`, as Zoom saves closed captions.
    private static func isClock(_ line: Line) -> Bool {
        guard line.hasPrefix("["), let close = line.bytes.lastIndex(of: UInt8(ascii: "]")) else { return false }
        let time = line.bytes[(close + 1)...].drop { $0 == UInt8(ascii: " ") }
        return TranscriptTime(parsing: time + Array(".000".utf8), comma: false) != nil
    }

    private static func named(_ name: String?) -> Self? {
        guard let name = name?.lowercased() else { return nil }
        return [Self.srt, .vtt, .txt].first { name.hasSuffix("." + $0.rawValue) }
    }
}
