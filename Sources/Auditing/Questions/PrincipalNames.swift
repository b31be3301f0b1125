import ArchiveCore
public import ArchiveInterface
import Foundation

/// Names behind the actors of entries.
public struct PrincipalNames: Sendable {
    private let entries: [String: AuditDirectory.Entry]

    /// The names of a directory.
    public init(_ directory: AuditDirectory) {
        entries = directory.principals.reduce(into: [:]) { $0[$1.principal.description] = $1 }
    }

    /// The name of an actor that is a principal; nil for others. What was erased is *erased*.
    public func name(of actor: String) -> String? { name(of: actor, erased: localized("erased", id: "dihapus")) }

    /// The same, with `erased` for a name that was erased.
    func name(of actor: String, erased: String) -> String? {
        entries[actor].map { $0.erased ? erased : $0.name ?? actor }
    }

    /// What people read for an actor: its name, else what the entry says.
    public func text(_ actor: String) -> String { name(of: actor) ?? actor }

    /// The principals whose name or person is `text`, or whose id it is.
    public func principals(called text: String) -> Set<String> {
        let wanted = Self.plain(text)
        return Set(
            entries.filter { id, entry in
                id == text || [entry.name, entry.person].contains { $0.map(Self.plain) == wanted }
            }.keys
        )
    }

    /// `text` without what people do not mean to tell persons apart by: case, spelling of accents, spaces.
    static func plain(_ text: String) -> String {
        text.precomposedStringWithCompatibilityMapping.lowercased().split(whereSeparator: \.isWhitespace).joined(
            separator: " "
        )
    }
}
