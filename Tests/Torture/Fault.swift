import ArchiveCore

/// What is to go wrong in a server, at a labelled call to the file system.
struct Fault: Sendable, Hashable, CustomStringConvertible {
    /// How.
    enum Kind: String, Sendable, CaseIterable {
        /// The process dies before the call; the disk keeps all that it has.
        case die
        /// The power goes before the call; the disk keeps what was synced.
        case power
        /// The call fails with EIO; a write has written half.
        case input
        /// The call fails with ENOSPC; a write has written half.
        case full

        /// Whether the server goes on after it.
        var isError: Bool { self == .input || self == .full }
    }

    var kind: Kind
    var label: String
    /// So many calls of that label go well before.
    var after: Int
    /// So many fail, where they do.
    var count: Int

    init(_ kind: Kind, at label: String, after: Int = 0, count: Int = 1) {
        self.kind = kind
        self.label = label
        self.after = after
        self.count = count
    }

    /// Whether its call is one of opening the archive alone.
    var isOfOpening: Bool { label.hasPrefix("database.") }

    /// As ``description`` writes it.
    init(parsing text: String) throws {
        let parts = text.split(separator: ",").map(String.init)
        guard parts.count == 4, let kind = Kind(rawValue: parts[0]), let after = Int(parts[2]),
            let count = Int(parts[3])
        else { throw ArchiveError(.badRequest, "\(text.debugDescription) is no fault") }
        self.init(kind, at: parts[1], after: after, count: count)
    }

    var description: String { "\(kind.rawValue),\(label),\(after),\(count)" }
}
