/// How much one principal may use at once or in a day; nil is without limit.
public struct Quota: Sendable, Hashable {
    /// Bytes under way and in quarantine together.
    public let incoming: Int?
    /// Unfinished uploads at once.
    public let uploads: Int?
    /// Accesses opened in any 60 minutes.
    public let accessesPerHour: Int?
    /// Accesses opened in any 24 hours.
    public let accessesPerDay: Int?

    /// No limits: what a role has that the file does not name.
    static let unlimited = Quota(incoming: nil, uploads: nil, accessesPerHour: nil, accessesPerDay: nil)
}
