import Crypto
import Foundation
import Testing
import TransparencyLog

@Suite struct NoteKeyTests {
    private static let key = "AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"

    @Test(arguments: [
        ("", LogError.Code.verifierKey),
        ("arsip.example/risalah", .verifierKey),
        ("arsip.example/risalah+b9722bf6", .verifierKey),
        ("arsip.example/risalah+b9722bf6+", .verifierKey),
        ("arsip.example/risalah+b9722bf7+\(key)", .verifierKey),
        ("arsip.example/risalah+B9722BF6+\(key)", .verifierKey),
        ("arsip.example/risalah+9722bf6+\(key)", .verifierKey),
        ("arsip.example/Risalah+b9722bf6+\(key)", .verifierKey),
        ("arsip.example/risalah+b9722bf6+Ag" + key.dropFirst(2), .verifierKey),
        ("arsip.example/risalah+b9722bf6+" + key.dropLast(4), .verifierKey),
        ("arsip.example/risalah+b9722bf6+\(key)AAAA", .verifierKey),
        ("arsip.example/risalah+b9722bf6+\(key)\n", .verifierKey),
        ("+b9722bf6+\(key)", .keyName),
        ("a b+b9722bf6+\(key)", .keyName),
        ("\(String(repeating: "a", count: 513))+b9722bf6+\(key)", .keyName),
    ])
    func `a malformed verifier key is refused`(vkey: String, code: LogError.Code) {
        let error = #expect(throws: LogError.self) { try NoteVerifier(vkey: vkey) }
        #expect(error?.code == code)
    }

    @Test(arguments: ["", " ", "a b", "a+b", "a\u{2003}b", "a\u{85}b", "a\nb", "a\0b", "a\u{1F}b"])
    func `a name that a key cannot have is refused`(name: String) {
        let error = #expect(throws: LogError.self) { try NoteSigner(name: name, privateKey: .init()) }
        #expect(error?.code == .keyName)
    }

    @Test func `a verifier key is written back as it was read`() throws {
        // A key ID with leading zeroes is found among a few thousand random keys at most.
        var padded: NoteVerifier?
        for _ in 0..<20_000 where padded == nil {
            let verifier = try NoteSigner(name: "arsip", privateKey: .init()).verifier
            if verifier.keyID < 1 << 24 { padded = verifier }
        }
        for verifier in [try NoteVerifier(vkey: "arsip.example/risalah+b9722bf6+\(Self.key)"), try #require(padded)] {
            #expect(try NoteVerifier(vkey: verifier.vkey) == verifier)
            #expect(verifier.vkey.split(separator: "+")[1].count == 8)
        }
    }

    @Test func `a signer shows nothing of its private key`() throws {
        let key = Curve25519.Signing.PrivateKey()
        let signer = try NoteSigner(name: "arsip", privateKey: key)
        var dumped = ""
        dump(signer, to: &dumped)
        let shown = "\(signer)" + String(reflecting: signer) + dumped
        #expect(shown.contains(signer.verifier.vkey))
        #expect(!shown.contains("PrivateKey"))
        #expect(!shown.contains(key.rawRepresentation.base64EncodedString()))
    }
}
