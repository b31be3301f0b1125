import Age
import Testing

struct HeaderTests {
    let fileKey = FileKey()
    let identities = (0..<3).map { _ in Identity.generateX25519() }

    private func code(_ header: String) -> AgeError.Code? {
        do throws(AgeError) {
            _ = try Header(parsing: Array(header.utf8))
            return nil
        } catch {
            return error.code
        }
    }

    @Test func isMintedForEveryRecipient() throws {
        let header = try Header(fileKey: fileKey, recipients: identities.map(\.recipient))
        #expect(header.stanzas.count == 3)
        #expect(header.kinds == [.x25519])
        for (index, identity) in identities.enumerated() {
            let opening = try header.opening(with: [.generateX25519(), identity])
            #expect(opening.fileKey == fileKey)
            #expect(opening.identity == 1)
            #expect(opening.stanza == index)
        }
        #expect(try Header(parsing: header.serialized) == header)
    }

    @Test func hybridIsMintedAndOpened() throws {
        let identity = try Identity.generateHybrid()
        let header = try Header(
            fileKey: fileKey,
            recipients: [identity.recipient, try .init(parsing: "\(identity.recipient)")]
        )
        #expect(header.kinds == [.hybrid])
        #expect(try Header(parsing: header.serialized).open(with: [identities[0], identity]) == fileKey)
        #expect(throws: AgeError.self) { try header.open(with: identities) }
    }

    @Test func twoHeadersForOneKeyShareNothing() throws {
        let first = try Header(fileKey: fileKey, recipients: [identities[0].recipient])
        let second = try Header(fileKey: fileKey, recipients: [identities[0].recipient])
        #expect(first.stanzas[0].arguments != second.stanzas[0].arguments)
        #expect(first.stanzas[0].body != second.stanzas[0].body)
    }

