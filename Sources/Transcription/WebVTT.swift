internal import Foundation

/// WebVTT (W3C), and what Zoom makes of it.
enum WebVTT {
    /// A file as blocks.
    struct File {
        /// What the header says after the first line.
        var header: [Line] = []
        var cues: [Cue] = []

        /// Whether every cue is numbered, none has a voice, and most begin with a name: as Zoom writes them.
        var isZoom: Bool {
            guard !cues.isEmpty else { return false }
            let isNumbered = cues.enumerated().allSatisfy { $1.id.map(\.text) == String($0 + 1) }
            let named = cues.count { SpeakerPrefix.named($0.text) != nil }
            return isNumbered && named * 2 > cues.count && !cues.contains { CueText.hasVoice($0.text) }
        }
    }

    /// Whether it begins as WebVTT does (section 4.1).
    static func begins(_ line: Line) -> Bool {
        guard line.hasPrefix("WEBVTT") else { return false }
        return line.bytes.dropFirst(6).first.map { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") } ?? true
    }

    /// Reads a file (section 6.1). What browsers drop in silence, such as a cue whose times are wrong, is refused here.
    static func read(_ lines: [Line]) throws(TranscriptError) -> File {
        guard let first = lines.first, begins(first) else {
            throw TranscriptError(
                .format,
                "WEBVTT was expected",
                hint: "the first line of WebVTT is WEBVTT",
                at: .line(1)
            )
        }
        var file = File()
        var rest = lines.dropFirst()
        // The header ends with an empty line, or where the first cue begins.
        while let line = rest.first, !line.isEmpty, !line.contains("-->") {
            file.header.append(line)
            rest.removeFirst()
        }
        while let line = rest.first {
            if line.isEmpty {
                rest.removeFirst()
            } else if let cue = try cue(&rest) {
                file.cues.append(cue)
            }
        }
        return file
    }

    /// One block; nil where it is no cue.
    private static func cue(_ rest: inout ArraySlice<Line>) throws(TranscriptError) -> Cue? {
        var id: Line?
        if let line = rest.first, !line.contains("-->") {
            let words = ["NOTE", "STYLE", "REGION"]
            let word = String(line.text.unicodeScalars.prefix { $0 != " " && $0 != "\t" })
            let next = rest.dropFirst().first
            rest.removeFirst()
            if next?.contains("-->") != true {
                guard words.contains(word) else {
                    throw line.error(
                        .syntax,
                        "a cue was expected",
                        hint: "an empty line ends a cue: remove it, or write times"
                    )
                }
                while let line = rest.first, !line.isEmpty, !line.contains("-->") { rest.removeFirst() }
                return nil
            }
            id = line
        }
        guard let line = rest.popFirst() else { return nil }
        var cue = try Cue(times: line, id: id, comma: false)
        while let line = rest.first, !line.isEmpty, !line.contains("-->") {
            cue.payload.append(line)
            rest.removeFirst()
        }
        return cue
    }

    /// Reads a document; `zoom` says whether speakers stand in front of the text, as Zoom writes them.
    static func parse(_ data: Data, zoom: Bool) throws(TranscriptError) -> Transcript {
        let file = try read(Lines.of(data))
        var segments: [TranscriptSegment] = []
        for cue in file.cues {
            segments += try cue.segments { payload throws(TranscriptError) in try said(payload, zoom: zoom) }
        }
        return try Transcript(language: language(file.header), segments: segments.inOrder)
    }

    private static func said(_ payload: String, zoom: Bool) throws(TranscriptError) -> [Cue.Said] {
        guard !CueText.hasVoice(payload),
            let (name, text) = zoom ? SpeakerPrefix.named(payload) : SpeakerPrefix.bracketed(payload)
        else { return try CueText.runs(payload) }
        let speaker = try CueText.runs(name).map(\.text).joined()
        return try CueText.runs(text).map { Cue.Said(speaker: speaker, text: $0.text) }
    }

    /// `Language: id` in the header, as YouTube and ffmpeg write it; players pass it over.
    private static func language(_ header: [Line]) -> String? {
        let line = header.first { $0.hasPrefix("Language:") }
        let tag = line.map { SpokenText.trimmed($0.text.dropFirst(9)) }
        return tag.flatMap { Transcript.isTag($0) ? $0 : nil }
    }

    /// Writes speakers as voices; confidence, words and flags have no place in it.
    static func write(_ transcript: Transcript) -> Data {
        var text = "WEBVTT\n"
        if let language = transcript.language { text += "Language: \(language)\n" }
        for segment in transcript.segments {
            var payload = CueText.escaped(segment.text)
            if let speaker = segment.speaker {
                payload = "<v \(CueText.escaped(speaker))>\(payload)"
            } else if SpeakerPrefix.bracketed(payload) != nil {
                payload = SpeakerPrefix.escaped(payload)
            }
            text += "\n\(segment.start) --> \(segment.end)\n\(payload)\n"
        }
        return Data(text.utf8)
    }
}
