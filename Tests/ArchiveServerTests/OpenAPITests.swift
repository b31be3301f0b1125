import ArchiveTesting
import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import ArchiveServer

@Suite("The OpenAPI document is true")
struct OpenAPITests {
    /// `METHOD /path` of every operation in the document, read by the indentation that YAML gives it.
    private var documented: Set<String> {
        var found: Set<String> = []
        var path = ""
        for line in OpenAPI.document.split(separator: "\n") {
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
        _ = try await Archive.initialize(
            root: folder,
            name: nil,
            listen: "127.0.0.1:0",
            health: "none",
            isSolo: true,
            clock: ManualClock()
        )
        let archive = try await Archive.open(root: folder, clock: ManualClock())
        let routes = archive.router().routes.map { route in
            "\(route.method.rawValue) \(route.path.description.replacing(":id", with: "{id}"))"
        }
        try archive.close()
        #expect(routes.count > 15)
        #expect(Set(routes) == documented)
    }
}
