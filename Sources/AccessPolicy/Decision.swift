/// The answer to an ``AccessQuestion``.
///
/// It says what is right, not what may be told: a caller to whom the recording is not visible
/// (``Policy/isVisible(_:to:)``) gets what an absent one gets, whatever the reasons are (DESIGN.md invariant 4).
public enum Decision: Sendable, Hashable {
    /// Yes, under obligations.
    case allow(Obligations)
    /// No, for all of these reasons.
    case refuse([Reason])
    /// Not before other persons have agreed.
    case wait([Reason])

    /// `allow`, `refuse` or `wait`.
    public var name: String {
        switch self {
        case .allow: "allow"
        case .refuse: "refuse"
        case .wait: "wait"
        }
    }

    /// Why not, or why not yet; empty where it is allowed.
    public var reasons: [Reason] {
        switch self {
        case .allow: []
        case .refuse(let reasons), .wait(let reasons): reasons
        }
    }

    /// What the caller can do about it, where it can.
    public var hint: String? { reasons.lazy.compactMap(\.code.hint).first }
}

/// Why something is refused or has to wait.
public struct Reason: Sendable, Hashable, CustomStringConvertible {
    /// Stable names of the reasons.
    public enum Code: String, Sendable, Codable, CaseIterable {
        /// The principal is invited only, or disabled.
        case principalInactive = "principal-inactive"
        /// The certificate does not count.
        case certificateInvalid = "certificate-invalid"
        /// The role does not have the action.
        case roleLacksAction = "role-lacks-action"
        /// The action is done to a recording, and none was named.
        case objectMissing = "object-missing"
        /// The policy does not have the level of the recording or of the clearance.
        case levelUnknown = "level-unknown"
        /// The clearance is of a lower level.
        case levelTooLow = "level-too-low"
        /// The clearance is without a compartment of the label.
        case compartmentMissing = "compartment-missing"
        /// The recording belongs to another unit.
        case unitForeign = "unit-foreign"
        /// The level demands a purpose.
        case purposeNeeded = "purpose-needed"
        /// The principal has used up what it may.
        case quotaSpent = "quota-spent"
        /// The level demands that others agree.
        case approvalNeeded = "approval-needed"

        /// What the caller can do about it.
        var hint: String? {
            switch self {
            case .purposeNeeded: "say what it is for: the purpose (risalah get --purpose TEXT)"
            case .quotaSpent: "wait, or ask for a larger quota"
            case .approvalNeeded: "ask somebody who may approve it"
            case .certificateInvalid: "enrol again"
            case .principalInactive, .roleLacksAction, .objectMissing, .levelUnknown, .levelTooLow,
                .compartmentMissing, .unitForeign:
                nil
            }
        }
    }

    /// Which reason.
    public let code: Code
    /// The same for a person, one line, lower case.
    public let text: String

    /// The text.
    public var description: String { text }
}
