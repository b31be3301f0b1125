public import ArchiveCore
public import struct Foundation.Data
public import struct Foundation.Date

/// `GET /v1/audit/directory`: who the principals of entries are, and what is in force beside them, page by page.
public struct AuditDirectory: Codable, Sendable, Hashable {
    /// How many principals a page has at most.
    public static let mostPrincipals = 500

    /// One principal, closed ones included.
    public struct Entry: Codable, Sendable, Hashable {
        /// One certificate of it.
        public struct Certificate: Codable, Sendable, Hashable {
            /// SHA-256 of the certificate, hex, as entries have it.
            public var certificate: String
            /// Not valid before.
            public var notBefore: Date
            /// Not valid after.
            public var notAfter: Date
            /// From when it does not count, whatever its dates say.
            public var revoked: Date?

            /// A certificate of these fields.
            public init(certificate: String, notBefore: Date, notAfter: Date, revoked: Date?) {
                self.certificate = certificate
                self.notBefore = notBefore
                self.notAfter = notAfter
                self.revoked = revoked
            }
        }

        /// Its id.
        public var principal: PrincipalID
        /// Its name; absent where it was erased.
        public var name: String?
        /// The natural person or machine; absent where it was erased.
        public var person: String?
        /// Whether name and person were erased.
        public var erased: Bool
        /// The first principal of the same person, which may be itself: principals of one person have the same.
        public var samePersonAs: PrincipalID
        /// What it is for.
        public var role: Role
        /// What it may know.
        public var clearance: Label
        /// Its unit.
        public var unit: String
        /// The least label of what it sends.
        public var floor: Label?
        /// Whether it counts, now.
        public var state: PrincipalState
        /// From when it counts.
        public var starts: Date?
        /// Until when.
        public var ends: Date?
        /// When it was added.
        public var created: Date
        /// The actor who added it.
        public var addedBy: String
        /// The actor who confirmed it, or its last change.
        public var confirmedBy: String?
        /// Every certificate that it ever had, oldest first.
        public var certificates: [Certificate]

        /// An entry of these fields.
        public init(
            principal: PrincipalID,
            name: String?,
            person: String?,
            erased: Bool = false,
            samePersonAs: PrincipalID,
            role: Role,
            clearance: Label,
            unit: String,
            floor: Label? = nil,
            state: PrincipalState,
            starts: Date? = nil,
            ends: Date? = nil,
            created: Date,
            addedBy: String,
            confirmedBy: String? = nil,
            certificates: [Certificate] = []
        ) {
            self.principal = principal
            self.name = name
            self.person = person
            self.erased = erased
            self.samePersonAs = samePersonAs
            self.role = role
            self.clearance = clearance
            self.unit = unit
            self.floor = floor
            self.state = state
            self.starts = starts
            self.ends = ends
            self.created = created
            self.addedBy = addedBy
            self.confirmedBy = confirmedBy
            self.certificates = certificates
        }
    }

    /// The archive's name.
    public var archive: String
    /// Its time zone, by its IANA name.
    public var timezone: String
    /// When people are at work; absent where the archive does not say.
    public var office: OfficeHours?
    /// The levels of the policy in force, lowest first.
    public var levels: [String]
    /// Its units.
    public var units: [String]
    /// The principals of this page, oldest first.
    public var principals: [Entry]
    /// The principal after which the next page begins; absent on the last.
    public var next: PrincipalID?

    /// A directory of these fields.
    public init(
        archive: String,
        timezone: String,
        office: OfficeHours?,
        levels: [String],
        units: [String],
        principals: [Entry],
        next: PrincipalID? = nil
    ) {
        self.archive = archive
        self.timezone = timezone
        self.office = office
        self.levels = levels
        self.units = units
        self.principals = principals
        self.next = next
    }
}

/// `GET /v1/audit/texts?seq=1,5,9`: the texts behind the commitments of these entries, as far as they are still there.
public struct EntryTexts: Codable, Sendable, Hashable {
    /// How many entries can be asked for at once.
    public static let mostEntries = 500

    /// One text.
    public struct Text: Codable, Sendable, Hashable {
        /// The entry.
        public var seq: Int
        /// Which of its fields.
        public var field: String
        /// What was hashed before the text: SHA-256 of salt and text is the entry's commitment.
        public var salt: Data
        /// The text.
        public var text: String

        /// A text of these fields.
        public init(seq: Int, field: String, salt: Data, text: String) {
            self.seq = seq
            self.field = field
            self.salt = salt
            self.text = text
        }
    }

    /// In the order of the log. What was erased is not among them.
    public var texts: [Text]

    /// The texts.
    public init(texts: [Text]) { self.texts = texts }
}

/// What `risalahd audit forget` is to erase: texts of an entry, or the names of a person.
public struct Forgetting: Codable, Sendable, Hashable {
    /// Of what.
    public enum Subject: Codable, Sendable, Hashable {
        /// The texts of an entry, or one of them.
        case entry(Int, field: String?)
        /// Every principal of this person.
        case person(String)
        /// One principal.
        case principal(PrincipalID)
    }

    /// Of what.
    public var subject: Subject
    /// Why; the log keeps it.
    public var reason: String

    /// A request of these fields.
    public init(_ subject: Subject, reason: String) {
        self.subject = subject
        self.reason = reason
    }
}

/// What `risalahd audit forget` has erased.
public struct Forgotten: Codable, Sendable, Hashable {
    /// Texts beside the log.
    public var texts: Int
    /// Principals whose names are gone.
    public var principals: [PrincipalID]

    /// What was erased.
    public init(texts: Int, principals: [PrincipalID]) {
        self.texts = texts
        self.principals = principals
    }
}
