/// A place in a recording: milliseconds from its beginning, so that what was read is what is written.
///
/// ``text`` is the one way in which transcripts, minutes and differences write it; in JSON it is a number of seconds.
public struct TranscriptTime: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Milliseconds; 0 to ``limit``.
    public let milliseconds: Int

    /// The last that can be written: a thousand hours, less a millisecond.
    public static let limit = 3_600_000_000 - 1
    /// The beginning.
    public static let zero = TranscriptTime(unchecked: 0)

    private init(unchecked milliseconds: Int) { self.milliseconds = milliseconds }

    /// A time; nil before the beginning and after ``limit``.
    public init?(milliseconds: Int) {
        guard (0...Self.limit).contains(milliseconds) else { return nil }
        self.milliseconds = milliseconds
    }

    /// The nearest millisecond; nil where that is before the beginning or after ``limit``, and for what is no number.
    public init?(seconds: Double) {
        let milliseconds = (seconds * 1000).rounded()
        // NaN compares false.
        guard milliseconds >= 0, milliseconds <= Double(Self.limit) else { return nil }
        self.milliseconds = Int(milliseconds)
    }

    /// In seconds.
    public var seconds: Double { Double(milliseconds) / 1000 }

    /// `hh:mm:ss.ttt`, as WebVTT has it (section 4.1, "WebVTT timestamp").
    public var text: String { clock + "." + Self.padded(milliseconds % 1000, 3) }

    /// ``text`` without the thousandths: for people to read, not to read back.
    public var clock: String {
        [milliseconds / 3_600_000, milliseconds / 60_000 % 60, milliseconds / 1000 % 60]
            .map { Self.padded($0, 2) }.joined(separator: ":")
    }

    /// ``text``.
    public var description: String { text }

    /// Whether one is before the other.
    public static func < (one: Self, other: Self) -> Bool { one.milliseconds < other.milliseconds }

    /// The later by so much; at most ``limit``.
    func later(by milliseconds: Int) -> Self {
        Self(unchecked: min(self.milliseconds + max(milliseconds, 0), Self.limit))
    }

    /// Reads `hh:mm:ss.ttt` with one or more digits of hours, or `mm:ss.ttt`.
    ///
    /// - Parameter comma: whether a comma is as good as the point, as SubRip has it.
    init?(parsing text: some Collection<UInt8>, comma: Bool) {
        var parts = text.split(separator: UInt8(ascii: ":"), maxSplits: 3, omittingEmptySubsequences: false)[...]
        guard (2...3).contains(parts.count), let last = parts.popLast() else { return nil }
        let seconds = last.prefix(2)
        let mark = last.dropFirst(2).prefix(1)
        guard mark.elementsEqual([UInt8(ascii: ".")]) || (comma && mark.elementsEqual([UInt8(ascii: ",")])),
            let second = Self.number(seconds, digits: 2...2), second < 60,
            let thousandth = Self.number(last.dropFirst(3), digits: 3...3),
            let minutes = parts.popLast(), let minute = Self.number(minutes, digits: 2...2), minute < 60
        else { return nil }
        var hour = 0
        if let hours = parts.popLast() {
            guard let number = Self.number(hours, digits: 1...6) else { return nil }
            hour = number
        }
        self.init(milliseconds: ((hour * 60 + minute) * 60 + second) * 1000 + thousandth)
    }

    private static func number(_ text: some Collection<UInt8>, digits: ClosedRange<Int>) -> Int? {
        guard digits.contains(text.count) else { return nil }
        var number = 0
        for byte in text {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return number
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(width - digits.count, 0)) + digits
    }
}

extension TranscriptTime: Codable {
    /// Reads a number of seconds.
    public init(from decoder: any Decoder) throws {
        let seconds = try decoder.singleValueContainer().decode(Double.self)
        guard let time = Self(seconds: seconds) else {
            throw TranscriptError(
                .time,
                "\(seconds) is no time of a recording",
                hint: "seconds from 0 to \(Self.limit / 1000)"
            ).decoding(at: decoder.codingPath)
        }
        self = time
    }

    /// Writes a number of seconds, with three digits after the point at most.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(seconds)
    }
}
