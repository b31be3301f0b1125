internal import Foundation

/// The form in which people read and edit a transcript: a line for each segment, with its times and speaker.
enum EditableText {
    private static let help = """
        # risalah transcript
        #
        # One segment for each line in brackets:   [start - end speaker] text
        # More lines of the same text begin with spaces. Without a speaker: [start - end] text
        # Lines that begin with # are not kept. A ] in the name of a speaker is written \\], a \\ is written \\\\.
        # Correct speakers and texts; keep the times, unless they are wrong: what is found and played hangs on them.

        """

    /// Whether the document begins as this form does.
    static func begins(_ lines: [Line]) -> Bool {
        guard let line = lines.first(where: { !$0.isBlank && !$0.hasPrefix("#") }) else {
            return lines.first?.hasPrefix("# risalah transcript") ?? false
        }
        return (try? head(line)) != nil
    }

    /// Reads times, speakers and texts, and nothing else; the first mistake is named by its line.
    static func parse(_ data: Data) throws(TranscriptError) -> Transcript {
        var (segments, lineOf) = ([TranscriptSegment](), [Int]())
        var rest = try Lines.of(data)[...]
        while let line = rest.popFirst() {
            if line.isBlank || line.hasPrefix("#") { continue }
            let head = try head(line)
            var text = head.text
            while let next = rest.first, next.isBlank || isIndented(next) {
                text += "\n" + next.text
                rest.removeFirst()
            }
            do throws(TranscriptError) {
                segments.append(
                    try TranscriptSegment(start: head.start, end: head.end, speaker: head.speaker, text: text)
                )
            } catch {
                throw error.at(.line(line.number))
            }
            lineOf.append(line.number)
        }
        do throws(TranscriptError) {
            return try Transcript(segments: segments)
        } catch {
            guard case .segment(let number) = error.place else { throw error }
            throw TranscriptError(error.code, error.reason, hint: error.hint, at: .line(lineOf[number - 1]))
        }
    }

    /// Writes what ``parse(_:)`` reads, and what a guard has found as comments.
    static func write(_ transcript: Transcript) -> Data {
        var text = help
        for segment in transcript.segments {
            let flags = segment.flags.sorted().map(\.rawValue).joined(separator: ", ")
            if !flags.isEmpty { text += "# to be checked: \(flags)\n" }
            let speaker = segment.speaker.map { " " + escaped($0) } ?? ""
            let lines = segment.text.unicodeScalars.split(separator: "\n").map { String($0) }
            text += "[\(segment.start) - \(segment.end)\(speaker)] \(lines.joined(separator: "\n    "))\n"
        }
        return Data(text.utf8)
    }

    private static func isIndented(_ line: Line) -> Bool { line.hasPrefix(" ") || line.hasPrefix("\t") }

    private typealias Head = (start: TranscriptTime, end: TranscriptTime, speaker: String?, text: String)

    /// `[start - end speaker] text`.
    private static func head(_ line: Line) throws(TranscriptError) -> Head {
        let wrong = line.error(
            .syntax,
            "[start - end speaker] was expected",
            hint: "times are hh:mm:ss.ttt; a line that continues a text begins with spaces"
        )
        guard line.hasPrefix("[") else { throw wrong }
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var rest = line.bytes.dropFirst().drop(while: isSpace)
        func word() -> ArraySlice<UInt8> {
            let word = rest.prefix { !isSpace($0) && $0 != UInt8(ascii: "]") }
            rest = rest[word.endIndex...].drop(while: isSpace)
            return word
        }
        guard let start = TranscriptTime(parsing: word(), comma: true), word().elementsEqual("-".utf8),
            let end = TranscriptTime(parsing: word(), comma: true)
        else { throw wrong }
        var (speaker, isClosed) = ([UInt8](), false)
        while let byte = rest.popFirst() {
            isClosed = byte == UInt8(ascii: "]")
            if isClosed { break }
            speaker.append(byte == UInt8(ascii: "\\") ? rest.popFirst() ?? byte : byte)
        }
        guard isClosed else { throw wrong }
        return (start, end, String(decoding: speaker, as: UTF8.self), String(decoding: rest, as: UTF8.self))
    }

    private static func escaped(_ speaker: String) -> String {
        var text = String.UnicodeScalarView()
        for scalar in speaker.unicodeScalars {
            if scalar == "]" || scalar == "\\" { text.append("\\") }
            text.append(scalar)
        }
        return String(text)
    }
}
