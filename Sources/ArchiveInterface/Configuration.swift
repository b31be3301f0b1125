public import ArchiveCore

/// What is wrong in a file of Config.
public struct ConfigurationMistake: Error, Codable, Sendable, Equatable, CustomStringConvertible {
    /// The file.
    public var file: String
    /// The line, from 1; nil where the file as a whole cannot be read.
    public var line: Int?
    /// The column, from 1, in Unicode scalars.
    public var column: Int?
    /// What kind of mistake it is: `unknown-key`, `wrong-value` and their like, `missing-file`, `encoding`.
    public var code: String
    /// What was expected, and what was found.
    public var message: String

    /// A mistake with these fields.
    public init(file: String, line: Int? = nil, column: Int? = nil, code: String, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.code = code
        self.message = message
    }

    /// `Config/policy.yaml:12:5: expected …, found …`.
    public var description: String {
        guard let line, let column else { return "\(file): \(message)" }
        return "\(file):\(line):\(column): \(message)"
    }
}

/// What the files of Config say, as `risalahd config check` reports it.
public struct ConfigurationReport: Codable, Sendable {
    /// A file that was read.
    public struct File: Codable, Sendable {
        /// Where it is.
        public var file: String
        /// The SHA-256 of its bytes, hex: that of the entry which its loading makes.
        public var sha256: String

        /// A file with these fields.
        public init(file: String, sha256: String) {
            self.file = file
            self.sha256 = sha256
        }
    }

    /// What the policy says of a level.
    public struct Level: Codable, Sendable {
        /// Its name.
        public var level: String
        /// Whether recordings come and go sealed only.
        public var sealedOnly: Bool
        /// Whether opening needs a purpose.
        public var purpose: Bool
        /// How many other persons must agree.
        public var approvals: Int
        /// In which role.
        public var approvalsBy: String?
        /// How many witnesses must have cosigned the log.
        public var cosignatures: Int
        /// How long an access counts, ISO 8601.
        public var accessLifetime: String
        /// `any` or `hybrid`.
        public var recipients: String
        /// `full` or `none`.
        public var index: String

        /// A level with these fields.
        public init(
            level: String,
            sealedOnly: Bool,
            purpose: Bool,
            approvals: Int,
            approvalsBy: String?,
            cosignatures: Int = 0,
            accessLifetime: String,
            recipients: String,
            index: String
        ) {
            self.level = level
            self.sealedOnly = sealedOnly
            self.purpose = purpose
            self.approvals = approvals
            self.approvalsBy = approvalsBy
            self.cosignatures = cosignatures
            self.accessLifetime = accessLifetime
            self.recipients = recipients
            self.index = index
        }
    }

    /// What the policy gives a role.
    public struct RoleRules: Codable, Sendable {
        /// The role.
        public var role: Role
        /// What it may do, in the order of Docs/http.md.
        public var actions: [String]
        /// `own` or `all`.
        public var units: String
        /// Accesses in any 60 minutes; nil is without limit.
        public var accessesPerHour: Int?
        /// Accesses in any 24 hours; nil is without limit.
        public var accessesPerDay: Int?

        /// A role with these fields.
        public init(role: Role, actions: [String], units: String, accessesPerHour: Int?, accessesPerDay: Int?) {
            self.role = role
            self.actions = actions
            self.units = units
            self.accessesPerHour = accessesPerHour
            self.accessesPerDay = accessesPerDay
        }
    }

    /// Whether the archive would start with it.
    public var sound: Bool
    /// The first mistake of each file that has one.
    public var mistakes: [ConfigurationMistake]
    /// The files that could be read.
    public var files: [File]
    /// The levels, lowest first; empty where policy.yaml has a mistake.
    public var levels: [Level]
    /// Every role; empty where policy.yaml has a mistake.
    public var roles: [RoleRules]
    /// The rules of the series; empty where retention.yaml has a mistake.
    public var series: [String]
    /// From which level of clearance on a second person confirms a grant; nil for never, or after a mistake.
    public var secondPersonFrom: String?

    /// A report with these fields.
    public init(
        mistakes: [ConfigurationMistake],
        files: [File],
        levels: [Level],
        roles: [RoleRules],
        series: [String],
        secondPersonFrom: String?
    ) {
        sound = mistakes.isEmpty
        self.mistakes = mistakes
        self.files = files
        self.levels = levels
        self.roles = roles
        self.series = series
        self.secondPersonFrom = secondPersonFrom
    }
}
