public import ArchiveCore

/// May *p* do this to *r*? Everything that the answer depends on, the policy aside.
public struct AccessQuestion: Sendable, Hashable {
    /// Who asks.
    public let principal: Principal
    /// To do what.
    public let action: Action
    /// With which recording; nil for actions about none, or where the question is whether at all.
    public let object: VisibilityClass?
    /// Whether a purpose was given.
    public let purposeGiven: Bool
    /// Whether the certificate is within its dates, of our issuer and the principal's.
    public let certificateValid: Bool
    /// How many persons other than the one who asks have approved, each in the role that the level wants.
    public let approvals: Int
    /// Whether the principal has used up what it may in this time.
    public let quotaSpent: Bool

    /// A question with these parts.
    ///
    /// - Parameter certificateValid: true by default, because a shell answers no request without checking it
    ///   (DESIGN.md section 7).
    public init(
        principal: Principal,
        action: Action,
        object: VisibilityClass? = nil,
        purposeGiven: Bool = false,
        certificateValid: Bool = true,
        approvals: Int = 0,
        quotaSpent: Bool = false
    ) {
        self.principal = principal
        self.action = action
        self.object = object
        self.purposeGiven = purposeGiven
        self.certificateValid = certificateValid
        self.approvals = approvals
        self.quotaSpent = quotaSpent
    }
}
