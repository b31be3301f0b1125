import ArchiveCore
import Foundation

/// Days and minutes of a zone, for a million times: the zone is asked once for each quarter of an hour, within which no
/// zone changes its offset.
struct ZonedDays {
    private static let quarter = 900.0

    private let zone: TimeZone
    private var known: (quarter: Double, offset: Double)?

    init(zone: TimeZone) { self.zone = zone }

    /// The day, counted from 1970-01-01 of the zone, and the minute of it.
    mutating func place(of time: Date) -> (day: Int, minute: Int) {
        let seconds = time.timeIntervalSince1970
        let quarter = (seconds / Self.quarter).rounded(.down)
        let offset: Double
        if let known, known.quarter == quarter {
            offset = known.offset
        } else {
            offset = Double(zone.secondsFromGMT(for: time))
            known = (quarter, offset)
        }
        let minute = Int(((seconds + offset) / 60).rounded(.down))
        let day = minute >= 0 ? minute / 1440 : (minute - 1439) / 1440
        return (day, minute - day * 1440)
    }

    /// The date `YYYY-MM-DD` of a day.
    static func date(_ day: Int) -> String {
        String(Timestamp.text(Date(timeIntervalSince1970: Double(day) * 86_400)).prefix(10))
    }

    /// Which day of the week it is: 1970-01-01 was a Thursday.
    static func weekday(_ day: Int) -> OfficeHours.Day { OfficeHours.Day.allCases[((day + 3) % 7 + 7) % 7] }
}

/// Whether people were at work at a time.
struct OfficeCalendar {
    private let hours: OfficeHours
    private var days: ZonedDays
    private var known: (day: Int, date: String)?

    init(_ hours: OfficeHours, zone: TimeZone) {
        self.hours = hours
        days = ZonedDays(zone: zone)
    }

    mutating func contains(_ time: Date) -> Bool {
        let (day, minute) = days.place(of: time)
        if known?.day != day { known = (day, ZonedDays.date(day)) }
        return hours.contains(ZonedDays.weekday(day), date: known?.date ?? "", minute: minute)
    }
}
