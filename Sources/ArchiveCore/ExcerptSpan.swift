/// A part of a recording, in milliseconds from its beginning.
public struct ExcerptSpan: Sendable, Hashable, Codable {
    /// Where it begins; 0 or more.
    public let from: Int
    /// Where it ends; more than ``from``.
    public let to: Int

    /// The part from one millisecond to another.
    public init(from: Int, to: Int) {
        self.from = from
        self.to = to
    }

    /// The part that a request names, cut to a recording of `duration` seconds; nil where it names none.
    ///
    /// - Parameters:
    ///   - from: seconds; the beginning where it is absent.
    ///   - to: seconds; the end where it is absent.
    /// - Throws: `bad-request` where the part is none.
    public init?(from: Double?, to: Double?, duration: Double) throws(ArchiveError) {
        guard from != nil || to != nil else { return nil }
        let end = (duration * 1000).rounded(.up)
        let first = ((from ?? 0) * 1000).rounded()
        let last = min((to.map { ($0 * 1000).rounded() }) ?? end, end)
        // NaN compares false.
        guard first >= 0, first < end else {
            throw ArchiveError(
                .badRequest,
                "from is outside of a recording of \(duration) s",
                hint: "seconds from 0 on, before its end"
            )
        }
        guard last > first else {
            throw ArchiveError(.badRequest, "to is not after from", hint: "both are seconds of the recording")
        }
        self.init(from: Int(first), to: Int(last))
    }

    /// ``from`` in seconds.
    public var fromSeconds: Double { Double(from) / 1000 }
    /// ``to`` in seconds.
    public var toSeconds: Double { Double(to) / 1000 }
}
