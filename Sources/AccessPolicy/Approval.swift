public import ArchiveCore
public import struct Foundation.Data

/// One person's agreement to an access that another asked for.
public struct Approval: Sendable, Hashable {
    /// Keyed digest of the natural person who agreed.
    public let person: Data
    /// The same of the person in whose stead that was; equal to ``person`` where it was in nobody's.
    public let voice: Data
    /// The role in which it was given.
    public let role: Role

    /// An approval of these parts.
    public init(person: Data, voice: Data, role: Role) {
        self.person = person
        self.voice = voice
        self.role = role
    }
}

extension LevelRules.Approvals {
    /// How many of `given`, the earliest first, count for a request of `requester`: in the role that the level wants, each person once, whether
    /// in their own stead or another's, and never who asks, under whichever principal (DESIGN.md section 1).
    public func counting(_ given: [Approval], for requester: Data) -> Int {
        var heard: Set<Data> = [requester]
        var count = 0
        for approval in given where approval.role == role {
            let persons: Set = [approval.person, approval.voice]
            guard heard.isDisjoint(with: persons) else { continue }
            heard.formUnion(persons)
            count += 1
        }
        return count
    }
}
