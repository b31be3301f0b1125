package import ArchiveConfiguration

extension ConfigurationValue {
    /// A name that the file gives to something of its own: what labels, tags, addresses and commands can carry
    /// without quoting.
    ///
    /// - Parameter taken: the names before it in the same list; each stands once.
    package func name(notAmong taken: [String]) throws(ConfigurationError) -> String {
        let name = try string()
        let bytes = name.utf8
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard let first = bytes.first, letters.contains(first), bytes.count <= 64,
            bytes.allSatisfy({ letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "-") })
        else {
            throw fail("a name of at most 64 small letters, digits and hyphens, the first a letter")
        }
        guard !taken.contains(name) else { throw fail("each name once") }
        return name
    }

    /// A list of names, each once.
    ///
    /// - Parameter atLeast: how many names there must be.
    package func names(atLeast: Int = 0) throws(ConfigurationError) -> [String] {
        var names: [String] = []
        for item in try list(atLeast: atLeast) { names.append(try item.name(notAmong: names)) }
        return names
    }

    /// A list of cases of `type` by raw value, each once.
    ///
    /// - Parameter atLeast: how many there must be.
    /// - Parameter check: refuses a case that does not belong there, at its place.
    package func choices<Choice: CaseIterable & RawRepresentable<String> & Hashable>(
        of type: Choice.Type,
        atLeast: Int = 0,
        check: (Choice, ConfigurationValue) throws(ConfigurationError) -> Void
    ) throws(ConfigurationError) -> [Choice] {
        var choices: [Choice] = []
        for item in try list(atLeast: atLeast) {
            let choice = try item.choice(of: type)
            guard !choices.contains(choice) else { throw item.fail("each of them once") }
            try check(choice, item)
            choices.append(choice)
        }
        return choices
    }
}
