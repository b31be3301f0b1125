/// The keys of one mapping as they are read; those that nobody asked for are refused in the end.
///
/// Made by ``ConfigurationValue/mapping(_:)``, which does the refusing.
public struct ConfigurationMapping {
    private let place: ConfigurationValue
    private let entries: [(key: ConfigurationValue, value: ConfigurationValue)]
    private let indexes: [String: Int]
    private var unread: Set<Int>
    private var known: [String] = []

    init(place: ConfigurationValue, entries: [(key: ConfigurationValue, value: ConfigurationValue)]) {
        self.place = place
        self.entries = entries
        // The document has refused keys that stand twice.
        indexes = Dictionary(entries.indices.map { (entries[$0].key.keyText, $0) }, uniquingKeysWith: { $1 })
        unread = Set(entries.indices)
    }

    /// The value of `key`, or nil where the mapping does not have it.
    ///
    /// A key with nothing after its colon is there: what reads its value will refuse it.
    public mutating func optional(_ key: String) -> ConfigurationValue? {
        if !known.contains(key) { known.append(key) }
        guard let index = indexes[key] else { return nil }
        unread.remove(index)
        return entries[index].value
    }

    /// The value of `key`.
    ///
    /// - Throws: where the mapping does not have it: at the key that may have been meant, or at the mapping.
    public mutating func required(_ key: String) throws(ConfigurationError) -> ConfigurationValue {
        if let value = optional(key) { return value }
        let candidates = unread.sorted().map { entries[$0].key }
        if let meant = candidates.first(where: { Spelling.nearest(to: $0.keyText, among: [key]) != nil }) {
            throw meant.error(.missingKey, "the key \(key)")
        }
        throw ConfigurationError(
            .missingKey,
            file: place.file,
            line: place.line,
            column: place.column,
            message: "expected the key \(key), found a mapping without it"
        )
    }

    /// All entries in the order of the file, for mappings whose keys are names that the author chooses.
    ///
    /// The keys are read by ``ConfigurationValue/string()`` like any text.
    public mutating func all() -> [(key: ConfigurationValue, value: ConfigurationValue)] {
        unread = []
        return entries
    }

    /// Refuses the first key of the file that was not asked for.
    func finish() throws(ConfigurationError) {
        guard let key = unread.min().map({ entries[$0].key }) else { return }
        let expected = known.isEmpty ? "no keys" : "one of the keys " + known.sorted().joined(separator: ", ")
        throw key.error(.unknownKey, expected + Spelling.hint(for: key.keyText, among: known))
    }
}

extension ConfigurationValue {
    /// The text of a scalar key; the document has refused all others.
    var keyText: String {
        guard case .scalar(let text, _) = content else { return "" }
        return text
    }
}
