import Age
import ArchiveClient
import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Foundation
import Testing

@testable import Importing

/// With what label something is taken: never by a guess, and never lower than anybody said.
@Suite struct ImportPlanTests {
    private let folder: TemporaryFolder
    private let recipients: Recipients

    init() throws {
        folder = try TemporaryFolder()
        recipients = Recipients(
            levels: ["biasa", "terbatas", "rahasia"].map { name in
                Recipients.Entry(
                    level: Level(name),
                    x25519: Identity.generateX25519().recipient.description,
                    hybrid: "",
                    sealedOnly: false
                )
            }
        )
    }

    private func plan(_ found: [RecordingMetadata], _ options: RecordingMetadata) throws -> [RecordingMetadata] {
        var findings = Findings()
        findings.items = found.enumerated().map { ImportItem(.list, SourceTree.File("\($0)"), $1) }
        let plan = try ImportPlan(findings, below: SourceRoot(folder.path), as: options, recipients: recipients)
        return plan.findings.items.map(\.metadata)
    }

    private let all = RecordingMetadata(level: Level("terbatas"), compartments: ["x"], unit: "umum", series: "rapat")

    @Test func `labels only join`() throws {
        let found = ["biasa", "rahasia", nil].map { name in
            RecordingMetadata(level: name.map { Level($0) }, compartments: ["y"], unit: name.map { _ in "lain" })
        }
        let made = try plan(found, all)
        #expect(made.map { $0.level?.name } == ["terbatas", "rahasia", "terbatas"])
        #expect(made.allSatisfy { $0.compartments == ["x", "y"] } && made.map(\.unit) == ["lain", "lain", "umum"])
    }

    @Test(arguments: ["level", "unit", "series"])
    func `without a label nothing is begun`(_ missing: String) throws {
        var options = all
        switch missing {
        case "level": options.level = nil
        case "unit": options.unit = nil
        default: options.series = nil
        }
        let whole = RecordingMetadata(level: Level("biasa"), unit: "u", series: "s")
        let error = #expect(throws: ArchiveError.self) { try plan([whole, RecordingMetadata(title: "t")], options) }
        #expect(error?.code == .badMetadata && error?.message.hasSuffix("1 has no \(missing)") == true)
        #expect(try plan([whole], RecordingMetadata()).count == 1)
    }

    @Test func `a level that there is not, and a title for two`() throws {
        var options = all
        options.level = Level("nihil")
        #expect(throws: ArchiveError.self) { try plan([RecordingMetadata()], options) }
        options = all
        options.title = "Rapat"
        #expect(try plan([RecordingMetadata(title: "found")], options).map(\.title) == ["Rapat"])
        #expect(throws: ArchiveError.self) { try plan([RecordingMetadata(), RecordingMetadata()], options) }
    }
}
