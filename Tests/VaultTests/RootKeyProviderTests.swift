import Age
import ArchiveCore
import ArchiveTesting
import Foundation
import Testing

@testable import Vault

/// What every provider of the root key promises, asked of each of them.
@Suite struct RootKeyProviderTests {
    enum Subject: CaseIterable, Sendable { case file, passphrase, rawCredential, textCredential }

    /// One provider on a folder of its own, and where its key lies.
    private struct Place {
        let folder: TemporaryFolder
        let subject: Subject

        init(_ subject: Subject) throws {
            folder = try TemporaryFolder()
            self.subject = subject
            // Somebody else makes credentials.
            switch subject {
            case .file, .passphrase: break
            case .rawCredential: try write(Random.bytes(32))
            case .textCredential: try write(RootKeyText.text(of: RootKeyText.make()))
            }
        }

        var path: String { folder.file(subject == .passphrase ? "secrets/root.key.age" : "secrets/root.key") }

        func provider(
            _ files: any FileSystem = LocalFileSystem(),
            passphrase: String = "pagar makan tanaman"
        ) -> any RootKeyProvider {
            switch subject {
            case .file: RootKeyFile(path: path, files: files)
            case .passphrase:
                PassphraseRootKey(path: path, passphrase: Said(passphrase), workFactor: 4, files: files)
            case .rawCredential, .textCredential:
                RootKeyCredential(name: "root.key", folder: folder.file("secrets"), files: files)
            }
        }

        func write(_ bytes: [UInt8]) throws {
            try LocalFileSystem().makeFolder(path.parentFolder, label: "test")
            try LocalFileSystem().replace(path, with: bytes, label: "test")
        }
    }

    private struct Said: PassphraseSource {
        let words: String
        init(_ words: String) { self.words = words }
        func passphrase(isNew: Bool) -> SecretBytes { SecretBytes(words.utf8) }
    }

    private func error(_ body: () throws -> Void) -> ArchiveError? {
        do {
            try body()
            return nil
        } catch {
            return error as? ArchiveError ?? ArchiveError(.unexpected, "\(error)")
        }
    }

    // MARK: The suite

    @Test(arguments: Subject.allCases)
    func theKeyThatWasMadeIsTheKeyThatIsRead(_ subject: Subject) throws {
        let place = try Place(subject)
        let made = try place.provider().create()
        #expect(made.count == 32)
        #expect(try place.provider().rootKey() == made && place.provider().rootKey() == made)
        let other = try Place(subject)
        #expect(try other.provider().create() != made, "\(other.path) has the same key")
        #expect(try LocalFileSystem().mode(place.path) == 0o600)
        #expect(try LocalFileSystem().mode(place.path.parentFolder) == 0o700)
    }

    @Test(arguments: Subject.allCases)
    func aKeyIsNeverReplaced(_ subject: Subject) throws {
        let place = try Place(subject)
        let made = try place.provider().create()
        let before = try everyFile(below: place.folder.path)
        let refused = error { try place.provider().create() }
        #expect(refused == nil || refused?.code == .configuration)
        #expect(try everyFile(below: place.folder.path) == before)
        #expect(try place.provider().rootKey() == made)
    }

