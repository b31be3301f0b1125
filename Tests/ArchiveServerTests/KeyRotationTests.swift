import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Synchronization
import TestSupport
import Testing
import Vault

@testable import ArchiveServer

@Suite("The archive's own keys are changed while it serves")
struct KeyRotationTests {
    /// Runs `risalahd` as a user of the host would, beside the service.
    private func risalahd(_ served: ServedArchive, _ arguments: String...) throws -> Program.Outcome {
        try Program.run(
            LiveArchive.programs.appending(path: "risalahd").path,
            arguments + ["--root", served.folder.file("archive")],
            environment: ["SWIFT_BACKTRACE": "enable=no", "LC_ALL": "C"]
        )
    }

    func json(_ outcome: Program.Outcome) throws -> [String: Any] {
        try #require(
            JSONSerialization.jsonObject(with: outcome.output) as? [String: Any],
            "\(outcome.text)\(outcome.errorText)"
        )
    }

    private func entries(_ archive: Archive, _ action: String) async throws -> [[String: String]] {
        var filter = EntryFilter()
        filter.action = action
        return try await archive.catalogue.read { [filter] in try $0.entries(filter, limit: 100) }
            .compactMap { LogEntry(leaf: $0.leaf)?.details }
    }

    private func served() async throws -> ServedArchive {
        try await ServedArchive(
            Date(),
            configure: { try LiveArchive.keepSmallReserves(URL(filePath: "\($0)/Config")) }
        )
    }

    // MARK: Levels

    private func recipients(_ served: ServedArchive) throws -> [String] {
        let answer = try served.curl("GET", "/v1/recipients", as: "perekam").text
        let found = try CanonicalJSON.decode(Recipients.self, from: Data(answer.utf8))
        let level = try #require(found.levels.first { $0.level == Level("biasa") })
        return [try #require(level.x25519), level.hybrid]
    }

    private func send(_ served: ServedArchive, to recipient: String) throws -> Int {
        let sealed = try Program.run("age", ["-r", recipient], input: Data(MadeStream.fresh()))
        try #require(sealed.status == 0, "\(sealed.errorText)")
        let home = served.folder.file("perekam")
        let sent = try Program.run(
            "curl",
            [
                "-sS", "-m", "60", "-o", "/dev/null", "-w", "%{http_code}", "-T", "-", "--cacert", "\(home)/ca.pem",
                "--cert", "\(home)/certificate.pem", "--key", "\(home)/key.pem",
                "\(served.url)/v1/recordings?level=biasa&unit=umum&series=rapat&title=Rapat",
            ],
            input: sealed.output
        )
        return Int(sent.text) ?? 0
    }

    @Test func `a level: old recipients are taken until they are retired`() async throws {
        let served = try await served()
        try await served.enrol("perekam", .recorder)
        let old = try recipients(served)
        #expect(try send(served, to: old[0]) == 201)
        let rotated = try json(risalahd(served, "keys", "rotate", "level", "biasa", "--json"))
        let fresh = try recipients(served)
        #expect(rotated["publicForms"] as? [String] == fresh && Set(fresh).isDisjoint(with: old))
        #expect(try send(served, to: old[0]) == 201)
        #expect(try send(served, to: fresh[0]) == 201)
        let key = try #require(rotated["from"] as? String)

        // A header that has not come.
        let upload = UploadID()
        try served.archive.vault.begin(upload, recording: RecordingID())
        let listed = try risalahd(served, "keys", "list")
        #expect(listed.status == 0 && listed.text.contains(key), "\(listed.text)\(listed.errorText)")
        #expect(listed.text.contains("needed by upload \(upload)"), "\(listed.text)")
        #expect(listed.text.contains(fresh[0]) && listed.text.contains(old[0]))
        let refused = try risalahd(served, "keys", "retire", "level", "biasa", key)
        #expect(refused.status != 0 && refused.errorText.contains("\(upload)"), "\(refused.errorText)")
        // So many are named, and all are counted.
        let others = (0..<24).map { _ in UploadID() }
        for other in others { try served.archive.vault.begin(other, recording: RecordingID()) }
        let many = try risalahd(served, "keys", "list")
        #expect(many.text.contains(", and 5 more\n"), "\(many.text)")
        let report = try #require(
            try risalahd(served, "keys", "list", "--json").text.split(separator: "\n").map {
                try CanonicalJSON.decode(KeyReport.self, from: Data($0.utf8))
            }.first { $0.key == key }
        )
        #expect(report.neededBy.count == 20 && report.neededByCount == 25)
        for other in others + [upload] { try served.archive.vault.forget(other) }
        let retired = try risalahd(served, "keys", "retire", "level", "biasa", key)
        #expect(retired.status == 0, "\(retired.errorText)")
        #expect(try send(served, to: old[0]) >= 400)
        #expect(try send(served, to: fresh[0]) == 201)
        let (rotations, retirements) = (
            try await entries(served.archive, "key.rotate"), try await entries(served.archive, "key.retire")
        )
        #expect(
            rotations == [
                ["kind": "level", "level": "biasa", "from": key, "to": rotated["to"] as? String ?? ""]
            ]
        )
        #expect(retirements == [["kind": "level", "level": "biasa", "from": key]])
        try await served.close()
    }

    // MARK: The log

    @Test func `the log: auditors go on, and miss nothing`() async throws {
        let served = try await served()
        try await served.enrol("wati", .auditor)
        let path = served.folder.file("archive/Config/log.vkey")
        let old = try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let first = try served.risalah("wati", "audit", "verify", "--vkey", old)
        #expect(first.status == 0, "\(first.errorText)")
        let rotated = try json(risalahd(served, "keys", "rotate", "log", "--reason", "Kunci bocor", "--json"))
        let key = try #require((rotated["publicForms"] as? [String])?.first)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "\(key)\n" && key != old)
        let waits = try served.risalah("wati", "audit", "verify")
        #expect(waits.status == 67 && waits.errorText.contains("nothing is lost"), "\(waits.errorText)")
        #expect(!waits.errorText.contains("not in the log any more") && waits.errorText.contains("Kunci bocor"))
        let accepted = try served.risalah("wati", "audit", "verify", "--accept-origin", "--vkey", key)
        #expect(accepted.status == 0, "\(accepted.errorText)")
        #expect(try served.risalah("wati", "audit", "verify").status == 0)
        #expect(try risalahd(served, "audit", "verify").status == 0)
        let listed = try risalahd(served, "keys", "list")
        #expect(listed.text.contains(key) && listed.text.contains(old), "\(listed.text)")
        try await served.close()
    }

    // MARK: The root key

    private struct Rotation {
        let root: String
        let files = FaultyFileSystem()
        var layout: StorageLayout { StorageLayout(root: root) }

        func opened(_ files: any FileSystem = LocalFileSystem()) async throws -> Archive {
            try await Archive.open(root: root, files: files)
        }

        func rotate(_ archive: Archive) async throws -> KeyChangeReport {
            let made = RootKeyFile.make()
            let next = NextRootKey(key: Data(made.key.exposedBytes), kind: "file", contents: Data(made.contents))
            let response = try await archive.administer(.rotateKey(.root(next)), by: .hostUser(7))
            guard case .changedKey(let report) = response else {
                throw ArchiveError(.unexpected, "another answer")
            }
            return report
        }

        /// The vault below `root` opens with what lies where the root key should be.
        func expectToOpen(at root: String, _ what: Comment) throws {
            let layout = StorageLayout(root: root)
            let vault = try Vault(path: layout.vaultDatabase, root: RootKeyFile(path: layout.rootKey))
            #expect(try vault.document(Archive.originName) != nil, what)
            try vault.close()
        }
    }

    private func rotation(in folder: TemporaryFolder) async throws -> Rotation {
        let rotation = Rotation(root: folder.file("archive"))
        try await Archive.makeForTest(at: rotation.root)
        // It is photographed again and again.
        try LiveArchive.keepSmallReserves(URL(filePath: rotation.layout.config))
        return rotation
    }

    /// Each labelled call fails, and a kill comes before each: what then lies in its place opens what then lies in Storage.
    @Test func `the root key: whatever fails, what lies there opens the vault`() async throws {
        let folder = try TemporaryFolder()
        let rotation = try await rotation(in: folder)
        let archive = try await rotation.opened(rotation.files)
        let first = try RootKeyFile(path: rotation.layout.rootKey).rootKey()
        var rotated: KeyChangeReport?
        let isOfRootKey: @Sendable (FileLabel) -> Bool = { $0.description.hasPrefix("root-key.") }
        let calls = try await rotation.files.photographs(of: rotation.root, where: isOfRootKey) {
            rotated = try await rotation.rotate(archive)
        }
        let report = try #require(rotated)
        #expect(!report.waiting && report.from != report.to)
        #expect(calls.contains { $0.label == "root-key.next" } && calls.contains { $0.label == "root-key.switch" })
        for (number, call) in calls.enumerated() {
            try rotation.expectToOpen(at: call.folder.path, "killed before \(number), \(call.label)")
        }
        // The switch is durable but for its folder: the next start goes on, and has the entry.
        let killed = try #require(calls.last).folder
        let again = try await Archive.open(root: killed.path)
        #expect(try !again.vault.isOpenedByNextRootKey && again.vault.pendingKeyChange() == nil)
        #expect(try await entries(again, "key.rotate").map(\.["to"]) == [report.to])
        try again.close()
        #expect(throws: ArchiveError.self) {
            try Vault(path: StorageLayout(root: killed.path).vaultDatabase, rootKey: first)
        }
        for number in calls.indices {
            let count = Mutex(-1)
            rotation.files.fail { label, _ in
                guard isOfRootKey(label) else { return nil }
                let called = count.withLock { count in
                    count += 1
                    return count
                }
                guard called == number else { return nil }
                return ArchiveError(.inputOutput, "the test fails call \(number)")
            }
            let error = await archiveError { _ = try await rotation.rotate(archive) }
            #expect(error?.code == .inputOutput, "call \(number)")
            let left = try TemporaryFolder(photographing: rotation.root)
            try rotation.expectToOpen(at: left.path, "after a failure of \(number)")
        }
        // It is done by the next that wants it.
        rotation.files.heal()
        #expect(try await !rotation.rotate(archive).waiting)
        let said = try await entries(archive, "key.rotate")
        #expect(said.count == 2 && said.allSatisfy { $0["kind"] == "root" })
        #expect(said.first?["from"] == report.from && said.first?["to"] == report.to)
        try archive.close()
        try rotation.expectToOpen(at: rotation.root, "at the end")
        #expect(throws: ArchiveError.self) {
            try Vault(path: rotation.layout.vaultDatabase, rootKey: first)
        }
        let names = try LocalFileSystem().names(in: rotation.layout.secrets)
        #expect(names == ["root.key"])
        #expect(try LocalFileSystem().mode(rotation.layout.rootKey) == 0o600)
    }

    /// Made by hand: what is to lie in the file is looked at before anything does.
    @Test func `the root key: a file that would not hold it is not written`() async throws {
        let folder = try TemporaryFolder()
        let rotation = try await rotation(in: folder)
        let archive = try await rotation.opened(rotation.files)
        let made = RootKeyFile.make()
        let key = Data(made.key.exposedBytes)
        let sealed = try PassphraseRootKey.contents(holding: made.key, under: SecretBytes("pagar".utf8), 4)
        let wrong: [(kind: String, key: Data, contents: Data?)] = [
            ("file", key, nil), ("file", key, Data()), ("file", key, key), ("file", key, Data(sealed)),
            ("file", key, Data(RootKeyFile.make().contents)), ("file", key.dropLast(), Data(made.contents)),
            ("passphrase", key, nil), ("passphrase", key, Data(made.contents)),
            ("passphrase", key, Data(sealed.prefix(40))), ("passphrase", key.dropLast(), Data(sealed)),
        ]
        rotation.files.fail { label, _ in
            label.description.hasPrefix("root-key.") ? ArchiveError(.unexpected, "\(label) although it is wrong") : nil
        }
        for (number, next) in wrong.enumerated() {
            let request = NextRootKey(key: next.key, kind: next.kind, contents: next.contents)
            let error = await archiveError {
                _ = try await archive.administer(.rotateKey(.root(request)), by: .hostUser(7))
            }
            #expect(error?.code == .badRequest, "\(number): \(error?.message ?? "taken")")
        }
        #expect(try archive.vault.rootKeyStanding().next == nil)
        try archive.close()
        try rotation.expectToOpen(at: rotation.root, "at the end")
    }

    /// From a file to a passphrase, to another passphrase, and to a credential of the service manager.
    @Test func `the root key: into another place, by the next start`() async throws {
        let folder = try TemporaryFolder()
        let rotation = try await rotation(in: folder)
        let (layout, credentials) = (rotation.layout, folder.file("credentials"))
        func opened(_ words: String) async throws -> Archive {
            let keys = RootKeySources(passphrase: Said(text: words), credentials: credentials)
            return try await Archive.open(root: rotation.root, keys: keys)
        }
        func configure(_ kind: String) throws {
            let text = try String(contentsOfFile: layout.settings, encoding: .utf8)
            try text.replacing(/root: (file|passphrase|credential) */, with: "root: \(kind) ")
                .write(toFile: layout.settings, atomically: true, encoding: .utf8)
        }
        /// Rotates, with little work for scrypt.
        func rotate(_ archive: Archive, to kind: String, under words: String? = nil) async throws -> KeyChangeReport {
            let key = SecretBytes(randomCount: 32)
            let contents = try words.map {
                try PassphraseRootKey.contents(holding: key, under: SecretBytes($0.utf8), 4)
            }
            if words == nil {
                try LocalFileSystem().makeFolder(credentials, label: "test")
                try LocalFileSystem().replace("\(credentials)/kunci", with: key.exposedBytes, label: "test")
            }
            let next = NextRootKey(key: Data(key.exposedBytes), kind: kind, contents: contents.map { Data($0) })
            let response = try await archive.administer(.rotateKey(.root(next)), by: .hostUser(7))
            guard case .changedKey(let report) = response else {
                throw ArchiveError(.unexpected, "another answer")
            }
            try archive.close()
            return report
        }
        let made = try await rotate(opened(""), to: "passphrase", under: "pagar makan tanaman")
        #expect(made.waiting)
        // The old one opens until then, and says that there is another.
        let waiting = try await opened("")
        let states = try await waiting.keys().filter { $0.kind == "root" }
        #expect(states.map(\.state) == [.current, .waiting] && states.last?.key == made.to)
        try waiting.close()
        try configure("passphrase")
        let second = try await opened("pagar makan tanaman")
        #expect(try LocalFileSystem().names(in: layout.secrets) == ["root.key.age"])
        #expect(try await entries(second, "key.rotate").map(\.["to"]) == [made.to])
        #expect(try await !rotate(second, to: "passphrase", under: "tanaman makan pagar").waiting)
        let refused = await archiveError { try await opened("pagar makan tanaman").close() }
        #expect(refused?.code == .configuration)
        let last = try await rotate(opened("tanaman makan pagar"), to: "credential kunci")
        #expect(last.waiting && last.publicForms == ["credential kunci"])
        try configure("credential kunci")
        let third = try await opened("")
        #expect(try LocalFileSystem().names(in: layout.secrets).isEmpty)
        #expect(try await third.keys().filter { $0.kind == "root" }.map(\.key) == [last.to])
        #expect(try await entries(third, "key.rotate").count == 3)
        try third.close()
    }
}

private struct Said: PassphraseSource {
    let text: String
    func passphrase(isNew: Bool) -> SecretBytes { SecretBytes(text.utf8) }
}
