public import ArchiveCore
public import Foundation

/// `PATCH /v1/recordings/{id}`: changes what describes a recording. What is absent stays; ``revert`` comes alone.
public struct DescriptionBody: Codable, Sendable {
    /// What it is called.
    public var title: String?
    /// Who spoke or was there: all of them.
    public var participants: [String]?
    /// What else is known; `null` takes it away.
    public var description: Change<String>
    /// The revision to go back to.
    public var revert: Int?
    /// Only if this is the present revision.
    public var revision: Int?
    /// Why.
    public var reason: String?

    /// A body with these fields.
    public init(
        title: String? = nil,
        participants: [String]? = nil,
        description: Change<String> = .keep,
        revert: Int? = nil,
        revision: Int? = nil,
        reason: String? = nil
    ) {
        self.title = title
        self.participants = participants
        self.description = description
        self.revert = revert
        self.revision = revision
        self.reason = reason
    }

    /// Whether it changes a field by itself.
    public var hasFields: Bool { title != nil || participants != nil || description != .keep }
}

/// One revision of what describes a recording.
public struct RevisionReport: Codable, Sendable {
    /// From 1.
    public var number: Int
    /// When it was made.
    public var made: Date
    /// Who made it: of the first, who sent the recording.
    public var principal: PrincipalID
    /// The name of who made it.
    @ExplicitNull public var name: String?
    /// What it changed: `title`, `meeting`, `participants`, `description`; nothing in the first.
    public var changed: [String]
    /// Why, where that was said.
    @ExplicitNull public var reason: String?
    /// The revision whose words these are again.
    @ExplicitNull public var reverts: Int?
    /// What it was called.
    public var title: String
    /// The event it belonged to.
    @ExplicitNull public var meeting: String?
    /// Who spoke or was there.
    public var participants: [String]
    /// What else was known.
    @ExplicitNull public var description: String?

    /// A report with these fields.
    public init(
        number: Int,
        made: Date,
        principal: PrincipalID,
        name: String?,
        changed: [String],
        reason: String?,
        reverts: Int?,
        title: String,
        meeting: String?,
        participants: [String],
        description: String?
    ) {
        self.number = number
        self.made = made
        self.principal = principal
        self.name = name
        self.changed = changed
        self.reason = reason
        self.reverts = reverts
        self.title = title
        self.meeting = meeting
        self.participants = participants
        self.description = description
    }
}

/// A page of `GET /v1/recordings/{id}/revisions`, the newest first.
public struct RevisionPage: Codable, Sendable {
    /// The revisions.
    public var revisions: [RevisionReport]
    /// Hand it back as `before` for what follows; absent at the end.
    public var next: Int?

    /// A page with these fields.
    public init(revisions: [RevisionReport], next: Int?) {
        self.revisions = revisions
        self.next = next
    }
}
