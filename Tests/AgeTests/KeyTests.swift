import Age
import Testing

struct KeyTests {
    /// The examples of C2SP age.md.
    static let identity = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
    static let recipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
    static let hybridIdentity = "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR"

    @Test func examplesOfTheSpecification() throws {
        let identity = try Identity(parsing: Self.identity)
        #expect(identity.recipient.description == Self.recipient)
        #expect(identity.secretString == Self.identity)
        #expect(try Recipient(parsing: Self.recipient) == identity.recipient)
        let hybrid = try Identity(parsing: Self.hybridIdentity)
        #expect(hybrid.secretString == Self.hybridIdentity)
        #expect(
            hybrid.recipient.description.hasPrefix("age1pq1x34nzsvr0rxjsgdn8zgyhfe8j7ceq5r9rdelkjuh3y235jzxshfg87pz")
        )
        #expect(
            hybrid.recipient.description.hasSuffix(
                "5zfnegrm9efhxpfqdkmhh6gjtqmwze9pyyzk3tlhl53k2ykx3qheyty7saeq0d3fzv49zc0k"
            )
        )
        #expect(try Recipient(parsing: hybrid.recipient.description) == hybrid.recipient)
        #expect(hybrid.recipient.kind == .hybrid)
    }

    @Test func generatedKeysAreReadBack() throws {
        for identity in [Identity.generateX25519(), try .generateHybrid()] {
            #expect(try Identity(parsing: identity.secretString).recipient == identity.recipient)
            #expect(try Recipient(parsing: "\(identity.recipient)") == identity.recipient)
        }
    }

    /// Bech32 finds every single wrong character, and age writes each kind of key in one case.
    @Test func everyWrongCharacterIsFound() {
        for (text, isRecipient) in [(Self.recipient, true), (Self.identity, false), (Self.hybridIdentity, false)] {
            let characters = Array(text)
            func refuses(_ wrong: [Character]) {
                #expect(throws: AgeError.self, "\(String(wrong))") {
                    if isRecipient {
                        _ = try Recipient(parsing: String(wrong))
                    } else {
                        _ = try Identity(parsing: String(wrong))
                    }
                }
            }
            for position in characters.indices {
                for replacement: Character in ["q", "Q", "p", "P", "1", "b", " ", "é", "\0"]
                where replacement != characters[position] {
                    var wrong = characters
                    wrong[position] = replacement
                    refuses(wrong)
                }
                var shorter = characters
                shorter.remove(at: position)
                refuses(shorter)
            }
            refuses(Array(isRecipient ? text.uppercased() : text.lowercased()))
            refuses([])
            refuses(characters + ["\n"])
        }
    }

    /// The checksum is right in each of these, and the rest is not: stray bits or a whole group of padding, too few
    /// bytes, another prefix, none, no data.
    @Test(arguments: [
        "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73epp9g8nq",
        "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73eqqhruuh4",
        "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73esfj526",
        "agf1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73eq5w9aqe",
        "1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73eqfh77y6",
        "age19l388n",
    ])
    func aRightChecksumIsNotEnough(_ text: String) {
        #expect(#expect(throws: AgeError.self) { try Recipient(parsing: text) }?.code == .malformedRecipient)
    }

    @Test func codesTellRecipientsFromIdentities() {
        #expect(#expect(throws: AgeError.self) { try Recipient(parsing: Self.identity) }?.code == .malformedRecipient)
        #expect(#expect(throws: AgeError.self) { try Identity(parsing: Self.recipient) }?.code == .malformedIdentity)
        #expect(#expect(throws: AgeError.self) { try Recipient(parsing: "age1pq1qqqq") }?.code == .malformedRecipient)
    }

    /// The points of RFC 7748 whose multiples are all zero, and coordinates that are not reduced.
    @Test func keysNobodyCanHaveAreRefused() throws {
        let one = [1] + [UInt8](repeating: 0, count: 31)
        let zero = [UInt8](repeating: 0, count: 32)
        let prime = [0xED] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]
        let belowPrime = [0xEC] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]
        // The base point again, by a number that is not reduced.
        let unreducedNine = [0xF6] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]
        let highBit = [9] + [UInt8](repeating: 0, count: 30) + [0x80]
        for bytes in [zero, one, prime, belowPrime, unreducedNine, highBit, [], Array(zero.dropLast()), zero + [0]] {
            let error = #expect(throws: AgeError.self) { try X25519Recipient(bytes: bytes) }
            #expect(error?.code == .malformedRecipient)
        }
        #expect(try X25519Recipient(bytes: [9] + [UInt8](repeating: 0, count: 31)).bytes[0] == 9)
        // An ML-KEM key of coefficients that are not reduced, and an X25519 part of low order.
        let hybrid = try HybridIdentity().recipient.bytes
        #expect(throws: AgeError.self) {
            try HybridRecipient(bytes: [UInt8](repeating: 0xFF, count: 1184) + hybrid[1184...])
        }
        #expect(throws: AgeError.self) { try HybridRecipient(bytes: hybrid[..<1184] + zero) }
        #expect(throws: AgeError.self) { try HybridRecipient(bytes: Array(hybrid.dropLast())) }
        #expect(try HybridRecipient(bytes: hybrid).bytes == hybrid)
    }

    @Test func lengthsOfKeysAreChecked() throws {
        for length in [0, 15, 17, 32] {
            let bytes = [UInt8](repeating: 0, count: length)
            #expect(#expect(throws: AgeError.self) { try FileKey(bytes: bytes) }?.code == .malformedFileKey)
            #expect(#expect(throws: AgeError.self) { try PayloadNonce(bytes: bytes) }?.code == .malformedNonce)
        }
        #expect(FileKey() != FileKey())
        #expect(PayloadNonce() != PayloadNonce())
        #expect(PayloadNonce().bytes.count == 16)
        let bytes = pattern(16)
        #expect(try FileKey(bytes: bytes).withUnsafeBytes(Array.init) == bytes)
        #expect(try PayloadNonce(bytes: bytes[...]).bytes == bytes)
    }

    @Test func secretsAreNeverShown() throws {
        let fileKey = try FileKey(bytes: Array("YELLOW SUBMARINE".utf8))
        let identity = try Identity(parsing: Self.identity)
        let hybrid = try Identity(parsing: Self.hybridIdentity)
        var shown = ""
        for secret: Any in [
            fileKey, identity, hybrid, try X25519Identity(parsing: Self.identity), [fileKey], ["k": identity],
        ] {
            shown += "\(secret) \(String(reflecting: secret))"
            dump(secret, to: &shown)
        }
        #expect(shown.contains("FileKey(redacted)"))
        #expect(!shown.contains("YELLOW"))
        #expect(!shown.contains("89"))
        #expect(!shown.uppercased().contains("GFPYYSJZ"))
        #expect(!shown.contains("0x42"))
        #expect(!shown.contains("XX76JR"))
        let wrong = Self.identity.dropLast() + "Q"
        let error = #expect(throws: AgeError.self) { try Identity(parsing: String(wrong)) }
        #expect(error?.description.contains("GFPYY") == false)
    }

    @Test func codesAreStableAndDistinct() {
        #expect(Set(AgeError.Code.allCases.map(\.rawValue)).count == AgeError.Code.allCases.count)
        for code in AgeError.Code.allCases {
            #expect(code.rawValue.allSatisfy { $0 == "-" || ("a"..."z").contains($0) })
        }
    }
}
