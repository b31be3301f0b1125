/// The name of a level of classification, as the policy spells it: `biasa`, `rahasia`.
///
/// Which of two levels is higher only the policy knows.
public struct Level: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The name.
    public let name: String

    /// A level called `name`; whether the policy has it is checked where the name came in.
    public init(_ name: String) { self.name = name }

    /// Reads a bare string.
    public init(from decoder: any Decoder) throws {
        name = try decoder.singleValueContainer().decode(String.self)
    }

    /// Writes a bare string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }

    /// The name.
    public var description: String { name }
}

/// A level and a set of compartments: of a recording its label, of a principal the clearance.
public struct Label: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The level.
    public let level: Level
    /// The compartments, sorted, each once.
    public let compartments: [String]

    /// A label; order and repetition of `compartments` do not matter.
    public init(_ level: Level, compartments: some Sequence<String> = []) {
        self.level = level
        self.compartments = Set(compartments).sorted()
    }

    /// Reads `LEVEL` or `LEVEL:COMP,COMP`, the form of the command lines; nil for empty names.
    public init?(parsing text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let level = parts.first, !level.isEmpty else { return nil }
        let names = parts.count == 2 ? parts[1].split(separator: ",", omittingEmptySubsequences: false) : []
        guard names.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.init(Level(String(level)), compartments: names.map(String.init))
    }

    /// `LEVEL` or `LEVEL:COMP,COMP`.
    public var description: String {
        compartments.isEmpty ? level.name : "\(level.name):\(compartments.joined(separator: ","))"
    }
}

/// What decides who may see a recording: recordings of one class share key, index and statistics.
public struct VisibilityClass: Hashable, Sendable {
    /// Level and compartments.
    public let label: Label
    /// The unit that the recording belongs to.
    public let unit: String

    /// The class of everything with `label` in `unit`.
    public init(label: Label, unit: String) {
        self.label = label
        self.unit = unit
    }
}
