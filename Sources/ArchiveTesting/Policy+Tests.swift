public import AccessPolicy

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
}
