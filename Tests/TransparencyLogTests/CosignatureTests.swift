import Crypto
import Foundation
import Testing
import TransparencyLog

@Suite struct CosignatureTests {
    // Made with Python's `cryptography` 48 and nothing of ours: an Ed25519 key from the seed 0x20…0x3f, key ID
    // SHA-256(name "\n" 0x04 key)[:4], the signature over "cosignature/v1\ntime 1795000000\n" and the text.
    private static let vkey = "saksi.example/satu+aedddb87+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X"
    private static let line =
        "\u{2014} saksi.example/satu rt3bhwAAAABq/YbA2SKWOYt6DHICRoKBzmm37abnyCgVEpROAaXJ9ZUlxvmxlYROnAJGRLOQGJbSD"
        + "/WPEIos0M2hj6iiM0WEgQXmBA==\n"
    private static let body = """
        arsip.example/risalah
        1000
        L/M/udjxT4nKMGKJYzM2oWj/P0Uy6PdBoAGdy0wdYKE=

        """
    private static let time = 1_795_000_000

    private func signer(_ name: String = "saksi.example/satu", first: UInt8 = 32) throws -> CosignatureSigner {
        let seed = Data((0..<32).map { $0 + first })
        return try CosignatureSigner(name: name, privateKey: .init(rawRepresentation: seed))
    }

    private func note(_ lines: String...) throws -> SignedNote {
        try SignedNote(parsing: Self.body + "\n" + lines.joined())
    }

    @Test func `a cosignature is what another implementation made`() throws {
        let signature = try signer().cosign(Checkpoint(parsing: Self.body), at: Self.time)
        #expect(signature.line == Self.line)
        #expect(try signer().verifier.vkey == Self.vkey)
        let verifier = try CosignatureVerifier(vkey: Self.vkey)
        #expect(verifier.keyID == 0xaedd_db87)
        #expect(try verifier.verify(note(Self.line)) == Self.time)
    }

    // The same name and key under type 1 are another key (Go's sumdb/note knows that type alone, so it cannot be asked
    // about cosignatures).
    @Test func `a signature of one kind never counts as the other`() throws {
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: Data(32..<64))
        let log = try NoteSigner(name: "saksi.example/satu", privateKey: key)
        let verifier = try CosignatureVerifier(vkey: Self.vkey)
        let plain = try log.sign(Self.body)
        #expect(throws: LogError.self) { try verifier.verify(plain) }
        let cosigned = try note(Self.line)
        #expect(throws: LogError.self) { try log.verifier.verify(cosigned) }
        #expect(throws: LogError.self) { try CosignatureVerifier(vkey: log.verifier.vkey) }
        #expect(throws: LogError.self) { try NoteVerifier(vkey: Self.vkey) }
        // Right key ID, no time in front: too short.
        let disguised = try SignedNote(
            text: Self.body,
            signatures: [.init(name: verifier.name, keyID: verifier.keyID, bytes: plain.signatures[0].bytes)]
        )
        let error = #expect(throws: LogError.self) { try verifier.verify(disguised) }
        #expect(error?.code == .badSignature)
    }

    @Test func `others' lines are ignored and the newest time is told`() throws {
        let checkpoint = try Checkpoint(parsing: Self.body)
        let verifier = try signer().verifier
        let own = try [0, 20, 10].map { try signer().cosign(checkpoint, at: Self.time + $0).line }
        let other = try signer("saksi.example/dua", first: 64).cosign(checkpoint, at: Self.time + 90).line
        let sameName = try signer(first: 96).cosign(checkpoint, at: Self.time + 90).line
        #expect(try verifier.verify(note(own[0], other, own[1], sameName, own[2])) == Self.time + 20)
        let foreign = try note(other, sameName)
        let error = #expect(throws: LogError.self) { try verifier.verify(foreign) }
        #expect(error?.code == .notSigned)
        #expect(try CosignatureVerifier(vkey: verifier.vkey) == verifier)
    }

    @Test func `one bad line of the same key makes all of them suspect`() throws {
        let checkpoint = try Checkpoint(parsing: Self.body)
        let good = try signer().cosign(checkpoint, at: Self.time)
        let verifier = try signer().verifier
        for place in good.bytes.indices {
            var bytes = good.bytes
            bytes[place] ^= 0x01
            let bad = try SignedNote.Signature(name: good.name, keyID: good.keyID, bytes: bytes)
            let both = try SignedNote(text: Self.body, signatures: [good, bad])
            let error = #expect(throws: LogError.self) { try verifier.verify(both) }
            #expect(error?.code == .badSignature)
        }
    }

    @Test func `a time above the limit is refused although it is signed`() throws {
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: Data(32..<64))
        // C2SP tlog-cosignature: it must not exceed 2^63 - 1.
        let time = UInt64(1) << 63
        let signature = try key.signature(for: Data("cosignature/v1\ntime \(time)\n\(Self.body)".utf8))
        let verifier = try signer().verifier
        let bytes = withUnsafeBytes(of: time.bigEndian) { Data($0) } + signature
        let signed = try SignedNote(
            text: Self.body,
            signatures: [.init(name: verifier.name, keyID: verifier.keyID, bytes: bytes)]
        )
        #expect(throws: LogError.self) { try verifier.verify(signed) }
        #expect(throws: LogError.self) { try signer().cosign(Checkpoint(parsing: Self.body), at: -1) }
    }

    @Test func `a signer shows no private key`() throws {
        var dumped = ""
        dump(try signer(), to: &dumped)
        let description = try signer().description
        #expect(description == Self.vkey)
        let secret = Data(32..<64).base64EncodedString()
        #expect(!dumped.contains(secret) && !dumped.contains("privateKey"))
    }
}
