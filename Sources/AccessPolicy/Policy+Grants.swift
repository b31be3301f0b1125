public import ArchiveCore

extension Policy {
    /// As much of a change from `old` to `new` as gives nothing that `old` did not: it needs nobody's word.
    ///
    /// Where that is not `new` itself, the rest widens the grant: a higher level, another compartment, another unit, a
    /// lower floor, a longer time.
    public func narrowed(_ old: Grant, towards new: Grant) -> Grant {
        Grant(
            clearance: meet(old.clearance, new.clearance),
            // There is no unit between two.
            unit: old.unit,
            floor: floor(old.floor, new.floor),
            validity: Validity(
                starts: [old.validity.starts, new.validity.starts].compactMap(\.self).max(),
                ends: [old.validity.ends, new.validity.ends].compactMap(\.self).min()
            )
        )
    }

    /// The greatest label that both dominate. A level that the policy does not have dominates nothing, and stays.
    private func meet(_ old: Label, _ new: Label) -> Label {
        guard let first = rank(of: old.level), let second = rank(of: new.level) else { return old }
        return Label(
            first < second ? old.level : new.level,
            compartments: old.compartments.filter(new.compartments.contains)
        )
    }

    private func floor(_ old: Label?, _ new: Label?) -> Label? {
        guard let old else { return new }
        return new.map { join([old, $0]) } ?? old
    }
}
