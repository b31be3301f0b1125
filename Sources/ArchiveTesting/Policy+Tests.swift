public import AccessPolicy
import Foundation

extension Policy {
    /// The policy as shipped, without its section of quotas: nobody is bounded by them.
    public static var shippedWithoutQuotas: String {
        var lines: [Substring] = []
        var isInQuotas = false
        for line in shipped.split(separator: "\n", omittingEmptySubsequences: false) {
            // The section ends at the first line that is not indented.
            isInQuotas = line == "quotas:" || (isInQuotas && (line.hasPrefix(" ") || line.isEmpty))
            if !isInQuotas { lines.append(line) }
        }
        return lines.joined(separator: "\n")
    }

    /// A policy in which every level above the lowest wants so many records managers to agree.
    public static func asking(approvals: Int, of policy: String = shippedWithoutQuotas) -> String {
        var levels = policy.components(separatedBy: "approvals: {count: 0}")
        // The lowest level asks nobody, and no higher one for less than a lower.
        let lowest = levels.removeFirst() + "approvals: {count: 0}" + levels.removeFirst()
        return ([lowest] + levels).joined(separator: "approvals: {count: \(approvals), role: records-manager}")
    }

    /// `policy` with records managers who work in their own unit only, of two.
    public static func withManagersOfTheirUnit(_ policy: String) -> String {
        policy.replacing(/(  records-manager:\n    actions: \[.*\]\n    units: )all/) { "\($0.output.1)own" }
            .replacing("units: [umum]", with: "units: [umum, hukum]")
    }
}
