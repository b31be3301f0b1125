public import ArchiveConfiguration

extension Policy {
    /// Where in the file the units stand.
    public struct Place: Sendable, Equatable {
        /// From 1.
        public let line: Int
        /// From 1, in Unicode scalars.
        public let column: Int

        /// A place.
        public init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }
    }

    /// The unit that is meant by `name`: what was called so before it was renamed or taken in, else `name`.
    ///
    /// Recorders and tags say old names for years.
    public func present(unit name: String) -> String { formerUnits[name] ?? name }

    /// Why this policy cannot be loaded over a catalogue in which `unit` is in use, though it is no unit here.
    ///
    /// - Parameter use: who has it, for a person.
    public func missing(unit: String, usedBy use: String, file: String) -> ConfigurationError {
        ConfigurationError(
            .wrongValue,
            file: file,
            line: unitsPlace.line,
            column: unitsPlace.column,
            message:
                "expected the unit \(unit) among these, for \(use) have it: put it back, or say what it has become: "
                + "{name: NEW, formerly: [\(unit)]}"
        )
    }
}
