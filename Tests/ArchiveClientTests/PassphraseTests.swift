import Age
@testable import ArchiveClient
import ArchiveCore
import ArchiveTesting
import Foundation
import Synchronization
import Testing

/// Keys under a passphrase: whatever fails on the way, one whole set of keys is left.
@Suite struct PassphraseTests {
    private struct Known: PassphraseSource {
        var text = "kuda lumping biru"
        func passphrase(isNew: Bool) throws(ArchiveError) -> SecretBytes { SecretBytes(text.utf8) }
    }

    private struct Enrolled {
        let folder: TestFolder
        let home: ClientHome
        let keys: KeyTexts

        init() throws {
            folder = try TestFolder()
            home = ClientHome(path: folder.file("home"), passphrase: Known(), workFactor: 4)
            keys = KeyTexts(
                key: "-----BEGIN KEY-----\n",
                identity: "# public key\n\(Identity.generateX25519().secretString)\n",
                hybridIdentity: "\(try Identity.generateHybrid().secretString)\n"
            )
            try home.write(
                [
                    .key: keys.key, .identity: keys.identity, .hybridIdentity: keys.hybridIdentity, .certificate: "c",
                    .server: "s", .authority: "a",
                ],
                in: LocalFileSystem()
            )
        }

        /// The keys as a process finds them that begins now.
        func found() throws -> KeyTexts {
            let home = ClientHome(path: home.path, passphrase: Known(), workFactor: 4)
            try home.finishRenewalIfFree(in: LocalFileSystem())
            return KeyTexts(
                key: try home.text(of: .key, in: LocalFileSystem()),
                identity: try home.text(of: .identity, in: LocalFileSystem()),
                hybridIdentity: try home.text(of: .hybridIdentity, in: LocalFileSystem())
            )
        }

        var inClear: Bool {
            get throws { try folder.names("home").contains("key.pem") }
        }
    }

    @Test func textRoundTrip() throws {
        let enrolled = try Enrolled()
        #expect(KeyTexts(file: enrolled.keys.file) == enrolled.keys)
        #expect(try IdentityFile(parsing: enrolled.keys.file).identities.map(\.recipient.kind) == [.x25519])
        for wrong in ["", "# risalah keys 2\n", "# risalah keys 1\n# key: !\n# hybrid: \n"] {
            #expect(KeyTexts(file: wrong) == nil)
        }
    }

    @Test func aCrashLeavesOneSetOfKeys() async throws {
        for isSetting in [true, false] {
            var failures = 0
            for failing in 0..<60 {
                let enrolled = try Enrolled()
                if !isSetting { try enrolled.home.setPassphrase(Known()) }
                let count = Mutex(0)
                let files = FaultyFileSystem()
                files.fail { label, _ in
                    guard label == "home.passphrase",
                        count.withLock({
                            $0 += 1; return $0
                        }) > failing
                    else {
                        return nil
                    }
                    return ArchiveError(.inputOutput, "the host is gone")
                }
                do {
                    if isSetting {
                        try enrolled.home.setPassphrase(Known(), in: files)
                    } else {
                        try enrolled.home.removePassphrase(in: files)
                    }
                } catch {
                    failures += 1
                }
                #expect(try enrolled.found() == enrolled.keys, "call \(failing)")
                // No copy in clear stays beside keys that are under a passphrase.
                if try enrolled.home.isProtected() { #expect(try !enrolled.inClear, "call \(failing)") }
                guard failures == failing + 1 else { break }
            }
            #expect(failures > 8)
        }
    }

    @Test func wrongOnesAreRefused() async throws {
        let enrolled = try Enrolled()
        try enrolled.home.setPassphrase(Known())
        let other = ClientHome(path: enrolled.home.path, passphrase: Known(text: "kuda lumping merah"), workFactor: 4)
        _ = await expectError(.refused) { _ = try other.text(of: .key, in: LocalFileSystem()) }
        _ = await expectError(.refused) { try other.removePassphrase() }
        let none = ClientHome(path: enrolled.home.path)
        let error = await expectError(.configuration) { _ = try none.identities() }
        #expect(error?.hint?.contains("--passphrase-file") == true)
        _ = await expectError(.configuration) { try enrolled.home.setPassphrase(Known(text: "short")) }
        #expect(try enrolled.found() == enrolled.keys)
        // Damaged, it is not taken for a wrong passphrase.
        var bytes = try Data(contentsOf: URL(filePath: "\(enrolled.home.path)/keys.age"))
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: URL(filePath: "\(enrolled.home.path)/keys.age"))
        _ = await expectError(.configuration) { _ = try enrolled.found() }
    }

    /// A renewal keeps the protection, and is finished by whoever comes after a crash.
    @Test func renewalStaysProtected() async throws {
        let journey = try await Journey()
        try await journey.enrol()
        try ClientHome(path: journey.home.path, passphrase: Known(), workFactor: 4).setPassphrase(Known())
        let due = Date(timeIntervalSinceNow: 1_300)
        let before = try Data(contentsOf: URL(filePath: "\(journey.home.path)/keys.age"))
        for failing in 0..<12 {
            let files = FaultyFileSystem()
            let count = Mutex(0)
            files.fail { label, _ in
                guard label == "home.renew",
                    count.withLock({
                        $0 += 1; return $0
                    }) > failing * 3
                else { return nil }
                return ArchiveError(.inputOutput, "the host is gone")
            }
            let home = ClientHome(path: journey.home.path, passphrase: Known(), workFactor: 4)
            let client = try ArchiveClient(Credentials(home: home))
            _ = try? await client.renewIfDue(at: due, files: files)
            await client.close()
            #expect(try journey.folder.names("home").allSatisfy { !$0.hasPrefix("key.") && !$0.hasPrefix("identity") })
            // The pair works, whichever it is.
            let later = try ArchiveClient(
                Credentials(home: ClientHome(path: journey.home.path, passphrase: Known(), workFactor: 4))
            )
            _ = try await later.whoAmI()
            await later.close()
        }
        #expect(try Data(contentsOf: URL(filePath: "\(journey.home.path)/keys.age")) != before)
    }
}
