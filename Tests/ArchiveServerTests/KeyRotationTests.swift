import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
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

    private func json(_ outcome: Program.Outcome) throws -> [String: Any] {
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
        let served = try await ServedArchive(
            Date(),
            configure: { try LiveArchive.keepSmallReserves(URL(filePath: "\($0)/Config")) }
        )
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
        try served.archive.vault.forget(upload)
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
        _ = try await Archive.initialize(
            root: rotation.root,
            name: nil,
            listen: "127.0.0.1:0",
            health: "none",
            isSolo: true
        )
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
        let labels = Labels()
        rotation.files.fail { label, _ in
            if label.description.hasPrefix("root-key.") {
                labels.add(label, Result { try TemporaryFolder(photographing: rotation.root) })
            }
            return nil
        }
        let report = try await rotation.rotate(archive)
        #expect(!report.waiting && report.from != report.to)
        let calls = labels.all
        #expect(calls.contains { $0.label == "root-key.next" } && calls.contains { $0.label == "root-key.switch" })
        for (number, call) in calls.enumerated() {
            try rotation.expectToOpen(at: call.folder.get().path, "killed before \(number), \(call.label)")
        }
        // The switch is durable but for its folder: the next start goes on, and has the entry.
        let killed = try #require(calls.last).folder.get()
        let again = try await Archive.open(root: killed.path)
        #expect(try !again.vault.isOpenedByNextRootKey && again.vault.pendingKeyChange() == nil)
        #expect(try await entries(again, "key.rotate").map(\.["to"]) == [report.to])
        try again.close()
        #expect(throws: ArchiveError.self) {
            try Vault(path: StorageLayout(root: killed.path).vaultDatabase, rootKey: first)
        }
        for number in calls.indices {
            let count = Labels()
            rotation.files.fail { label, _ in
                guard label.description.hasPrefix("root-key."), count.next() == number else { return nil }
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

    /// The real program, from a file to a passphrase, to another passphrase, and to a credential.
    @Test func `the root key: into another place, by the next start`() throws {
        let archive = try LiveArchive(configure: LiveArchive.keepSmallReserves)
        let (root, settings) = (archive.root.path, archive.root.appending(path: "Config/risalah.yaml"))
        let words = ["kata", "lain"].map { archive.folder.appending(path: $0).path }
        for (path, text) in zip(words, ["pagar makan tanaman\n", "tanaman makan pagar\n"]) {
            try LocalFileSystem().replace(path, with: text.utf8, label: "test")
        }
        func rotate(_ arguments: String...) throws -> [String: Any] {
            let outcome = try Program.run(
                LiveArchive.programs.appending(path: "risalahd").path,
                ["keys", "rotate", "root", "--json", "--root", root] + arguments
            )
            return try json(outcome)
        }
        func expectStart(as kind: String) throws {
            let text = try String(contentsOf: settings, encoding: .utf8)
            try text.replacing(/root: (file|passphrase|credential) */, with: "root: \(kind) ")
                .write(to: settings, atomically: true, encoding: .utf8)
            #expect(try archive.stop() == 0)
            try archive.start()
        }
        let made = try rotate("--to", "passphrase", "--new-passphrase-file", words[0])
        #expect(made["waiting"] as? Bool == true)
        archive.environment["RISALAH_PASSPHRASE_FILE"] = words[0]
        try expectStart(as: "passphrase")
        #expect(try LocalFileSystem().length("\(root)/Config/secrets/root.key") == nil)
        let listed = try archive.risalahd("keys", "list", "--root", root)
        #expect(listed.text.contains(made["to"] as? String ?? "-"), "\(listed.text)")
        #expect(try rotate("--new-passphrase-file", words[1])["waiting"] as? Bool == false)
        // Nobody who has the words of before gets at it.
        let file = "\(root)/Config/secrets/root.key.age"
        for (number, text) in ["pagar makan tanaman", "tanaman makan pagar"].enumerated() {
            let key = PassphraseRootKey(path: file, passphrase: Said(text: text))
            if number == 0 {
                #expect(throws: ArchiveError.self) { try key.rootKey() }
            } else {
                let vault = try Vault(path: "\(root)/Storage/vault.sqlite", root: key)
                try vault.close()
            }
        }

        let credentials = archive.folder.appending(path: "credentials")
        try LocalFileSystem().makeFolder(credentials.path, label: "test")
        let key = credentials.appending(path: "kunci").path
        try LocalFileSystem().replace(key, with: Random.bytes(32), label: "test")
        #expect(try rotate("--to", "credential:kunci", "--new-key", key)["waiting"] as? Bool == true)
        archive.environment["CREDENTIALS_DIRECTORY"] = credentials.path
        try expectStart(as: "credential kunci")
        #expect(try LocalFileSystem().names(in: "\(root)/Config/secrets").isEmpty)
        let said = try archive.risalahd("keys", "list", "--json", "--root", root)
        #expect(said.text.contains("credential kunci") && !said.text.contains("waiting"), "\(said.text)")
    }
}

/// Labels of calls, and what lay on the disk at each.
private final class Labels: @unchecked Sendable {
    // Calls come one after the other, from the one rotation.
    private(set) var all: [(label: FileLabel, folder: Result<TemporaryFolder, any Error>)] = []
    private var count = -1

    func add(_ label: FileLabel, _ folder: Result<TemporaryFolder, any Error>) { all.append((label, folder)) }

    func next() -> Int {
        count += 1
        return count
    }
}

private struct Said: PassphraseSource {
    let text: String
    func passphrase(isNew: Bool) -> SecretBytes { SecretBytes(text.utf8) }
}
