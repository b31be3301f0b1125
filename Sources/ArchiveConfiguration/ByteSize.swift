/// Sizes in bytes with their units: powers of 1000 (SI) and of 1024 (IEC 80000-13).
enum ByteSize {
    private static let units: [(name: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("TB", 1_000_000_000_000), ("GiB", 1 << 30), ("GB", 1_000_000_000),
        ("MiB", 1 << 20), ("MB", 1_000_000), ("KiB", 1 << 10), ("kB", 1000), ("B", 1),
    ]

    /// Reads `64 KiB` or `64KiB`; nil where it is neither, or more bytes than an `Int` counts.
    static func parse(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        var unit = text[digits.endIndex...]
        if unit.first == " " { unit = unit.dropFirst() }
        guard let number = Decimal.integer(digits), let factor = units.first(where: { $0.name == unit })?.bytes else {
            return nil
        }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : bytes
    }

    /// `count` in the largest unit that gives a whole number.
    static func format(_ count: Int) -> String {
        let unit = units.first { count != 0 && count.isMultiple(of: $0.bytes) }
        return "\(count / (unit?.bytes ?? 1)) \(unit?.name ?? "B")"
    }
}
