import Age
import Testing

struct IdentityFileTests {
    @Test func readsCommentsAndEmptyLines() throws {
        let text = """
            # created: 2026-01-01T00:00:00Z
            # public key: \(KeyTests.recipient)
            \(KeyTests.identity)

            \(KeyTests.hybridIdentity)\r
            #\(KeyTests.identity)
            """
        let identities = try IdentityFile(parsing: text).identities
        #expect(identities.map(\.secretString) == [KeyTests.identity, KeyTests.hybridIdentity])
    }

    @Test func namesTheLine() throws {
        let error = #expect(throws: AgeError.self) {
            try IdentityFile(parsing: "# comment\n\n\(KeyTests.identity)\nnonsense\n")
        }
        #expect(error?.code == .malformedIdentity)
        #expect(error?.line == 4)
        #expect(error?.offset == 11 + KeyTests.identity.utf8.count + 1)
        #expect(error?.description.contains("line 4") == true)
        #expect(error?.description.contains("nonsense") == false)
        // White space is no part of a key.
        #expect(#expect(throws: AgeError.self) { try IdentityFile(parsing: " \(KeyTests.identity)") }?.line == 1)
    }

    @Test(arguments: ["", "\n\n", "# only a comment", "\r\n"])
    func anEmptyFileIsAMistake(_ text: String) {
        #expect(#expect(throws: AgeError.self) { try IdentityFile(parsing: text) }?.code == .noIdentities)
    }
}