    @Test func refusesToMix() throws {
        let hybrid = try Identity.generateHybrid().recipient
        let error = #expect(throws: AgeError.self) {
            try Header(fileKey: fileKey, recipients: [identities[0].recipient, hybrid])
        }
        #expect(error?.code == .mixedRecipients)
    }

    @Test func refusesNobodyAndTooMany() throws {
        #expect(#expect(throws: AgeError.self) { try Header(fileKey: fileKey, recipients: []) }?.code == .noRecipients)
        let many = [Recipient](repeating: identities[0].recipient, count: 21)
        #expect(
            #expect(throws: AgeError.self) { try Header(fileKey: fileKey, recipients: many) }?.code == .tooManyStanzas
        )
        let header = try Header(fileKey: fileKey, recipients: Array(many.dropLast()))
        #expect(try Header(parsing: header.serialized).open(with: identities) == fileKey)
    }

    @Test func limitsHoldWhenReading() throws {
        let header = try Header(fileKey: fileKey, recipients: identities.map(\.recipient))
        let bytes = header.serialized
        var limits = Header.Limits(maximumLength: bytes.count, maximumStanzas: 3)
        #expect(try Header(parsing: bytes, limits: limits) == header)
        limits.maximumStanzas = 2
        #expect(#expect(throws: AgeError.self) { try Header(parsing: bytes, limits: limits) }?.code == .tooManyStanzas)
        limits = Header.Limits(maximumLength: bytes.count - 1, maximumStanzas: 3)
        #expect(#expect(throws: AgeError.self) { try Header(parsing: bytes, limits: limits) }?.code == .headerTooLarge)
    }

    @Test func endlessHeadersAreRefusedEarly() throws {
        let fillers: [(String, AgeError.Code)] = [
            ("a", .headerTooLarge), (" a", .headerTooLarge), ("\n\n-> x y", .tooManyStanzas),
            ("\n" + String(repeating: "A", count: 64), .headerTooLarge), ("\n", .malformedHeader),
        ]
        for (filler, code) in fillers {
            var cutter = HeaderCutter()
            var taken = 0
            let piece = Array(String(repeating: filler, count: 100).utf8)
            let error = #expect(throws: AgeError.self) {
                taken = try cutter.consume(Array("age-encryption.org/v1\n-> x".utf8))
                while taken < 1 << 24 { taken += try cutter.consume(piece) }
            }
            #expect(taken < 1 << 17)
            #expect(error?.code == code)
            // The error stays.
            #expect(#expect(throws: AgeError.self) { try cutter.consume([]) } == error)
            #expect(#expect(throws: AgeError.self) { try cutter.finish() } == error)
        }
        var cutter = HeaderCutter()
        let noise = [UInt8](repeating: 0x55, count: 300)
        #expect(#expect(throws: AgeError.self) { try cutter.consume(noise) }?.code == .malformedHeader)
    }

    /// No byte of a header can be changed unnoticed.
    @Test func everyChangedByteIsNoticed() throws {
        let header = try Header(fileKey: fileKey, recipients: [identities[0].recipient])
        let bytes = header.serialized
        var codes: Set<AgeError.Code> = []
        for position in bytes.indices {
            for change: UInt8 in [0x01, 0x20, 0x80, 0x0A] {
                var changed = bytes
                changed[position] ^= change
                let error = #expect(throws: AgeError.self, "byte \(position) ^ \(change)") {
                    _ = try Header(parsing: changed).open(with: identities)
                }
                if let error { codes.insert(error.code) }
            }
        }
        #expect(codes.isSuperset(of: [.malformedHeader, .malformedStanza, .unsupportedVersion, .noMatch, .badMAC]))
    }

    @Test func everyCutIsNoticed() throws {
        let bytes = try Header(fileKey: fileKey, recipients: [identities[0].recipient]).serialized
        for length in bytes.indices {
            let error = #expect(throws: AgeError.self) { try Header(parsing: Array(bytes[..<length])) }
            #expect(error?.code == .malformedHeader)
        }
    }

    @Test func anotherMACKeyIsNoticed() throws {
        let header = try Header(fileKey: fileKey, recipients: [identities[0].recipient])
        let other = try Header(fileKey: FileKey(), stanzas: header.stanzas)
        #expect(#expect(throws: AgeError.self) { try other.open(with: identities) }?.code == .badMAC)
        try header.authenticate(with: fileKey)
    }

    @Test func unknownStanzasArePassedOverAndAuthenticated() throws {
        let minted = try Header(fileKey: fileKey, recipients: [identities[1].recipient])
        let grease = try Stanza(type: "x!-grease", arguments: ["!\"#$%&'", "~"], body: Array(repeating: 7, count: 96))
        let header = try Header(fileKey: fileKey, stanzas: [grease] + minted.stanzas + [grease])
        let read = try Header(parsing: header.serialized)
        #expect(read == header)
        #expect(read.kinds == [.x25519])
        #expect(try read.opening(with: identities).stanza == 1)
        let without = Array(header.serialized.drop { $0 != UInt8(ascii: "\n") })
        #expect(without.count < header.serialized.count)
    }

    @Test func passphrasesFromOutsideAreRefused() throws {
        let minted = try Header(fileKey: fileKey, recipients: [identities[0].recipient])
        let scrypt = try Stanza(
            type: "scrypt",
            arguments: ["AAAAAAAAAAAAAAAAAAAAAA", "30"],
            body: Array(repeating: 0, count: 32)
        )
        let header = try Header(fileKey: fileKey, stanzas: minted.stanzas + [scrypt])
        #expect(#expect(throws: AgeError.self) { try header.open(with: identities) }?.code == .passphraseNeeded)
    }

    @Test func stanzasAreCheckedWhenMade() {
        for type in ["", "two words", "tab\t", "é", "\u{7F}"] {
            #expect(throws: AgeError.self) { try Stanza(type: type, body: []) }
            #expect(throws: AgeError.self) { try Stanza(type: "x", arguments: [type], body: []) }
        }
    }

    @Test(arguments: [0, 1, 47, 48, 49, 95, 96, 97, 1000])
    func bodiesOfAnyLengthRoundTrip(_ length: Int) throws {
        let stanza = try Stanza(type: "x", body: pattern(length))
        let header = try Header(fileKey: fileKey, stanzas: [stanza])
        #expect(try Header(parsing: header.serialized).stanzas == [stanza])
    }

    @Test func errorsSayWhere() throws {
        let error = #expect(throws: AgeError.self) {
            try Header(parsing: Array("age-encryption.org/v1\n-> x\nAAA=\n".utf8))
        }
        #expect(error?.code == .malformedStanza)
        #expect(error?.offset == 27)
        #expect(code("age-encryption.org/v2\n") == .unsupportedVersion)
        #expect(code("age-encryption.org/v1\r\n") == .malformedHeader)
        #expect(code("age-encryption.org/\n") == .malformedHeader)
        #expect(code("-----BEGIN AGE ENCRYPTED FILE-----\n") == .armored)
        #expect(code("OggS\n") == .malformedHeader)
        #expect(code("") == .malformedHeader)
    }
}
