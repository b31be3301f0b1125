internal import Foundation

/// SubRip (`.srt`), which nobody has specified: as whisper.cpp, VLC and ffmpeg write and read it.
enum SubRip {
    /// Reads a document; points for commas, missing numbers, tags and coordinates after the times are tolerated.
    static func parse(_ data: Data) throws(TranscriptError) -> Transcript {
        var segments: [TranscriptSegment] = []
        var rest = try Lines.of(data)[...]
        while let line = rest.first {
            if line.isBlank {
                rest.removeFirst()
            } else {
                segments += try cue(&rest).segments { payload throws(TranscriptError) in said(payload) }
            }
        }
        return try Transcript(segments: segments.inOrder)
    }

    /// Whether the document begins as SubRip does: with times, or a number and times.
    static func begins(_ lines: [Line]) -> Bool {
        let filled = lines.lazy.filter { !$0.isBlank }.prefix(2)
        guard let first = filled.first else { return false }
        let line = isNumber(first) ? filled.dropFirst().first : first
        return line.map(isTimes) ?? false
    }

    private static func cue(_ rest: inout ArraySlice<Line>) throws(TranscriptError) -> Cue {
        var id: Line?
        if let line = rest.first, isNumber(line) {
            id = line
            rest.removeFirst()
        }
        guard let line = rest.popFirst() else {
            let number = id?.number ?? 1
            throw TranscriptError(
                .syntax,
                "the document ends after the number of a cue",
                hint: "times have to follow: hh:mm:ss,ttt --> hh:mm:ss,ttt",
                at: .line(number)
            )
        }
        var cue = try Cue(times: line, id: id, comma: true)
        while let line = rest.first, !line.isBlank {
            guard !isTimes(line) else {
                throw line.error(
                    .syntax,
                    "the text of a cue was expected, and times are there",
                    hint: "put an empty line in front of the next cue"
                )
            }
            cue.payload.append(line)
            rest.removeFirst()
        }
        return cue
    }

    private static func isNumber(_ line: Line) -> Bool {
        let digits = SpokenText.trimmed(line.text).utf8
        return (1...9).contains(digits.count)
            && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func isTimes(_ line: Line) -> Bool {
        line.contains("-->") && (try? Cue(times: line, id: nil, comma: true)) != nil
    }

    private static func said(_ payload: String) -> [Cue.Said] {
        guard let (name, text) = SpeakerPrefix.bracketed(payload) else {
            return [.init(text: SubRipText.read(payload))]
        }
        return [.init(speaker: SubRipText.read(name), text: SubRipText.read(text))]
    }

    /// Writes speakers as `[Name]: ` in front of the text; confidence, words, flags and language have no place in it.
    static func write(_ transcript: Transcript) -> Data {
        var text = ""
        for (index, segment) in transcript.segments.enumerated() {
            var payload = SubRipText.escaped(segment.text)
            if let speaker = segment.speaker {
                payload = "[\(SubRipText.escaped(speaker, brackets: true))]: \(payload)"
            } else if SpeakerPrefix.bracketed(payload) != nil {
                payload = SpeakerPrefix.escaped(payload)
            }
            text += "\(index + 1)\n\(time(segment.start)) --> \(time(segment.end))\n\(payload)\n\n"
        }
        return Data(text.utf8)
    }

    private static func time(_ time: TranscriptTime) -> String {
        String(String.UnicodeScalarView(time.text.unicodeScalars.map { $0 == "." ? "," : $0 }))
    }
}

/// Text in SubRip: tags of a few names, and references, which most players know.
enum SubRipText {
    private static let tags: Set<String> = ["b", "i", "u", "s", "font"]
    private static let longestTag = 200

    /// `payload` without tags, references decoded.
    static func read(_ payload: String) -> String {
        let scalars = Array(payload.unicodeScalars)
        var (text, index) = (String.UnicodeScalarView(), 0)
        while index < scalars.count {
            if let length = tag(scalars[index...]) {
                index += length
                continue
            }
            let reference = CharacterReference.decode(scalars[index...], needsSemicolon: true)
            text.append(reference?.scalar ?? scalars[index])
            index += reference?.count ?? 1
        }
        return String(text)
    }

    /// `text` with references where it would be read as something else; what is not has none, for there are players that
    /// show them.
    ///
    /// - Parameter brackets: whether square brackets are among them, and references in what is nearly a name.
    static func escaped(_ text: String, brackets: Bool = false) -> String {
        let scalars = Array(text.unicodeScalars)
        var payload = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            let isArrow = scalar == ">" && index > 1 && scalars[(index - 2)..<index].allSatisfy { $0 == "-" }
            let isSpecial =
                tag(scalars[index...]) != nil || isArrow
                || CharacterReference.decode(scalars[index...], needsSemicolon: true) != nil
                || (brackets && (scalar == "[" || scalar == "]"))
            if isSpecial {
                payload.append(contentsOf: "&#\(scalar.value);".unicodeScalars)
            } else {
                payload.append(scalar)
            }
        }
        return String(payload)
    }

    /// How long the tag is that `text` begins with: `<b>`, `</font>`, `{\an8}`; nil where it begins with none.
    private static func tag(_ text: ArraySlice<Unicode.Scalar>) -> Int? {
        guard text.first == "<" || text.starts(with: "{\\".unicodeScalars) else { return nil }
        // Whoever writes `<b` without end makes nobody look for it again and again.
        let line = text.prefix(longestTag).prefix { $0 != "\n" }
        if text.first == "{" { return line.firstIndex(of: "}").map { $0 - text.startIndex + 1 } }
        let name = line.dropFirst(line.dropFirst().first == "/" ? 2 : 1).prefix { $0.properties.isAlphabetic }
        guard tags.contains(String(String.UnicodeScalarView(name)).lowercased()),
            let next = line[name.endIndex...].first, next == ">" || next == " "
        else { return nil }
        return line.firstIndex(of: ">").map { $0 - text.startIndex + 1 }
    }
}
