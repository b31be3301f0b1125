extension ConfigurationValue {
    /// Reads a mapping, and refuses the keys that `read` did not ask for.
    ///
    /// - Parameter read: takes the keys it knows out of the mapping. What it throws comes first; then a key that it
    ///   left is refused, with the keys it asked for.
    public func mapping<Result>(
        _ read: (inout ConfigurationMapping) throws(ConfigurationError) -> Result
    ) throws(ConfigurationError) -> Result {
        guard case .mapping(let entries) = content else { throw error(.wrongKind, "a mapping") }
        var mapping = ConfigurationMapping(place: self, entries: entries)
        let result = try read(&mapping)
        try mapping.finish()
        return result
    }

    /// The items of a list.
    ///
    /// - Parameter atLeast: how many items there must be.
    public func list(atLeast: Int = 0) throws(ConfigurationError) -> [ConfigurationValue] {
        guard case .list(let items) = content else { throw error(.wrongKind, "a list") }
        guard items.count >= atLeast else { throw fail("a list of at least \(atLeast)") }
        return items
    }

    /// Text as it was written: `no`, `0777` and `2020-01-01` are these characters.
    ///
    /// Not empty, and without control characters other than the line breaks of a block.
    public func string() throws(ConfigurationError) -> String {
        let text = try scalar("text")
        guard !text.isEmpty else { throw fail("text that is not empty") }
        guard text.unicodeScalars.allSatisfy({ ($0.value >= 0x20 && $0.value != 0x7F) || $0 == "\n" }) else {
            throw fail("text without control characters")
        }
        return text
    }

    /// A whole number in plain decimal within `range`: no quotes, no leading zeroes (YAML 1.1 reads `0777` as octal),
    /// no separators.
    public func integer(in range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let text = try plain(expected), let value = Decimal.integer(text), range.contains(value) else {
            throw fail(expected)
        }
        return value
    }

    /// `true` or `false`, nothing else: YAML 1.1's `yes`, `on` and their like are refused.
    public func boolean() throws(ConfigurationError) -> Bool {
        let expected = "true or false"
        switch try plain(expected) {
        case "true": return true
        case "false": return false
        default: throw fail(expected)
        }
    }

    /// One of the cases of `type`, by raw value.
    public func choice<Choice: CaseIterable & RawRepresentable<String>>(
        of type: Choice.Type
    ) throws(ConfigurationError) -> Choice {
        let names = type.allCases.map(\.rawValue)
        let expected = "one of " + names.joined(separator: ", ")
        let text = try scalar(expected)
        // By bytes: `Choice(rawValue:)` would also take a canonically equivalent spelling.
        guard let choice = type.allCases.first(where: { $0.rawValue.utf8.elementsEqual(text.utf8) }) else {
            throw fail(expected + Spelling.hint(for: text, among: names))
        }
        return choice
    }

    /// An ISO 8601 duration such as `P2Y`, `P14D` or `PT30S`.
    public func duration() throws(ConfigurationError) -> CalendarDuration {
        let expected = "an ISO 8601 duration such as P2Y, P14D or PT30S"
        guard let duration = CalendarDuration(try scalar(expected)) else { throw fail(expected) }
        return duration
    }

    /// A number of bytes with its unit, such as `64 KiB` or `10 GB`, within `range`.
    public func byteCount(in range: ClosedRange<Int> = 0...Int.max) throws(ConfigurationError) -> Int {
        let expected = "a size with its unit (B, kB, MB, GB, TB, KiB, MiB, GiB, TiB) such as 64 KiB"
        guard let count = ByteSize.parse(try scalar(expected)) else { throw fail(expected) }
        guard range.contains(count) else {
            throw fail("a size from \(ByteSize.format(range.lowerBound)) to \(ByteSize.format(range.upperBound))")
        }
        return count
    }

    /// The text of a scalar, quoted or not; `expected` says what it would have been.
    private func scalar(_ expected: String) throws(ConfigurationError) -> String {
        guard case .scalar(let text, _) = content, !isNothing else { throw error(.wrongKind, expected) }
        return text
    }

    /// The text of a scalar that stands without quotes, nil where it has them.
    private func plain(_ expected: String) throws(ConfigurationError) -> String? {
        guard case .scalar(let text, let isQuoted) = content, !isNothing else { throw error(.wrongKind, expected) }
        return isQuoted ? nil : text
    }
}
