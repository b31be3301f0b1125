import Crypto
import Foundation
import Testing
import TransparencyLog

@Suite struct SignedNoteTests {
    private static let origin = "arsip.example/risalah"

    private func signer(_ name: String = origin, first: UInt8 = 0) throws -> NoteSigner {
        let seed = Data((0..<32).map { $0 + first })
        return try NoteSigner(name: name, privateKey: .init(rawRepresentation: seed))
    }

    private func code(_ body: () throws -> some Any) -> LogError.Code? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? LogError)?.code
        }
    }

    // These three were accepted by Go's sumdb/note with the verifier key below, which wrote the same bytes from
    // the same seed; sumdb/tlog gave the same root.
    private let vkey = "arsip.example/risalah+b9722bf6+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
    private let checkpointNote = """
        arsip.example/risalah
        1000
        L/M/udjxT4nKMGKJYzM2oWj/P0Uy6PdBoAGdy0wdYKE=

        \u{2014} arsip.example/risalah \
        uXIr9seePYM7Yf01teArUDjgMoUaP6C7msKG63vKJdbSSLR4VnLe/2dWwydz+azOy1fFiUpFc3EeRwm75InxgIT/cgI=

        """
    private let foreignNote =
        "Rapat é 会議\n\nbaris\n\n\n\u{2014} arsip.example/risalah "
        + "uXIr9iNevswtY/541rEjcrCBUS0JMfLM1RdRJeMKKz0JpR5ggDfKeSOUHDRUsuT4Zhq//BNR3fgBTrfHiSyxsdkIrAU=\n"

    /// The example of C2SP signed-note: its key is not published, its form is.
    private let specificationNote =
        "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\n"
        + "ed è subito sera.\n\n\u{2014} quasimodo.example/salvatore "
        + "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"

    @Test func `a signed checkpoint is what another implementation verified and wrote`() throws {
        var frontier = TreeFrontier()
        for number in 0..<1000 {
            frontier.append(leafBytes: Data("leaf \(number)".utf8))
        }
        let checkpoint = try Checkpoint(origin: Self.origin, size: 1000, root: frontier.root)
        let note = try signer().sign(checkpoint)
        #expect(try signer().verifier.vkey == vkey)
        #expect(try NoteVerifier(vkey: vkey).checkpoint(in: SignedNote(parsing: note.serialized)) == checkpoint)
        // RFC 8032 signatures are deterministic here; where the primitive adds randomness, verifying must do.
        #expect(note.serialized == checkpointNote)
    }

    @Test func `notes of another implementation verify and are written back byte for byte`() throws {
        let verifier = try NoteVerifier(vkey: vkey)
        #expect(verifier.name == Self.origin)
        #expect(verifier.keyID == 0xb972_2bf6)
        for golden in [checkpointNote, foreignNote, specificationNote] {
            let note = try SignedNote(parsing: golden)
            #expect(note.serialized.utf8.elementsEqual(golden.utf8))
            #expect(try SignedNote(parsing: Data(golden.utf8)).text == note.text)
            #expect(try SignedNote(text: note.text, signatures: note.signatures).serialized == golden)
            #expect(code { try verifier.verify(note) } == (golden == specificationNote ? .notSigned : nil))
        }
        #expect(try SignedNote(parsing: foreignNote).text == "Rapat é 会議\n\nbaris\n\n")
    }

    @Test func `any changed byte of the text or the signature is noticed`() throws {
        let verifier = try NoteVerifier(vkey: vkey)
        let bytes = Array(checkpointNote.utf8)
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 0x01
            let accepted = code { try verifier.verify(SignedNote(parsing: Data(changed))) } == nil
            #expect(!accepted, "byte \(place)")
        }
    }

    @Test func `other signatures are ignored, a failing one of the known key is not`() throws {
        let (own, witness) = (try signer(), try signer("saksi.example", first: 9))
        let text = "teks\n"
        let (good, other) = (try own.sign(text).signatures[0], try witness.sign(text).signatures[0])
        // Shares the name, or the ID, but not both (C2SP signed-note, Signatures).
        let sameName = try SignedNote.Signature(name: own.name, keyID: 1, bytes: Data([1]))
        let sameID = try SignedNote.Signature(name: "lain", keyID: good.keyID, bytes: Data([1]))
        let failing = try SignedNote.Signature(name: own.name, keyID: good.keyID, bytes: other.bytes)

        let note = try SignedNote(text: text, signatures: [sameName, other, sameID, good])
        try own.verifier.verify(SignedNote(parsing: note.serialized))
        try witness.verifier.verify(note)
        for signatures in [[good, failing], [failing, good], [failing]] {
            let note = try SignedNote(text: text, signatures: signatures)
            #expect(code { try own.verifier.verify(note) } == .badSignature)
        }
        let foreign = try SignedNote(text: text, signatures: [sameName, other, sameID])
        #expect(code { try own.verifier.verify(foreign) } == .notSigned)
        let moved = try SignedNote(text: "teks lain\n", signatures: [good])
        #expect(code { try own.verifier.verify(moved) } == .badSignature)
    }

    @Test func `names that look equal are different names`() throws {
        let (composed, decomposed) = (try signer("rapat-\u{E9}"), try signer("rapat-e\u{301}"))
        #expect(composed.verifier != decomposed.verifier)
        #expect(code { try decomposed.verifier.verify(composed.sign("teks\n")) } == .notSigned)
    }

    @Test(
        arguments: [
            ("", LogError.Code.malformedNote, nil),
            ("\n", .malformedNote, nil),
            ("teks\n", .malformedNote, nil),
            ("teks\n\n", .malformedNote, 6),
            ("teks\n\n\u{2014} a AQIDBAU=", .malformedNote, 20),
            ("teks\n\n\u{2014} a AQIDBAU=\n\n", .malformedNote, 22),
            ("teks\n\n\u{2014} a AQIDBAU=\n\nteks", .malformedNote, 26),
            ("teks\n\u{2014} a AQIDBAU=\n", .malformedNote, nil),
            ("teks\n\n- a AQIDBAU=\n", .malformedNote, 6),
            ("teks\n\n\u{2014}a AQIDBAU=\n", .malformedNote, 6),
            ("teks\n\n\u{2014} AQIDBAU=\n", .malformedNote, 18),
            ("teks\n\n\u{2014}  AQIDBAU=\n", .keyName, nil),
            ("teks\n\n\u{2014} a  AQIDBAU=\n", .malformedNote, 12),
            ("teks\n\n\u{2014} a AQIDBAU= \n", .malformedNote, 12),
            ("teks\n\n\u{2014} a \n", .malformedNote, 12),
            ("teks\n\n\u{2014} a AQID\n", .malformedNote, 12),
            ("teks\n\n\u{2014} a AQIDBA==\n", .malformedNote, 12),
            ("teks\n\n\u{2014} a AQIDBAU\n", .malformedNote, 12),
            ("teks\n\n\u{2014} a AQIDBAV=\n", .malformedNote, 12),
            ("teks\n\n\u{2014} a AQID_AU=\n", .malformedNote, 12),
            ("teks\n\n\u{2014} a+b AQIDBAU=\n", .keyName, nil),
            ("teks\n\n\u{2014} a\u{A0}b AQIDBAU=\n", .keyName, nil),
            ("teks\n\n\u{2014} a\u{3000} AQIDBAU=\n", .keyName, nil),
            ("teks\n\n\u{2014} a AQIDBAU=\nteks\n", .malformedNote, 21),
            ("teks\r\n\r\n\u{2014} a AQIDBAU=\r\n", .malformedNote, 4),
            ("te\tks\n\n\u{2014} a AQIDBAU=\n", .malformedNote, 2),
            ("te\0ks\n\n\u{2014} a AQIDBAU=\n", .malformedNote, 2),
        ] as [(String, LogError.Code, Int?)]
    )
    func `a malformed note is refused`(note: String, expected: LogError.Code, offset: Int?) {
        for parse in [{ try SignedNote(parsing: note) }, { try SignedNote(parsing: Data(note.utf8)) }] {
            let error = #expect(throws: LogError.self) { try parse() }
            #expect(error?.code == expected)
            #expect(error?.offset == offset)
        }
    }

    @Test func `what is not UTF-8 is refused`() {
        let note = Data("te".utf8) + [0xC3, 0x28] + Data("\n\n\u{2014} a AQIDBAU=\n".utf8)
        #expect(code { try SignedNote(parsing: note) } == .malformedNote)
    }

    @Test func `the limits hold, and leave room for what must be accepted`() throws {
        func note(_ count: Int, of bytes: Int) -> String {
            "teks\n\n"
                + String(
                    repeating: "\u{2014} a \(Data(repeating: 1, count: bytes).base64EncodedString())\n",
                    count: count
                )
        }
        #expect(try SignedNote(parsing: note(16, of: 5000)).signatures.count == 16)
        #expect(try SignedNote(parsing: note(100, of: 68)).signatures.count == 100)
        #expect(code { try SignedNote(parsing: note(101, of: 68)) } == .tooLarge)
        #expect(code { try SignedNote(parsing: note(100, of: 10_000)) } == .tooLarge)
        let long = String(repeating: "a", count: SignedNote.maximumByteCount) + "\n"
        #expect(code { try signer().sign(long) } == .tooLarge)
    }

    @Test(arguments: ["teks", "", "a\tb\n", "a\0\n", "a\r\n"])
    func `a text that a note cannot carry is not signed`(text: String) throws {
        let signer = try signer()
        #expect(code { try signer.sign(text) } == .malformedNote)
    }

    @Test(arguments: ["\n", "a\n", "a\n\n", "\n\n\n", "a\n\n\u{2014} b AQIDBAU=\n", "会議\n\nb\n"])
    func `a signed text comes back as it was`(text: String) throws {
        let signer = try signer()
        let note = try SignedNote(parsing: signer.sign(text).serialized)
        #expect(note.text == text)
        #expect(note.signatures.count == 1)
        try signer.verifier.verify(note)
    }
}
