public import ArchiveCore

/// `GET /v1/grants`: what waits for a second person, and the caller may confirm.
public struct WaitingGrants: Codable, Sendable {
    /// One grant.
    public struct Item: Codable, Sendable {
        /// Whose.
        public var principal: PrincipalID
        /// What people call it.
        public var name: String
        /// Its role.
        public var role: Role
        /// Whether the principal is new; else its grant is to change.
        public var isNew: Bool
        /// The grant.
        public var waiting: WaitingGrant

        /// An item with these fields.
        public init(principal: PrincipalID, name: String, role: Role, isNew: Bool, waiting: WaitingGrant) {
            self.principal = principal
            self.name = name
            self.role = role
            self.isNew = isNew
            self.waiting = waiting
        }
    }

    /// The grants, the longest waiting first.
    public var grants: [Item]

    /// An answer with these grants.
    public init(grants: [Item]) { self.grants = grants }
}

/// `POST /v1/grants/{id}/confirmation`.
public struct ConfirmationRequest: Codable, Sendable {
    /// ``WaitingGrant/digest`` of what was seen: nothing else is confirmed.
    public var digest: String

    /// A request with this digest.
    public init(digest: String) { self.digest = digest }
}
