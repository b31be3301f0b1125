public import ArchiveCore
import Catalogue
public import Foundation
import Vault

/// One revision of what describes a recording, opened.
public struct Revision: Sendable {
    /// What of a description can change.
    public enum Field: String, Sendable, Codable, CaseIterable {
        /// What it is called.
        case title
        /// The event it belongs to: changed by corrections only.
        case meeting
        /// Who spoke or was there.
        case participants
        /// What else is known.
        case description
    }

    /// What rests of it, sealed under the recording's own key.
    struct Content: Codable {
        var title: String
        var meeting: String?
        var participants: [String]
        var description: String?
        var changed: [Field]
        var reason: String?
        var reverts: Int?

        init(_ fields: DescribingFields, changed: [Field], reason: String? = nil, reverts: Int? = nil) {
            title = fields.title
            meeting = fields.meeting
            participants = fields.participants
            description = fields.description
            self.changed = changed
            self.reason = reason
            self.reverts = reverts
        }

        func sealed(as number: Int, by seal: RecordingSeal) throws -> Data {
            try seal.seal(CanonicalJSON.encode(self), field: Revision.field(number))
        }
    }

    /// From 1.
    public let number: Int
    /// Who made it: of the first, who sent the recording.
    public let principal: PrincipalID
    /// When.
    public let made: Date
    /// What differs from the revision before; nothing for the first.
    public let changed: [Field]
    /// Why, where that was said.
    public let reason: String?
    /// The revision whose words these are again.
    public let reverts: Int?
    /// What it was called.
    public let title: String
    /// The event it belonged to.
    public let meeting: String?
    /// Who spoke or was there.
    public let participants: [String]
    /// What else was known.
    public let description: String?

    init(_ row: RevisionRow, opening seal: RecordingSeal) throws {
        let bytes = try seal.open(row.sealed, field: Self.field(row.number))
        self.init(row.number, row.principal, row.made, try CanonicalJSON.decode(Content.self, from: bytes))
    }

    init(_ number: Int, _ principal: PrincipalID, _ made: Date, _ content: Content) {
        self.number = number
        self.principal = principal
        self.made = made
        changed = content.changed
        reason = content.reason
        reverts = content.reverts
        title = content.title
        meeting = content.meeting
        participants = content.participants
        description = content.description
    }

    /// The name of a sealed revision: with its number, so that none can be put in another's place.
    static func field(_ number: Int) -> String { "revision \(number)" }
}
