import ArchiveConfiguration
public import Foundation

extension Schedule {
    /// Whether a recording would be kept less well under `new` than it was: its time or its cooling is over sooner, its fate is
    /// a lesser one, or its destruction would ask fewer people (DESIGN.md invariant 10).
    ///
    /// - Parameters:
    ///   - old: the series that it has; nil where the schedule no longer has it, so that nobody knows what it asked for.
    ///   - oldDue: when its time is over under that.
    ///   - newDue: when its time is over under `new`.
    public static func weakens(
        _ old: Series?,
        due oldDue: Date,
        to new: Series,
        due newDue: Date,
        timeZone: TimeZone
    ) -> Bool {
        guard let old else { return true }
        func rank(_ fate: Series.Fate) -> Int {
            switch fate {
            case .destroy: 0
            case .review: 1
            case .permanent: 2
            }
        }
        func people(_ series: Series) -> Int { series.approval == .required ? 1 + series.witnesses : 0 }
        return newDue < oldDue || rank(new.then) < rank(old.then) || people(new) < people(old)
            || new.cooling.date(after: newDue, in: timeZone) < old.cooling.date(after: oldDue, in: timeZone)
    }
}