    @Test(arguments: Subject.allCases)
    func whatIsAbsentOrDamagedIsRefusedByItsPlace(_ subject: Subject) throws {
        let place = try Place(subject)
        let made = try place.provider().create()
        let good = try #require(try LocalFileSystem().contents(place.path))
        let text = Base32.encode(made.exposedBytes)
        for bytes in [
            [], [0], Array("risalah-root-key 1\n".utf8), Array("risalah-root-key 2\n\(text)\n".utf8),
            Array("risalah-root-key 1\n\(text)\n\(text)\n".utf8), Array(good.dropLast(2)), good + [7],
            [UInt8](repeating: 65, count: 100_000), [UInt8](repeating: 1, count: 31), [UInt8](repeating: 1, count: 33),
        ] {
            try place.write(bytes)
            let found = error { _ = try place.provider().rootKey() }
            #expect(
                [.configuration, .storage].contains(found?.code),
                "\(bytes.count) bytes: \(String(describing: found))"
            )
            #expect(found?.message.contains("root.key") == true, "\(String(describing: found))")
            #expect(found?.description.contains(text) == false)
        }
        try FileManager.default.removeItem(atPath: place.path)
        let absent = error { _ = try place.provider().rootKey() }
        #expect(absent?.code == .configuration && absent?.hint != nil, "\(String(describing: absent))")
        #expect(absent?.message.contains("root.key") == true)
    }

    @Test(arguments: Subject.allCases)
    func theKeyOpensItsVaultAndNoOther(_ subject: Subject) throws {
        let (place, other) = (try Place(subject), try Place(subject))
        try place.provider().create()
        try other.provider().create()
        let path = place.folder.file("vault.sqlite")
        let vault = try Vault(path: path, root: place.provider())
        try vault.keep(Data("kept".utf8), as: "test")
        try vault.close()
        let refused = error { _ = try Vault(path: path, root: other.provider()) }
        #expect(refused?.code == .configuration, "\(String(describing: refused))")
        let again = try Vault(path: path, root: place.provider())
        #expect(try again.document("test") == Data("kept".utf8))
        try again.close()
    }

    /// Each call of making the key fails once: no half key under its name.
    @Test(arguments: Subject.allCases)
    func aKeyIsMadeWholeOrNotAtAll(_ subject: Subject) throws {
        for failing in 0..<8 {
            let place = try Place(subject)
            let faulty = FaultyFileSystem()
            faulty.fail { _, number in number == failing ? ArchiveError(.exhausted, "call \(number)") : nil }
            let failed = error { try place.provider(faulty).create() }
            if failed != nil, (try? place.provider().rootKey()) == nil {
                #expect(try LocalFileSystem().length(place.path) == nil, "call \(failing)")
                #expect(try place.provider().create().count == 32)
            }
            #expect(try place.provider().rootKey().count == 32)
            if failing == 7 { #expect(failed == nil, "all calls before did not fail") }
        }
    }

    @Test(arguments: Subject.allCases)
    func noKeyShowsInAText(_ subject: Subject) throws {
        let place = try Place(subject)
        let key = try place.provider().create()
        for shown in ["\(key)", String(reflecting: key), "\(place.provider())"] {
            #expect(!shown.contains(Base32.encode(key.exposedBytes)))
            #expect(!shown.contains(key.exposedBytes.description))
        }
    }

    // MARK: What is each one's own

    @Test func underAPassphraseNothingIsInClear() throws {
        let place = try Place(.passphrase)
        let key = try place.provider().create()
        for words in [Array("pagar makan".utf8), key.exposedBytes, Array(Base32.encode(key.exposedBytes).utf8)] {
            #expect(try files(below: place.folder.path, containing: words).isEmpty)
        }
        let wrong = error { _ = try place.provider(passphrase: "pagar makan tanamaN").rootKey() }
        #expect(wrong?.code == .configuration)
        #expect(wrong?.message == "the passphrase does not open \(place.path)")
        #expect(wrong?.code.exitStatus == .configuration)
        for mode: UInt32 in [0o640, 0o604] {
            try LocalFileSystem().setMode(place.path, mode, label: "test")
            #expect(error { _ = try place.provider().rootKey() }?.hint == "chmod 600 \(place.path)")
        }
        let short = try Place(.passphrase)
        #expect(error { try short.provider(passphrase: "sebelas-abc").create() }?.code == .configuration)
        #expect(try everyFile(below: short.folder.path).isEmpty)
    }

    /// What another hand wrote may ask for any work; it is refused before any is done.
    @Test func theWorkFactorIsCapped() throws {
        let place = try Place(.passphrase)
        try place.provider().create()
        let text = String(
            decoding: try #require(try LocalFileSystem().contents(place.path)?.prefix(200)),
            as: UTF8.self
        )
        let line = try #require(text.split(separator: "\n").dropFirst().first)
        let whole = try #require(try LocalFileSystem().contents(place.path))
        for factor in [21, 22, 63, 4_000_000] {
            let changed = String(line.dropLast()) + String(factor)
            let rest = whole.dropFirst("age-encryption.org/v1\n\(line)".utf8.count)
            try place.write(Array("age-encryption.org/v1\n\(changed)".utf8) + rest)
            let refused = error { _ = try place.provider().rootKey() }
            #expect(refused?.code == .configuration)
            #expect(refused?.message.contains("more work") == true, "\(factor): \(String(describing: refused))")
        }
    }

    @Test func aCredentialNeedsItsFolder() throws {
        for folder in [nil, ""] {
            let refused = error { _ = try RootKeyCredential(name: "akar", folder: folder).rootKey() }
            #expect(refused?.code == .configuration)
            #expect(refused?.message.contains("CREDENTIALS_DIRECTORY") == true)
        }
        let place = try Place(.rawCredential)
        try FileManager.default.removeItem(atPath: place.path)
        try FileManager.default.createSymbolicLink(atPath: place.path, withDestinationPath: "/etc/hostname")
        #expect(error { _ = try place.provider().rootKey() }?.code == .configuration)
    }

    @Test func theChoiceIsSpelledOneWay() {
        #expect(RootKeyKind(parsing: "file", separator: " ") == .file)
        #expect(RootKeyKind(parsing: "passphrase", separator: ":") == .passphrase)
        #expect(RootKeyKind(parsing: "credential akar.1", separator: " ") == .credential("akar.1"))
        #expect(RootKeyKind(parsing: "credential:akar", separator: ":") == .credential("akar"))
        for wrong in [
            "", "File", "credential", "credential ", "credential ../x", "credential a/b", "credential .a",
            "credential:a", "credential a b", "file x", " file",
        ] {
            #expect(RootKeyKind(parsing: wrong, separator: " ") == nil, "\(wrong)")
        }
        for kind in [RootKeyKind.file, .passphrase, .credential("akar")] {
            #expect(RootKeyKind(parsing: kind.description, separator: " ") == kind)
        }
    }
}
