@testable import ArchiveClient
import ArchiveCore
import ArchiveTesting
import Foundation
import Testing

@Suite struct HomeTests {
    @Test func location() throws {
        func path(_ option: String?, _ environment: [String: String]) throws -> String {
            try ClientHome(option: option, environment: environment).path
        }
        let all = ["RISALAH_HOME": "/r", "XDG_CONFIG_HOME": "/x", "HOME": "/h"]
        #expect(try path("/o", all) == "/o")
        #expect(try path(nil, all) == "/r")
        #expect(try path(nil, ["XDG_CONFIG_HOME": "/x", "HOME": "/h", "RISALAH_HOME": ""]) == "/x/risalah")
        #expect(try path(nil, ["XDG_CONFIG_HOME": "relative", "HOME": "/h"]) == "/h/.config/risalah")
        #expect(throws: ArchiveError.self) { try path(nil, [:]) }
    }

    @Test func notEnrolled() async throws {
        let home = ClientHome(path: try TestFolder().file("none"))
        let error = await expectError(.configuration) { _ = try Credentials(home: home) }
        #expect(error?.code.exitStatus == .configuration)
        #expect(error?.hint?.hasPrefix("risalah enrol URL --invite") == true)
    }

    @Test func writesPrivately() throws {
        let folder = try TestFolder()
        let home = ClientHome(path: folder.file("a/b"))
        try home.write([.key: "k", .certificate: "c"], in: LocalFileSystem())
        #expect(try folder.names("a/b") == ["certificate.pem", "key.pem"])
        #expect(try FileManager.default.mode(home.path) == 0o700)
        #expect(try FileManager.default.mode(home.path(of: .key)) == 0o600)
        #expect(try home.isEnrolled())
    }

    @Test func refusesKeysThatOthersRead() async throws {
        let home = ClientHome(path: try TestFolder().file("home"))
        try home.write([.key: "k", .certificate: "c"], in: LocalFileSystem())
        #expect(try home.text(of: .key, in: LocalFileSystem()) == "k")
        try LocalFileSystem().setMode(home.path(of: .key), 0o640, label: "test")
        let error = await expectError(.configuration) { _ = try home.text(of: .key, in: LocalFileSystem()) }
        #expect(error?.hint == "chmod 600 \(home.path(of: .key))")
        try LocalFileSystem().setMode(home.path(of: .certificate), 0o644, label: "test")
        #expect(try home.text(of: .certificate, in: LocalFileSystem()) == "c")
    }

    /// Whatever call fails, and at whichever file, nothing is left.
    @Test func leavesNothingOnFailure() async throws {
        let contents: [ClientHome.File: String] = Dictionary(
            uniqueKeysWithValues: ClientHome.File.allCases.map { ($0, "x") }
        )
        var failures = 0
        for after in 0..<40 {
            let folder = try TestFolder()
            let home = ClientHome(path: folder.file("home"))
            let files = FaultyFileSystem(failing: "home.write", after: after)
            do {
                try home.write(contents, in: files)
                #expect(try folder.names("home").count == contents.count)
            } catch {
                failures += 1
                #expect(try folder.names("home").isEmpty)
            }
        }
        // Six files, of which each takes a removal, an opening, a write, a sync, a rename and a folder's sync.
        #expect(failures == 36)
    }

    @Test func keepsKeysThatAreThere() async throws {
        let folder = try TestFolder()
        let home = ClientHome(path: folder.path)
        _ = try folder.write("identity.txt", "AGE-SECRET-KEY-1".utf8)
        let error = await expectError(.configuration) { try home.requireEmpty(in: LocalFileSystem()) }
        #expect(error?.hint?.contains("--home") == true)
    }
}
