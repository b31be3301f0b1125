import Age
import Foundation
import Testing
import TestSupport

/// Against the stock tools, both ways.
struct InteroperationTests {
    private static let lengths = [0, 1, 65_535, 65_536, 65_537, 300_000]

    private func file(_ fileKey: FileKey, for recipients: [Recipient], _ plaintext: [UInt8]) throws -> [UInt8] {
        try Header(fileKey: fileKey, recipients: recipients).serialized + sealed(plaintext, fileKey: fileKey)
    }

    /// A key file as `age-keygen` writes it.
    private func keyFile() throws -> String {
        let outcome = try Program.run("age-keygen", [])
        try #require(outcome.status == 0)
        return outcome.text
    }

    /// What `age --decrypt` prints for `file` with the key file `keys`.
    private func decrypted(_ file: [UInt8], keys: String) throws -> Program.Outcome {
        let path = FileManager.default.temporaryDirectory.appending(path: "age-\(UUID().uuidString)")
        try Data(keys.utf8).write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        return try Program.run("age", ["--decrypt", "--identity", path.path], input: Data(file))
    }

    @Test func keygenIsRead() throws {
        let text = try keyFile()
        let identity = try #require(try IdentityFile(parsing: text).identities.first)
        #expect(text.contains("# public key: \(identity.recipient)\n"))
        #expect(text.contains("\(identity.secretString)\n"))
    }

    @Test(arguments: lengths)
    func opensWhatAgeSeals(_ length: Int) throws {
        let mine = Identity.generateX25519()
        let other = Identity.generateX25519()
        let outcome = try Program.run(
            "age",
            ["--recipient", "\(other.recipient)", "--recipient", "\(mine.recipient)"],
            input: Data(pattern(length))
        )
        try #require(outcome.status == 0, "\(outcome.errorText)")
        let opened = Opened(Array(outcome.output), identities: [mine])
        #expect(opened.error == nil)
        #expect(opened.plaintext == pattern(length))
    }

    @Test(arguments: lengths)
    func ageOpensWhatIsSealed(_ length: Int) throws {
        let keys = try keyFile()
        let theirs = try #require(try IdentityFile(parsing: keys).identities.first)
        let mine = Identity.generateX25519()
        let fileKey = FileKey()
        let sealedFile = try file(fileKey, for: [mine.recipient, theirs.recipient], pattern(length))
        for text in [keys, "# ours\n\(mine.secretString)\n"] {
            let outcome = try decrypted(sealedFile, keys: text)
            #expect(outcome.status == 0, "\(outcome.errorText)")
            #expect(outcome.output == Data(pattern(length)))
        }
    }

    /// Authorizing someone is minting a header: the payload stays as it was.
    @Test func aHeaderMintedLaterOpensAnOldPayload() throws {
        let recorder = try Program.run(
            "age",
            ["--recipient", "\(Identity.generateX25519().recipient)"],
            input: Data(pattern(10))
        )
        #expect(recorder.status == 0)
        let level = Identity.generateX25519()
        let original = try file(FileKey(), for: [level.recipient], pattern(100_000))
        var cutter = HeaderCutter()
        let length = try cutter.consume(original)
        let fileKey = try #require(cutter.header).open(with: [level])
        let archivist = Identity.generateX25519()
        let minted = try Header(fileKey: fileKey, recipients: [archivist.recipient])
        let outcome = try decrypted(minted.serialized + original[length...], keys: archivist.secretString + "\n")
        #expect(outcome.output == Data(pattern(100_000)))
        let refused = try decrypted(original, keys: archivist.secretString + "\n")
        #expect(refused.status != 0)
        #expect(refused.output.isEmpty)
    }
}
