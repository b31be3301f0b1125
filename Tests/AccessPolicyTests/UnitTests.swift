import AccessPolicy
import ArchiveConfiguration
import ArchiveCore
import Testing

/// Units that were renamed or have taken others in.
struct UnitTests {
    private func policy(_ units: String) throws -> Policy {
        try Policy(yaml: SmallPolicy.text([17: "units: \(units)"]), file: "policy.yaml")
    }

    @Test func `a unit says what it was called before`() throws {
        let policy = try policy("[one, {name: two, formerly: [deux, zwei]}, {name: three, formerly: [trois]}]")
        #expect(policy.units == ["one", "two", "three"])
        #expect(policy.formerUnits == ["deux": "two", "zwei": "two", "trois": "three"])
        #expect(policy.present(unit: "zwei") == "two" && policy.present(unit: "one") == "one")
        #expect(policy.present(unit: "cuatro") == "cuatro")
        #expect(try policy.checked(unit: "deux") == "two" && policy.checked(unit: "one") == "one")
        #expect(throws: ArchiveError.self) { try policy.checked(unit: "cuatro") }
        #expect(policy.unitsPlace == .init(line: 17, column: 8))
        #expect(try self.policy("[one, two]").formerUnits.isEmpty)
    }

    @Test(arguments: [
        ("[one, {name: two, formerly: [one]}]", "17:37: expected a name that no unit of this file has, found “one”"),
        ("[{name: two, formerly: [one]}, one]", "17:32: expected a name that no unit of this file has, found “one”"),
        ("[{name: two, formerly: [two]}]", "17:32: expected a name that no unit of this file has, found “two”"),
        ("[{name: a, formerly: [x]}, {name: b, formerly: [x]}]", "17:56: expected each name once, found “x”"),
        ("[{name: a, formerly: [x, x]}]", "17:33: expected each name once, found “x”"),
        ("[one, {name: one, formerly: [x]}]", "17:21: expected each name once, found “one”"),
        ("[{name: a, formerly: []}]", "17:29: expected a list of at least 1, found an empty list"),
        ("[{name: a}]", "17:9: expected the key formerly, found a mapping without it"),
        ("[{name: a, before: [x]}]", "17:9: expected the key formerly, found a mapping without it"),
        (
            "[{name: A, formerly: [x]}]",
            "17:16: expected a name of at most 64 small letters, digits and hyphens, the first a letter, found “A”"
        ),
    ])
    func `a mistake among the units has its place`(_ units: String, _ message: String) {
        #expect(mistake(in: SmallPolicy.text([17: "units: \(units)"]))?.description == "policy.yaml:\(message)")
    }

    @Test func `who is of a former unit is of the present one`() throws {
        let policy = try policy("[one, {name: two, formerly: [deux]}]")
        func sees(_ unit: String, _ recording: String) throws -> Bool {
            policy.isVisible(
                VisibilityClass(label: Label(Level("low")), unit: recording),
                to: Principal(
                    id: PrincipalID(),
                    role: .archivist,
                    clearance: Label(Level("low")),
                    unit: unit,
                    state: .active
                )
            )
        }
        #expect(try sees("two", "deux") && sees("deux", "two") && sees("deux", "deux") && !sees("deux", "one"))
    }
}
