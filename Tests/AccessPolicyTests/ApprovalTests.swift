import ArchiveCore
import Foundation
import Testing

@testable import AccessPolicy

/// Approvals count persons (DESIGN.md section 1).
@Suite struct ApprovalTests {
    private static let wanted = LevelRules.Approvals(count: 2, role: .recordsManager)

    private func approval(_ person: UInt8, for voice: UInt8? = nil, _ role: Role = .recordsManager) -> Approval {
        Approval(person: Data([person]), voice: Data([voice ?? person]), role: role)
    }

    private func count(_ given: [Approval], requester: UInt8 = 0) -> Int {
        Self.wanted.counting(given, for: Data([requester]))
    }

    @Test func eachPersonOnce() {
        #expect(count([]) == 0)
        #expect(count([approval(1), approval(2)]) == 2)
        #expect(count([approval(1), approval(1)]) == 1)
        #expect(count([approval(1), approval(0)]) == 1)
        #expect(count([approval(1, .archivist), approval(2)]) == 1)
        // A voice that was lent is not heard again, nor does one person speak for two.
        #expect(count([approval(1, for: 2), approval(2)]) == 1)
        #expect(count([approval(1, for: 2), approval(1, for: 3)]) == 1)
        #expect(count([approval(1, for: 0)]) == 0)
        #expect(count([approval(1, for: 2), approval(3, for: 4)]) == 2)
    }

    /// Whatever was given: never the one who asks, never more than there are persons, and one more never takes away.
    @Test func ofAnythingGiven() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let given = (0..<Int.random(in: 0...6, using: &random)).map { _ in
                let person = UInt8.random(in: 0...3, using: &random)
                let voice = Bool.random(using: &random) ? person : UInt8.random(in: 0...3, using: &random)
                return approval(person, for: voice, Role.allCases.randomElement(using: &random) ?? .recordsManager)
            }
            let counted = count(given)
            let others = given.filter { $0.role == .recordsManager && $0.person != Data([0]) && $0.voice != Data([0]) }
            #expect(counted <= Set(others.map(\.person)).count, "\(given)")
            #expect(counted <= Set(others.map(\.voice)).count, "\(given)")
            #expect((counted > 0) == !others.isEmpty, "\(given)")
            #expect(count(others) == counted, "\(given)")
            for length in 0..<given.count { #expect(count(Array(given.prefix(length))) <= counted, "\(given)") }
        }
    }
}
