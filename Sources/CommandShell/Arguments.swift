// Conformances of public types are public, and so is what they name.
public import ArchiveCore
public import ArchiveInterface
public import ArgumentParser

extension Label: ExpressibleByArgument {
    /// Reads `LEVEL[:COMP,…]`.
    public init?(argument: String) { self.init(parsing: argument) }
}

extension SourceDigest: ExpressibleByArgument {
    /// Reads 64 hexadecimal digits in lower case.
    public init?(argument: String) { self.init(argument) }
}

extension Role: ExpressibleByArgument {}
extension Identifier: ExpressibleByArgument {}
extension RecipientKind: ExpressibleByArgument {}
extension LogEntry.Decision: ExpressibleByArgument {}
extension ListState: ExpressibleByArgument {}
