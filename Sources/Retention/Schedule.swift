import ArchiveConfiguration
public import ArchiveCore
public import Foundation

/// The retention schedule, *jadwal retensi arsip*: how long what is kept, and what becomes of it then (DESIGN.md
/// section 6). Pure: the times come from the caller.
public struct Schedule: Sendable, Equatable {
    /// The series in the order of the file; at least one.
    public let series: [Series]

    /// The series with this code; nil where the schedule does not have it.
    public subscript(code: String) -> Series? { series.first { $0.code == code } }

    /// The series called `code`.
    ///
    /// - Throws: `unknown-name`, with the series that there are.
    public func checked(series code: String) throws(ArchiveError) -> Series {
        guard let known = self[code] else {
            let codes = series.map(\.code).joined(separator: ", ")
            // The name may be anything that came in a request; what is quoted of it stays short.
            throw ArchiveError(
                .unknownName,
                "there is no series \(code.prefix(64).debugDescription)",
                hint: "this archive has \(codes)"
            )
        }
        return known
    }

    /// When the time of a recording of `series` is over that was received at `received`: when its inactive time has
    /// passed, which begins where its active time ends.
    ///
    /// By the calendar of `timeZone`, one time after the other: what P2Y from 29 February reaches is 28 February, and
    /// P2Y from there is again a 28 February, in a leap year too.
    public func due(_ series: Series, received: Date, timeZone: TimeZone) -> Date {
        series.inactive.date(after: series.active.date(after: received, in: timeZone), in: timeZone)
    }

    /// The one of several series that counts for a recording received at `received`; nil for none.
    ///
    /// Where they contradict each other the longer keep wins, then permanent over review over destroy (DESIGN.md
    /// invariant 10). Permanent is itself the longest keep: of two mistakes, handing over too much can be put right.
    /// What is equal so far is decided by what protects better: approval, witnesses, cooling; at last by the order of
    /// the file, so that the order of `candidates` never matters.
    public func join(_ candidates: [Series], received: Date, timeZone: TimeZone) -> Series? {
        func keep(_ one: Series) -> (Int, Date, Int, Int, Date, Int) {
            let due = due(one, received: received, timeZone: timeZone)
            return (
                one.then == .permanent ? 1 : 0, due,
                one.then == .review ? 1 : 0,
                one.approval == .required ? 1 + one.witnesses : 0,
                one.cooling.date(after: due, in: timeZone),
                -(series.firstIndex(of: one) ?? series.count)
            )
        }
        return candidates.max { keep($0) < keep($1) }
    }
}
