import ArchiveCore
public import ArchiveInterface
public import Foundation

/// Every principal, what it may do, by whose word, and when it acted last.
public struct PrincipalsQuestion: AuditQuestion {
    /// One principal.
    public struct Row: Sendable, Hashable {
        /// Why it should perhaps not be active any more.
        public enum Leaver: String, Codable, Sendable {
            /// Its time is over, and it was not closed.
            case ended
            /// Another principal of the same person was closed.
            case personDisabled = "person-disabled"
        }

        /// As the directory has it.
        public let entry: AuditDirectory.Entry
        /// When it did something last; nil where it never did.
        public let lastUse: Date?
        /// Why it is worth a look.
        public let leaver: Leaver?
    }

    private let directory: AuditDirectory
    private var last: [String: Date] = [:]

    /// Asks about the principals of `directory`.
    public init(_ directory: AuditDirectory) { self.directory = directory }

    /// See ``AuditQuestion/read(_:)``.
    public mutating func read(_ entry: AuditedEntry) {
        // Whoever was turned away used nothing.
        guard entry.entry.action != "connection.refuse" else { return }
        last[entry.entry.actor] = entry.entry.time
    }

    /// The rows at `now`, oldest principal first.
    public func rows(at now: Date) -> [Row] {
        let closed = Set(directory.principals.filter { $0.state == .disabled }.map(\.samePersonAs))
        return directory.principals.map { entry in
            let leaver: Row.Leaver? =
                if entry.state == .disabled {
                    nil
                } else if let ends = entry.ends, ends <= now {
                    .ended
                } else {
                    closed.contains(entry.samePersonAs) ? .personDisabled : nil
                }
            return Row(entry: entry, lastUse: last[entry.principal.description], leaver: leaver)
        }
    }
}
