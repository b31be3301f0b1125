import ArchiveConfiguration

/// Reads the units of `policy.yaml`: names, and mappings of a name and what it was called before.
struct UnitReader {
    /// The units in the order of the file.
    private(set) var names: [String] = []
    /// What a unit was called before, or what it has taken in → the unit.
    private(set) var former: [String: String] = [:]

    init(_ value: ConfigurationValue) throws(ConfigurationError) {
        var earlier: [(name: String, value: ConfigurationValue)] = []
        for item in try value.list(atLeast: 1) {
            guard item.isMapping else {
                names.append(try item.name(notAmong: names))
                continue
            }
            let taken = names
            let (name, formerly) = try item.mapping { (unit) throws(ConfigurationError) in
                let name = try unit.required("name").name(notAmong: taken)
                return (name, try unit.required("formerly").list(atLeast: 1))
            }
            names.append(name)
            for value in formerly {
                let old = try value.name(notAmong: earlier.map(\.name))
                earlier.append((old, value))
                former[old] = name
            }
        }
        // What is still a unit has not become another.
        for (name, value) in earlier where names.contains(name) {
            throw value.fail("a name that no unit of this file has")
        }
    }
}
