import AccessPolicy
import ArchiveConfiguration
import ArchiveCore
import Testing

/// How many witnesses a level wants.
@Suite struct CosignatureRuleTests {
    /// The shipped policy, in which these levels say so many.
    private func policy(_ counts: [(level: String, count: String)], witnesses: Int? = nil) throws -> Policy {
        var yaml = Policy.shipped
        for (level, count) in counts {
            yaml = yaml.replacing("  - name: \(level)\n", with: "  - name: \(level)\n    cosignatures: \(count)\n")
        }
        return try Policy(yaml: yaml, file: "policy.yaml", witnesses: witnesses)
    }

    @Test func `no level wants any unless it says so, and those above want as many`() throws {
        #expect(try policy([]).levels.map(\.cosignatures) == [0, 0, 0, 0])
        #expect(try policy([("terbatas", "1"), ("sangat-rahasia", "2")]).levels.map(\.cosignatures) == [0, 1, 1, 2])
        #expect(try policy([("rahasia", "2")], witnesses: 2).levels.map(\.cosignatures) == [0, 0, 2, 2])
    }

    @Test func `what is allowed is allowed under that obligation`() throws {
        let policy = try policy([("terbatas", "2")])
        let reader = Principal(
            id: PrincipalID(),
            role: .archivist,
            clearance: Label(Level("terbatas")),
            unit: "umum",
            state: .active
        )
        for (level, count) in [("biasa", 0), ("terbatas", 2)] {
            let object = VisibilityClass(label: Label(Level(level)), unit: "umum")
            let question = AccessQuestion(principal: reader, action: .open, object: object, purposeGiven: true)
            guard case .allow(let obligations) = policy.decide(question) else {
                Issue.record("\(level) is not allowed")
                continue
            }
            #expect(obligations.cosignatures == count)
        }
    }

    @Test(
        arguments: [
            ([("biasa", "2"), ("terbatas", "1")], 2, "expected at least 2, because the lower level biasa demands it"),
            ([("biasa", "1")], 0, "expected at most 0, as many as log.witnesses in risalah.yaml names"),
            ([("rahasia", "3")], 2, "expected at most 2, as many as log.witnesses in risalah.yaml names"),
            ([("biasa", "10")], nil, "expected "),
            ([("biasa", "-1")], nil, "expected "),
            ([("biasa", "many")], nil, "expected "),
        ] as [([(String, String)], Int?, String)]
    )
    func `a number that cannot be is refused with its place`(
        counts: [(String, String)],
        witnesses: Int?,
        words: String
    ) throws {
        let error = #expect(throws: ConfigurationError.self) { try policy(counts, witnesses: witnesses) }
        let found = try #require(error)
        #expect(found.description.contains(words), "\(found)")
        let yaml = Policy.shipped.split(separator: "\n", omittingEmptySubsequences: false)
        let level = try #require(counts.last?.0)
        let line = try #require(yaml.firstIndex { $0 == "  - name: \(level)" }) + 1 + counts.count
        #expect(found.line == line)
        #expect(found.column == 19)
    }
}
