import AccessPolicy
import ArchiveCore
import ArchiveTesting
import Testing

/// Labels form a join-semilattice (DESIGN.md invariant 10).
struct LabelTests {
    @Test func `a clearance covers its level and what is below, with its compartments`() throws {
        let policy = try Policy(yaml: Policy.shipped, file: "policy.yaml")
        let order = ["biasa", "terbatas", "rahasia", "sangat-rahasia"]
        for (high, cleared) in order.enumerated() {
            for (low, needed) in order.enumerated() {
                #expect(policy.dominates(Label(Level(cleared)), Label(Level(needed))) == (high >= low))
            }
        }
        func dominates(_ clearance: String, _ label: String) -> Bool {
            guard let one = Label(parsing: clearance), let other = Label(parsing: label) else { return false }
            return policy.dominates(one, other)
        }
        #expect(dominates("rahasia:anggaran,pertahanan", "biasa:anggaran"))
        #expect(!dominates("sangat-rahasia", "biasa:anggaran"))
        #expect(!dominates("rahasia:anggaran", "biasa:anggaran,pertahanan"))
        #expect(!dominates("lain", "biasa"))
        #expect(!dominates("sangat-rahasia", "lain"))
        #expect(!dominates("lain", "lain"))
    }

    @Test func `a join is the highest level and all compartments`() throws {
        let policy = try Policy(yaml: Policy.shipped, file: "policy.yaml")
        func join(_ labels: String...) -> String {
            policy.join(labels.compactMap { Label(parsing: $0) }).description
        }
        #expect(join() == "biasa")
        #expect(join("terbatas") == "terbatas")
        #expect(join("rahasia", "biasa:anggaran", "terbatas:pertahanan") == "rahasia:anggaran,pertahanan")
        // What the policy does not know is above everything: nobody sees it.
        #expect(join("sangat-rahasia", "lain:anggaran") == "lain:anggaran")
        #expect(join("lain", "asing", "biasa") == "lain")
    }

    @Test func `joins keep the laws of a semilattice`() throws {
        var random = SeededGenerator(seed: 11)
        var dominated = 0
        for _ in 0..<500 {
            let generated = try GeneratedPolicy(using: &random)
            let policy = generated.policy
            for _ in 0..<40 {
                let labels = (0..<3).map { _ in generated.label(using: &random) }
                let (a, b, c) = (labels[0], labels[1], labels[2])
                #expect(policy.join([a]) == a)
                #expect(policy.join([a, a]) == a)
                #expect(policy.join([a, b]) == policy.join([b, a]))
                #expect(policy.join([policy.join([a, b]), c]) == policy.join([a, policy.join([b, c])]))
                #expect(policy.join([a, b, c]) == policy.join([policy.join([a, b]), c]))
                #expect(policy.join([a, policy.join([])]) == a)
                let join = policy.join(labels)
                let known = labels.allSatisfy { policy.rules(for: $0.level) != nil }
                for label in labels { #expect(policy.dominates(join, label) == known) }
                guard known else { continue }
                dominated += 1
                // It is the least: whatever dominates all of them dominates it.
                let other = generated.label(using: &random)
                let coversAll = labels.allSatisfy { policy.dominates(other, $0) }
                #expect(policy.dominates(other, join) == coversAll)
            }
        }
        #expect(dominated > 5000)
    }
}
