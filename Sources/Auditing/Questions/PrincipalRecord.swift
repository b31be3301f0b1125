public import ArchiveCore
public import Foundation

/// One principal, as an auditor sees it.
public struct PrincipalRecord: Sendable, Hashable {
    /// Why it should perhaps not be active any more.
    public enum Leaver: String, Codable, Sendable {
        /// Its time is over, and it was not closed.
        case ended
        /// Another principal of the same person was closed.
        case personDisabled = "person-disabled"
    }

    /// In what the archive's directory says something else than the entries of the log come to.
    public enum Difference: String, Codable, Sendable, CaseIterable {
        /// It is in the directory, and no entry has added it.
        case absentFromLog = "absent-from-log"
        /// An entry has added it, and it is not in the directory.
        case absentFromDirectory = "absent-from-directory"
        case role, clearance, unit, floor, validity, state
        case grantedBy = "granted-by"
        case confirmedBy = "confirmed-by"
        case name, person
    }

    /// Its id.
    public let principal: PrincipalID
    /// Its name; nil where it was erased.
    public let name: String?
    /// The natural person or machine; nil where it was erased.
    public let person: String?
    /// Whether name and person were erased.
    public let erased: Bool
    /// What its entries come to; nil where the log has none.
    public let history: PrincipalHistory?
    /// When it did something last; nil where it never did.
    public let lastUse: Date?
    /// Why it is worth a look.
    public let leaver: Leaver?
    /// In what the directory says something else.
    public let differs: [Difference]
}
