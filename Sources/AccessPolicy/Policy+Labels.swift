public import ArchiveCore

extension Policy {
    /// Whether `clearance` covers `label`: a level at least as high, and all its compartments.
    ///
    /// A level that the policy does not have dominates nothing and is dominated by nothing: when an institution takes
    /// a level out of the file, its recordings disappear from sight rather than become readable.
    public func dominates(_ clearance: Label, _ label: Label) -> Bool {
        guard let cleared = rank(of: clearance.level), let needed = rank(of: label.level) else { return false }
        return cleared >= needed && label.compartments.allSatisfy(clearance.compartments.contains)
    }

    /// The least label that dominates all of `labels`: the highest level and the union of compartments
    /// (DESIGN.md invariant 10); of none, the lowest level without compartments.
    ///
    /// A level that the policy does not have stands above all others, so that a join with it is visible to nobody.
    public func join(_ labels: [Label]) -> Label {
        let level = labels.map(\.level).max { isLower($0, $1) }
        return Label(level ?? lowest, compartments: labels.flatMap(\.compartments))
    }

    private func isLower(_ one: Level, _ other: Level) -> Bool {
        switch (rank(of: one), rank(of: other)) {
        case (let one?, let other?): one < other
        case (_?, nil): true
        case (nil, _?): false
        // By name, so that the order of the labels does not matter.
        case (nil, nil): one.name < other.name
        }
    }
}
