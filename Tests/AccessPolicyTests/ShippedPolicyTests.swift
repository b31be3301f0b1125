import AccessPolicy
import ArchiveConfiguration
import ArchiveCore
import Foundation
import Testing

struct ShippedPolicyTests {
    let policy: Policy

    init() throws { policy = try Policy(yaml: Policy.shipped, file: "policy.yaml") }

    @Test func `the text in the program is the file of the project`() throws {
        #expect(try configuration("policy.yaml") == Data(Policy.shipped.utf8))
    }

    @Test func `the levels are those of the archive law`() {
        #expect(policy.levels.map(\.level.name) == ["biasa", "terbatas", "rahasia", "sangat-rahasia"])
        #expect(policy.lowest.name == "biasa")
        #expect(policy.highest.name == "sangat-rahasia")
        #expect(policy.levels.map(\.sealedOnly) == [false, false, true, true])
        #expect(policy.levels.map(\.purposeRequired) == [false, false, true, true])
        #expect(policy.levels.map(\.isIndexed) == [true, true, true, false])
        #expect(policy.levels.map(\.approvals.count) == [0, 0, 0, 0])
        #expect(policy.levels.allSatisfy { $0.accessLifetime == CalendarDuration(hours: 1) })
        #expect(policy.levels.allSatisfy { $0.recipients == .any })
        #expect(policy.compartments == ["pertahanan", "anggaran", "kepegawaian"])
        #expect(policy.units == ["umum"])
        #expect(policy.rules(for: Level("rahasia")) == policy.levels[2])
        #expect(policy.rules(for: Level("top-secret")) == nil)
    }

    @Test(arguments: [
        (Role.recorder, "send", RoleRules.Units.own),
        (.archivist, "describe expect find open send show", .own),
        (.recordsManager, "approve back-date correct expect find hold propose relabel send show", .all),
        (.auditor, "read-log", .all),
        (.transcriber, "transcribe", .all),
        (.administrator, "", .own),
    ])
    func `a role has its actions`(role: Role, actions: String, units: RoleRules.Units) {
        let rules = policy.rules(for: role)
        #expect(rules.actions.map(\.rawValue).sorted().joined(separator: " ") == actions)
        #expect(rules.units == units)
    }

    @Test func `an archivist opens what the clearance covers, for a purpose where one is needed`() throws {
        let archivist = try principal(.archivist, "rahasia:anggaran", unit: "umum")
        func answer(_ label: String, purpose: Bool) throws -> String {
            let question = AccessQuestion(
                principal: archivist,
                action: .open,
                object: try recordings(label, unit: "umum"),
                purposeGiven: purpose
            )
            let decision = policy.decide(question)
            guard case .allow(let obligations) = decision else {
                return decision.reasons.map(\.code.rawValue).joined(separator: " ")
            }
            return obligations.sealedOnly ? "sealed" : "open"
        }
        #expect(try answer("biasa", purpose: false) == "open")
        #expect(try answer("terbatas:anggaran", purpose: false) == "open")
        #expect(try answer("rahasia", purpose: false) == "purpose-needed")
        #expect(try answer("rahasia:anggaran", purpose: true) == "sealed")
        #expect(try answer("rahasia:pertahanan", purpose: true) == "compartment-missing")
        #expect(try answer("sangat-rahasia", purpose: true) == "level-too-low")
    }

    /// What an institution writes that has nobody to confirm grants.
    private static let solo = Policy.shipped.replacing("second_person_from: rahasia", with: "second_person_from: never")

    @Test(arguments: [
        (Role.archivist, "terbatas", false), (.archivist, "rahasia", true), (.archivist, "sangat-rahasia", true),
        (.recorder, "biasa", false), (.transcriber, "sangat-rahasia", true), (.archivist, "top-secret", true),
        (.recordsManager, "biasa", true), (.auditor, "biasa", true),
    ])
    func `a powerful grant needs a second person`(role: Role, level: String, needed: Bool) throws {
        let clearance = Label(Level(level))
        #expect(policy.needsSecondPerson(role: role, clearance: clearance) == needed)
        let solo = try Policy(yaml: Self.solo, file: "policy.yaml")
        #expect(!solo.needsSecondPerson(role: role, clearance: clearance))
    }

    @Test func `for evaluation nothing but the second person goes`() throws {
        let solo = try Policy(yaml: Self.solo, file: "policy.yaml")
        #expect(solo.secondPersonFrom == nil)
        #expect(policy.secondPersonFrom == Level("rahasia"))
        let changed = zip(
            Policy.shipped.split(separator: "\n", omittingEmptySubsequences: false),
            Self.solo.split(separator: "\n", omittingEmptySubsequences: false)
        ).filter { $0 != $1 }
        #expect(changed.count == 1)
        #expect(changed.first?.1 == "  second_person_from: never")
        #expect(solo.levels == policy.levels)
    }

    @Test func `quotas are read, and what is not said is without limit`() {
        #expect(policy.quota(for: .recorder).incoming == 100_000_000_000)
        #expect(policy.quota(for: .recorder).uploads == 16)
        #expect(policy.quota(for: .recorder).accessesPerDay == nil)
        #expect(policy.quota(for: .archivist).accessesPerHour == 100)
        #expect(policy.quota(for: .archivist).accessesPerDay == 500)
        #expect(policy.quota(for: .auditor).incoming == nil)
    }

    @Test func `names from outside are checked against what there is`() throws {
        #expect(try policy.checked(level: "rahasia") == Level("rahasia"))
        #expect(try policy.checked(unit: "umum") == "umum")
        #expect(try policy.checked(compartments: ["anggaran", "pertahanan"]) == ["anggaran", "pertahanan"])
        let label = Label(Level("biasa"), compartments: ["anggaran"])
        #expect(try policy.checked(label: label) == label)
        func refusal(_ body: () throws -> Void) -> String {
            do { try body() } catch let error as ArchiveError { return "\(error.code.rawValue): \(error)" } catch {}
            return "accepted"
        }
        #expect(
            refusal { _ = try policy.checked(level: "Rahasia") } == "unknown-name: there is no level \"Rahasia\"; "
                + "this archive has biasa, terbatas, rahasia, sangat-rahasia"
        )
        #expect(
            refusal { try policy.checked(unit: "biro\n") }
                == "unknown-name: there is no unit \"biro\\n\"; this archive has umum"
        )
        #expect(
            refusal { try policy.checked(compartments: ["anggaran", "x"]) }
                == "unknown-name: there is no compartment \"x\""
        )
        #expect(refusal { try policy.checked(label: Label(Level("x"))) }.hasPrefix("unknown-name: there is no level"))
        #expect(
            refusal { try policy.checked(label: Label(Level("biasa"), compartments: ["x"])) }
                .hasPrefix("unknown-name: there is no compartment")
        )
    }
}
