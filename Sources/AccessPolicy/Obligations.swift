public import ArchiveConfiguration
public import Foundation

/// Under which conditions something is allowed: those of the recording's level, or of the highest level where the
/// question names no recording.
public struct Obligations: Sendable, Hashable {
    /// Whether recording and transcript leave sealed only.
    public let sealedOnly: Bool
    /// How many witnesses have to cosign the entry of the opening before anything is released.
    public let cosignatures: Int
    /// How long an access can be used.
    public let accessLifetime: CalendarDuration
    /// For which recipients a header may be minted.
    public let recipients: LevelRules.Recipients

    init(_ rules: LevelRules) {
        sealedOnly = rules.sealedOnly
        cosignatures = rules.cosignatures
        accessLifetime = rules.accessLifetime
        recipients = rules.recipients
    }

    /// Whether headers are minted for hybrid recipients only.
    public var hybridOnly: Bool { recipients == .hybrid }

    /// When an access that opens at `opened` closes by itself; its days are those of `timeZone`.
    public func expiry(after opened: Date, in timeZone: TimeZone) -> Date {
        accessLifetime.date(after: opened, in: timeZone)
    }
}
