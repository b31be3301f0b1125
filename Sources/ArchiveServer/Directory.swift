import ArchiveCore
import ArchiveInterface
import Catalogue
import Foundation
import Vault

/// Names of principals: sealed under the directory key, for those who may resolve them.
struct Directory: Sendable {
    /// What is sealed of a principal.
    struct Entry: Codable, Sendable {
        var name: String
        var person: String
        /// The name that its certificates of another CA have.
        var external: ExternalName?

        /// What stands where name and person were.
        static let erased = Entry(name: "erased", person: "erased")
    }

    private let seal: SecretSeal

    init(vault: Vault) throws { seal = try vault.seal("directory") }

    /// The sealed form of `entry` for `principal`.
    func seal(_ entry: Entry, of principal: PrincipalID) throws -> Data {
        try seal.seal(CanonicalJSON.encode(entry), context: principal.description)
    }

    /// The entry of a principal.
    func entry(of row: PrincipalRow) throws -> Entry {
        // Nothing is sealed any more.
        if row.isErased { return .erased }
        return try CanonicalJSON.decode(
            Entry.self,
            from: seal.open(row.sealed, context: row.principal.id.description)
        )
    }

    /// Equal for principals of the same natural person or machine, and says nothing else.
    func tag(person: String) -> Data { seal.tag(Data(Self.plain(person).utf8)) }

    /// Equal for certificates of one name, and says nothing else.
    func tag(external name: String) -> Data { seal.tag(Data("certificate \(name)".utf8)) }

    /// `text` without what people do not mean to tell persons apart by: case, spelling of accents, spaces.
    static func plain(_ text: String) -> String {
        text.precomposedStringWithCompatibilityMapping.lowercased().split(whereSeparator: \.isWhitespace)
            .joined(separator: " ")
    }
}
