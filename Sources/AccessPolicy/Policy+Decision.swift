public import ArchiveCore

extension Policy {
    /// Whether recordings of this class exist for `principal`: an active principal, whose role may find or show, whose
    /// clearance dominates, and to whom the unit is open (DESIGN.md invariant 4).
    ///
    /// Where it is false the answer is that of an absent thing; only where it is true may a refusal be told.
    public func isVisible(_ visibility: VisibilityClass, to principal: Principal) -> Bool {
        let rules = rules(for: principal.role)
        return principal.state == .active
            && (rules.actions.contains(.find) || rules.actions.contains(.show))
            && dominates(principal.clearance, visibility.label)
            && isOpen(visibility.unit, to: principal, rules)
    }

    /// Decides; with all reasons where the answer is not yes (DESIGN.md section 6, the last paragraph).
    public func decide(_ question: AccessQuestion) -> Decision {
        let rules = rules(for: question.principal.role)
        let object = question.action.reach == .none ? nil : question.object
        var reasons = standing(question, rules)
        reasons += mismatches(question, object, rules)
        let level = object.map { self.rules(for: $0.label.level) } ?? levels.last
        // Nil for a level that the policy does not have. Where an action looks at levels, that is a reason already;
        // where it does not (send), nobody could say under which obligations it is allowed.
        let quota = question.quotaSpent ? [Reason(.quotaSpent, "the quota of this principal is spent")] : []
        guard let level else { return .refuse((reasons.isEmpty ? [.levelUnknown(object)] : reasons) + quota) }
        if question.action == .open, level.purposeRequired, !question.purposeGiven {
            reasons.append(Reason(.purposeNeeded, "level \(level.level) is opened for a stated purpose only"))
        }
        reasons += quota
        guard reasons.isEmpty else { return .refuse(reasons) }
        if question.action == .open, question.approvals < level.approvals.count {
            return .wait([.approvalNeeded(level, question.approvals)])
        }
        return .allow(Obligations(level))
    }

    /// What is wrong with the asker, whatever the recording is.
    private func standing(_ question: AccessQuestion, _ rules: RoleRules) -> [Reason] {
        var reasons: [Reason] = []
        let principal = question.principal
        if principal.state != .active {
            reasons.append(Reason(.principalInactive, "the principal is \(principal.state.rawValue)"))
        }
        if !question.certificateValid {
            reasons.append(Reason(.certificateInvalid, "the certificate is not valid"))
        }
        if !rules.actions.contains(question.action) {
            let (role, action) = (principal.role.rawValue, question.action.rawValue)
            reasons.append(Reason(.roleLacksAction, "role \(role) has no action \(action)"))
        }
        return reasons
    }

    /// What keeps the asker from this recording.
    private func mismatches(
        _ question: AccessQuestion,
        _ object: VisibilityClass?,
        _ rules: RoleRules
    ) -> [Reason] {
        guard let object else {
            guard question.action.needsObject else { return [] }
            return [Reason(.objectMissing, "\(question.action.rawValue) is done to one recording, and none is named")]
        }
        let principal = question.principal
        var reasons: [Reason] = []
        if question.action.reach == .all {
            reasons += shortfall(of: principal.clearance, below: object)
        }
        if !isOpen(object.unit, to: principal, rules) {
            reasons.append(Reason(.unitForeign, "role \(principal.role.rawValue) works in its own unit only"))
        }
        return reasons
    }

    /// Why `clearance` does not dominate; empty exactly where it does.
    private func shortfall(of clearance: Label, below object: VisibilityClass) -> [Reason] {
        var reasons: [Reason] = []
        if let cleared = rank(of: clearance.level), let needed = rank(of: object.label.level) {
            if cleared < needed {
                reasons.append(Reason(.levelTooLow, "clearance \(clearance.level) is below \(object.label.level)"))
            }
        } else {
            reasons.append(.levelUnknown(object))
        }
        let missing = object.label.compartments.filter { !clearance.compartments.contains($0) }
        if !missing.isEmpty {
            let names = missing.joined(separator: ", ")
            reasons.append(Reason(.compartmentMissing, "the clearance is without \(names)"))
        }
        return reasons
    }

    private func isOpen(_ unit: String, to principal: Principal, _ rules: RoleRules) -> Bool {
        rules.units == .all || present(unit: unit) == present(unit: principal.unit)
    }
}

extension Reason {
    fileprivate init(_ code: Code, _ text: String) {
        self.code = code
        self.text = text
    }

    fileprivate static func levelUnknown(_ object: VisibilityClass?) -> Reason {
        let label = object.map { " (the recording's is \($0.label.level))" } ?? ""
        return Reason(.levelUnknown, "the policy lacks a level that is meant here\(label)")
    }

    fileprivate static func approvalNeeded(_ rules: LevelRules, _ given: Int) -> Reason {
        let role = rules.approvals.role.map { " in role \($0.rawValue)" } ?? ""
        let missing = rules.approvals.count - max(given, 0)
        return Reason(.approvalNeeded, "level \(rules.level) needs \(missing) more approvals by other persons\(role)")
    }
}
