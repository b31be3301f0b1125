import ArchiveConfiguration
import ArchiveCore
import Foundation

extension OfficeHours {
    /// So many days fit into an entry of the log.
    private static var mostClosed: Int { 1000 }

    /// Reads `{ days: [monday], from: "07:30", to: "16:00", closed: [2026-12-25] }`.
    init(_ value: ConfigurationValue) throws(ConfigurationError) {
        self = try value.mapping { map throws(ConfigurationError) in
            var days: [Day] = []
            for item in try map.required("days").list(atLeast: 1) {
                let day = try item.choice(of: Day.self)
                guard !days.contains(day) else { throw item.fail("each day once") }
                days.append(day)
            }
            let opens = try Self.minute(map.required("from"))
            let end = try map.required("to")
            let closes = try Self.minute(end)
            var closed: [String] = []
            let holidays = map.optional("closed")
            for item in try holidays?.list() ?? [] {
                let text = try item.string()
                // Some calendars make 2 March of 30 February; the one that writes has it not.
                let day = Timestamp.date("\(text)T00:00:00.000Z").map(Timestamp.text)
                guard text.utf8.count == 10, day?.hasPrefix(text) == true else {
                    throw item.fail("a date, like 2026-12-25")
                }
                closed.append(text)
            }
            if let holidays, closed.count > Self.mostClosed {
                throw holidays.fail("at most \(Self.mostClosed) days, which the log keeps")
            }
            guard let hours = OfficeHours(days: days, opens: opens, closes: closes, closed: closed) else {
                throw end.fail("a time of the same day after from")
            }
            return hours
        }
    }

    private static func minute(_ value: ConfigurationValue) throws(ConfigurationError) -> Int {
        guard let minute = minute(try value.string()) else { throw value.fail("HH:MM in quotes, like \"07:30\"") }
        return minute
    }
}
