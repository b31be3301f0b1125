internal import Foundation

/// Names and times as other services wrote them, made fit for the archive (Docs/http.md, Sending).
enum FoundText {
    /// Bytes of a name that the archive takes.
    private static let longestName = 500
    /// Bytes of a description that the archive takes.
    static let longestDescription = 8_192
    /// Names of one kind that the archive takes.
    private static let mostNames = 200

    /// `text` as one line: control characters and runs of blanks are one blank; nil where nothing is left.
    static func line(_ text: some StringProtocol) -> String? {
        var words: [String.UnicodeScalarView] = []
        var word = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isBlank = scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
            if !isBlank {
                word.append(scalar)
            } else if !word.isEmpty {
                words.append(word)
                word = String.UnicodeScalarView()
            }
        }
        if !word.isEmpty { words.append(word) }
        let line = cut(words.map { String($0) }.joined(separator: " "), to: longestName)
        return line.isEmpty ? nil : line
    }

    /// The name of a file as the archive takes it for an attachment: of 255 bytes at most, its ending kept.
    static func fileName(_ name: String) -> String {
        let clean = line(name.replacing("/", with: " ")) ?? "attachment"
        guard clean.utf8.count > longestFileName else { return clean }
        let ending = clean.lastIndex(of: ".").map { String(clean[$0...]) } ?? ""
        guard ending.utf8.count <= 32 else { return cut(clean, to: longestFileName) }
        return cut(clean, to: longestFileName - ending.utf8.count) + ending
    }

    private static let longestFileName = 255

    /// As much of `text` as has `limit` bytes, cut between characters.
    static func cut(_ text: String, to limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        var (end, bytes) = (text.startIndex, 0)
        while end < text.endIndex {
            let next = text.index(after: end)
            bytes += text[end..<next].utf8.count
            if bytes > limit { break }
            end = next
        }
        return String(text[..<end])
    }

    /// Each of `names` once, in their order, as many as the archive takes.
    static func names(_ names: some Sequence<String>) -> [String] {
        var seen: Set<String> = []
        return Array(names.compactMap(line).filter { seen.insert($0).inserted }.prefix(mostNames))
    }

    /// The time that six numbers, year to second, are in `zone`; nil where there is no such day or hour.
    static func time(_ numbers: [Int], _ zone: TimeZone) -> Date? {
        guard numbers.count == 6, numbers[0] >= 1970 else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let asked = DateComponents(
            year: numbers[0],
            month: numbers[1],
            day: numbers[2],
            hour: numbers[3],
            minute: numbers[4],
            second: numbers[5]
        )
        guard let date = calendar.date(from: asked) else { return nil }
        let found = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        return found == asked ? date : nil
    }

    /// The numbers that stand in `text`, in their order.
    static func numbers(_ text: some StringProtocol) -> [Int] {
        text.split { !("0"..."9").contains($0) }.compactMap { Int($0) }
    }

    /// `1:02:03.004` for so many seconds.
    static func clock(_ seconds: Double) -> String {
        let milliseconds = Int((max(0, seconds) * 1000).rounded())
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let thousandths = String(String(milliseconds % 1000 + 1000).dropFirst())
        let whole = milliseconds / 1000
        return "\(whole / 3600):\(two(whole / 60 % 60)):\(two(whole % 60)).\(thousandths)"
    }
}
