import ArchiveTesting
import Foundation
import HTTPTypes
import Hummingbird
import TestSupport
import Testing

@testable import ArchiveServer

@Suite("The OpenAPI document is true")
struct OpenAPITests {
    /// `METHOD /path` of every operation in the document, read by the indentation that YAML gives it.
    private var documented: Set<String> {
        var found: Set<String> = []
        var path = ""
        for line in String(decoding: PackageResources.openapi_yaml, as: UTF8.self).split(separator: "\n") {
            if line.hasPrefix("components:") { break }
            if line.hasPrefix("  /") { path = line.trimmingCharacters(in: [" ", ":"]) }
            for method in ["get", "put", "post", "patch", "head", "options", "delete"] where line == "    \(method):" {
                found.insert("\(method.uppercased()) \(path)")
            }
        }
        return found
    }

    @Test func `every route is documented and every documented route is there`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "openapi-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await Archive.makeForTest(at: folder, clock: ManualClock())
        let archive = try await Archive.open(root: folder, clock: ManualClock())
        let routes = archive.router().routes.map { route in
            "\(route.method.rawValue) \(route.path.description.replacing(":id", with: "{id}").replacing(":number", with: "{number}").replacing("**", with: "{path}"))"
        }
        try archive.close()
        #expect(routes.count > 15)
        #expect(Set(routes) == documented)
    }

    /// Reads the document, and a line with schema, status and answer for each exchange; says what does not hold.
    private static let validator = """
        import json, sys, yaml
        from jsonschema import Draft202012Validator
        from openapi_spec_validator import validate
        document = yaml.safe_load(open(sys.argv[1]))
        validate(document)
        for line in sys.stdin:
            name, answer = line.split(" ", 1)
            schema = {"$ref": "#/components/schemas/" + name, "components": document["components"]}
            for error in Draft202012Validator(schema).iter_errors(json.loads(answer)):
                print(name, list(error.absolute_path), error.message)
            known = set(document["components"]["schemas"][name]["properties"])
            for field in set(json.loads(answer)) - known:
                print(name, "has the field", field, "which is not documented")
        """

    @Test func `the document is OpenAPI, and real answers are what it says`() throws {
        let archive = try LiveArchive()
        try archive.enrol("perekam", "recorder")
        try archive.enrol("sari", "archivist", clearance: "terbatas")
        try archive.enrol("wati", "auditor")
        try archive.enrol("eko", "records-manager", clearance: "terbatas")
        try archive.enrol("dewi", "archivist", clearance: "sangat-rahasia:pertahanan,anggaran,kepegawaian")
        try archive.enrol("umar", "records-manager", clearance: "terbatas")
        let coming = try archive.create(length: nil, as: "perekam")
        #expect(coming.status == 201)
        let sealed = try archive.seal(Data(MadeStream.fresh()), to: "terbatas", as: "perekam")
        let source = "sha256:\(String(repeating: "0f", count: 32)),77,zoom"
        let query = "level=terbatas&unit=umum&series=rapat&title=Rapat&source=\(source)"
        let stored = try archive.put(sealed, as: "perekam", query: query)
        let id = try #require(stored.json["id"] as? String, "\(stored.text)")
        var lines = ["StoredRecording \(stored.text)"]
        let announcement = #"{"meeting":"Pleno","starts":"2026-11-21T10:00:00Z","duration":3600,"unit":"umum"}"#
        let correction = #"{"series":"kerja","meeting":"Pleno","start":null,"reason":"Salah jenis"}"#
        let originals = #"{"recordings":["\#(id)","\#(String(repeating: "a", count: 26))"]}"#
        let corrections =
            #"{"corrections":[{"recording":"\#(id)","unit":"gaib","reason":"x"},{"recording":"x","reason":"x"}]}"#
        let exchanges: [(schema: String, who: String, path: String, arguments: [String])] = [
            ("WhoAmI", "sari", "/v1/whoami", []),
            ("WaitingGrants", "umar", "/v1/grants", []),
            ("Recipients", "perekam", "/v1/recipients", []),
            ("Recording", "sari", "/v1/recordings/\(id)", []),
            ("Decision", "sari", "/v1/recordings/\(id)/decision", []),
            ("Decision", "sari", "/v1/recordings/\(id)/decision?action=relabel", []),
            ("Recording", "sari", "/v1/recordings/\(id)", ["-X", "PATCH", "-d", #"{"title":"Rapat lain"}"#]),
            ("ProvenancePage", "sari", "/v1/recordings/\(id)/provenance", []),
            ("ProvenancePage", "sari", "/v1/recordings/\(id)/provenance?limit=1", []),
            ("RevisionPage", "sari", "/v1/recordings/\(id)/revisions", []),
            ("Correction", "eko", "/v1/recordings/\(id)/record", ["-X", "PATCH", "-d", correction]),
            ("Corrections", "eko", "/v1/corrections", ["-d", corrections]),
            ("RetentionExplanation", "sari", "/v1/recordings/\(id)/retention", []),
            (
                "RetentionExplanation", "eko", "/v1/recordings/\(id)/retention",
                ["-d", #"{"decision":"permanent","reason":"x"}"#]
            ),
            ("TombstonePage", "eko", "/v1/tombstones", []),
            ("DuePage", "eko", "/v1/retention/due?within=P50Y", []),
            ("List", "eko", "/v1/destructions", ["-d", #"{"recordings":["\#(id)"],"withdraw":true,"reason":"x"}"#]),
            ("ListPage", "eko", "/v1/destructions", []),
            ("PlacedHolds", "eko", "/v1/recordings/\(id)/holds", ["-d", #"{"matter":"Audit","reason":"BPK"}"#]),
            ("HoldList", "eko", "/v1/recordings/\(id)/holds", []),
            ("SignedOriginals", "sari", "/v1/originals", ["-d", originals]),
            ("RecordingPage", "sari", "/v1/recordings?limit=1", []),
            ("ReceivingList", "dewi", "/v1/receiving", []),
            ("Access", "sari", "/v1/recordings/\(id)/accesses", ["-d", "{}"]),
            ("RequestPage", "sari", "/v1/accesses?list=own", []),
            ("DelegationList", "sari", "/v1/delegations", []),
            ("Expectation", "sari", "/v1/expectations", ["-d", announcement]),
            ("ExpectationPage", "sari", "/v1/expectations?limit=1", []),
            ("Problem", "sari", "/v1/audit/entries", []),
            ("Problem", "perekam", "/v1/recordings?level=%FF", ["-T", "-"]),
            ("EntryPage", "wati", "/v1/audit/entries", []),
            ("LogVerification", "wati", "/v1/audit/verification", []),
            ("AuditDirectory", "wati", "/v1/audit/directory", []),
            ("EntryTexts", "wati", "/v1/audit/texts?seq=1,2,3", []),
            ("LogOriginList", "wati", "/v1/audit/origins", []),
            ("ConsistencyReport", "wati", "/v1/audit/consistency?from=1&to=3", []),
        ]
        for (schema, who, path, arguments) in exchanges {
            lines.append("\(schema) \(try archive.curl(as: who, path, arguments).text)")
        }
        let document = archive.folder.appending(path: "openapi.yaml")
        try archive.curl(as: "sari", "/v1/openapi.yaml").body.write(to: document)
        let found = try Program.run(
            LiveArchive.python,
            ["-c", Self.validator, document.path],
            input: Data(lines.map { "\($0)\n" }.joined().utf8)
        )
        #expect(found.status == 0 && found.text.isEmpty, "\(found.text)\(found.errorText)")
        // The validator does find what is wrong.
        let wrong = try Program.run(
            LiveArchive.python,
            ["-c", Self.validator, document.path],
            input: Data("Access {\"id\":\"x\",\"more\":1}\n".utf8)
        )
        #expect(wrong.text.split(separator: "\n").count >= 4, "\(wrong.text)\(wrong.errorText)")
    }
}
