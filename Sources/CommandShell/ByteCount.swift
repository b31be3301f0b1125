public import ArgumentParser

/// A number of bytes as people write it: `500MB`, `4GiB`, `1048576`.
public struct ByteCount: ExpressibleByArgument {
    /// Bytes.
    public let bytes: Int64

    private static let units: [(name: String, bytes: Int64)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
        ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1), ("", 1),
    ]

    /// That many.
    public init(_ bytes: Int64) { self.bytes = bytes }

    /// Reads a number and its unit; nil for anything else.
    public init?(argument: String) {
        guard let unit = Self.units.first(where: { argument.hasSuffix($0.name) }),
            let count = Int64(argument.dropLast(unit.name.count)), count >= 0
        else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
        guard !overflow else { return nil }
        self.bytes = bytes
    }

    /// As people write it.
    public var defaultValueDescription: String {
        let unit = Self.units.prefix(4).last { bytes >= $0.bytes && bytes % $0.bytes == 0 }
        return unit.map { "\(bytes / $0.bytes)\($0.name)" } ?? "\(bytes)"
    }
}
