/// The one spelling, written and read without Foundation: each decision has several times in it, and Foundation's
/// styles take as long as the rest of it.
extension Timestamp {
    /// Milliseconds of the beginning of the year 10000, from which on a year has five digits.
    static let end = 253_402_300_800_000.0

    private static let millisecondsOfDay = 86_400_000

    /// The text of a time between 1970 and 9999.
    static func canonicalText(_ milliseconds: Int) -> String {
        let (day, time) = milliseconds.quotientAndRemainder(dividingBy: millisecondsOfDay)
        let date = civil(day)
        return String(unsafeUninitializedCapacity: 24) { buffer in
            var place = 0
            func put(_ value: Int, digits: Int, then mark: Unicode.Scalar) {
                var rest = value
                for digit in stride(from: place + digits - 1, through: place, by: -1) {
                    buffer[digit] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                }
                place += digits
                buffer[place] = UInt8(ascii: mark)
                place += 1
            }
            put(date.year, digits: 4, then: "-")
            put(date.month, digits: 2, then: "-")
            put(date.day, digits: 2, then: "T")
            put(time / 3_600_000, digits: 2, then: ":")
            put(time / 60_000 % 60, digits: 2, then: ":")
            put(time / 1000 % 60, digits: 2, then: ".")
            put(time % 1000, digits: 3, then: "Z")
            return place
        }
    }

    /// The milliseconds since 1970 of a text as ``canonicalText(_:)`` writes it; nil for any other.
    static func canonicalTime(_ text: String) -> Int? {
        var text = text
        return text.withUTF8 { canonicalTime(UnsafeRawBufferPointer($0)) }
    }

    /// The same of its bytes.
    static func canonicalTime(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count == 24 else { return nil }
        var place = 0
        func number(_ digits: Int, then mark: Unicode.Scalar) -> Int? {
            var value = 0
            for index in place..<place + digits {
                let digit = bytes[index] &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                value = 10 * value + Int(digit)
            }
            guard bytes[place + digits] == UInt8(ascii: mark) else { return nil }
            place += digits + 1
            return value
        }
        guard let year = number(4, then: "-"), let month = number(2, then: "-"), let day = number(2, then: "T"),
            let hour = number(2, then: ":"), let minute = number(2, then: ":"), let second = number(2, then: "."),
            let millisecond = number(3, then: "Z"), year >= 1970, (1...12).contains(month), hour < 24, minute < 60,
            second < 60
        else { return nil }
        let days = days(year, month, day)
        // A day that the month does not have is the day of another month.
        guard civil(days) == (year, month, day) else { return nil }
        return ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + millisecond
    }

    /// The date of a day counted from 1970-01-01, in the Gregorian calendar; years begin in March on the way, so that the
    /// leap day is the last.
    private static func civil(_ day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// The day counted from 1970-01-01 of a date not before that.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let yearOfEra = shifted % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return shifted / 400 * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
