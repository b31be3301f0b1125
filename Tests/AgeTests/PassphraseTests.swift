import Age
import Testing

@Suite struct PassphraseTests {
    @Test func opensWhatItSealed() throws {
        let fileKey = FileKey()
        let passphrase = try Passphrase("kuda hijau berlari".utf8)
        let header = try Header(fileKey: fileKey, passphrase: passphrase, workFactor: 10)
        #expect(header.needsPassphrase && header.stanzas.count == 1)
        #expect(try Header(parsing: header.serialized).open(with: passphrase) == fileKey)
        let other = try Passphrase("kuda hijau".utf8)
        #expect(#expect(throws: AgeError.self) { try header.open(with: other) }?.code == .noMatch)
        #expect(
            #expect(throws: AgeError.self) { try header.open(with: [.generateX25519()]) }?.code == .passphraseNeeded
        )
        let foreign = try Header(fileKey: fileKey, recipients: [Identity.generateX25519().recipient])
        #expect(#expect(throws: AgeError.self) { try foreign.open(with: passphrase) }?.code == .noMatch)
    }

    @Test func noMoreWorkIsDoneThanOneAllows() throws {
        let passphrase = try Passphrase("rahasia".utf8)
        let header = try Header(fileKey: FileKey(), passphrase: passphrase, workFactor: 12)
        let error = #expect(throws: AgeError.self) { try header.open(with: passphrase, maximumWorkFactor: 11) }
        #expect(error?.code == .workFactorTooHigh)
        for factor in [-1, 0, 23, .max] {
            let refused = #expect(throws: AgeError.self, "\(factor)") {
                try Header(fileKey: FileKey(), passphrase: passphrase, workFactor: factor)
            }
            #expect(refused?.code == .workFactorTooHigh)
        }
        #expect(#expect(throws: AgeError.self) { try Passphrase([]) }?.code == .malformedIdentity)
    }

    @Test func showsNothing() throws {
        let passphrase = try Passphrase("terlihat".utf8)
        var dumped = ""
        dump(passphrase, to: &dumped)
        for text in ["\(passphrase)", String(reflecting: passphrase), dumped] { #expect(!text.contains("terlihat")) }
    }
}
