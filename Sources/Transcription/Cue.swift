/// A cue of WebVTT or SubRip before its text is read.
struct Cue {
    /// The line with the times.
    let line: Line
    /// The line in front of the times.
    let id: Line?
    let start: TranscriptTime
    let end: TranscriptTime
    /// The lines of the text.
    var payload: [Line] = []

    /// What one voice says in a cue, before it is brought into form.
    struct Said {
        var speaker: String?
        var text: String
    }

    var text: String { payload.map(\.text).joined(separator: "\n") }

    /// Reads `start --> end` and leaves settings after it aside.
    ///
    /// - Parameter comma: whether a comma may be in front of the thousandths.
    init(times line: Line, id: Line?, comma: Bool) throws(TranscriptError) {
        let arrow = Array("-->".utf8)
        let bytes = line.bytes
        let place = bytes.indices.first { bytes[$0...].starts(with: arrow) } ?? bytes.endIndex
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var first = bytes[..<place].drop(while: isSpace)
        while let last = first.last, isSpace(last) { first.removeLast() }
        let second = bytes[place...].dropFirst(arrow.count).drop(while: isSpace).prefix { !isSpace($0) }
        guard let start = TranscriptTime(parsing: first, comma: comma),
            let end = TranscriptTime(parsing: second, comma: comma)
        else {
            let mark = comma ? "," : "."
            throw line.error(
                .time,
                "times were expected",
                hint: "hh:mm:ss\(mark)ttt --> hh:mm:ss\(mark)ttt"
            )
        }
        (self.line, self.id, self.start, self.end) = (line, id, start, end)
    }

    /// Segments of what `read` finds in the text; those without text are left out.
    ///
    /// - Throws: with the line of the cue.
    func segments(_ read: (String) throws(TranscriptError) -> [Said]) throws(TranscriptError) -> [TranscriptSegment] {
        do throws(TranscriptError) {
            var segments: [TranscriptSegment] = []
            for said in try read(text) where try !SpokenText.lines(said.text).isEmpty {
                segments.append(try TranscriptSegment(start: start, end: end, speaker: said.speaker, text: said.text))
            }
            return segments
        } catch {
            throw error.at(.line(line.number))
        }
    }
}

extension [TranscriptSegment] {
    /// In the order of the beginnings; those that begin together stay as they are.
    var inOrder: Self {
        enumerated().sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }.map(\.element)
    }
}
