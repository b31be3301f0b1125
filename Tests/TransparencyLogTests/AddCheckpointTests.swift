import Foundation
import Testing
import TransparencyLog

@Suite struct AddCheckpointTests {
    private static let hash = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw="
    /// The checkpoint and the signatures of the example in C2SP tlog-witness.
    private static let note = """
        example.com/behind-the-sofa
        20852163
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

        \u{2014} example.com/behind-the-sofa \
        Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
        \u{2014} example.com/behind-the-sofa \
        opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=

        """
    private static let example = """
        old 20852014
        PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
        jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
        5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
        /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=


        """

    private static func parse(_ text: String) throws -> AddCheckpoint {
        try AddCheckpoint(parsing: Data(text.utf8))
    }

    @Test func `the specification's example is read and written back byte for byte`() throws {
        let text = Self.example + Self.note
        let request = try Self.parse(text)
        #expect(request.oldSize == 20_852_014)
        #expect(request.proof.count == 4)
        #expect(request.proof[0].description == Self.hash)
        #expect(try Checkpoint(parsing: request.note.text).size == 20_852_163)
        #expect(request.note.signatures.count == 2)
        #expect(request.serialized.utf8.elementsEqual(text.utf8))
        let again = try AddCheckpoint(oldSize: request.oldSize, proof: request.proof, note: request.note)
        #expect(again.serialized == text)
        #expect(try Self.parse("old 0\n\n" + Self.note).proof.isEmpty)
        let most = String(repeating: Self.hash + "\n", count: AddCheckpoint.maximumProofCount)
        #expect(try Self.parse("old 1\n\(most)\n\(Self.note)").proof.count == 63)
    }

    @Test(arguments: [
        ("", LogError.Code.malformedRequest, 0),
        ("old 1", .malformedRequest, 5),
        ("old 1\n", .malformedRequest, 6),
        ("old 1\n" + hash + "\n", .malformedRequest, 51),
        ("old 01\n\n" + note, .malformedRequest, 0),
        ("old \n\n" + note, .malformedRequest, 0),
        ("old -1\n\n" + note, .malformedRequest, 0),
        ("old +1\n\n" + note, .malformedRequest, 0),
        ("old  1\n\n" + note, .malformedRequest, 0),
        ("old 1 \n\n" + note, .malformedRequest, 0),
        ("old 1\r\n\n" + note, .malformedRequest, 0),
        ("old 9223372036854775808\n\n" + note, .malformedRequest, 0),
        ("Old 1\n\n" + note, .malformedRequest, 0),
        ("\n" + note, .malformedRequest, 0),
        ("old 1\n" + hash.dropLast(4) + "\n\n" + note, .malformedRequest, 6),
        ("old 1\n" + hash + " \n\n" + note, .malformedRequest, 6),
        ("old 1\n" + hash + "\n" + hash.dropLast() + "\n\n" + note, .malformedRequest, 51),
        ("old 1\n" + String(repeating: hash + "\n", count: 64) + "\n" + note, .proofLength, 6 + 63 * 45),
        ("old 1\n\n", .malformedNote, 7),
        ("old 1\n\na\n", .malformedNote, 7),
        ("old 1\n\n" + note.dropLast(), .malformedNote, 7 + note.utf8.count - 1),
        ("old 1\n\n" + note + "x", .malformedNote, 7 + note.utf8.count + 1),
    ])
    func `what is not as specified is refused with its place`(text: String, code: LogError.Code, offset: Int) {
        let error = #expect(throws: LogError.self) { try Self.parse(text) }
        #expect(error?.code == code)
        #expect(error?.offset == offset)
    }

    @Test func `a body above the limit is refused before it is looked at`() {
        let text = "old 1\n\n" + String(repeating: "a", count: AddCheckpoint.maximumByteCount)
        let error = #expect(throws: LogError.self) { try Self.parse(text) }
        #expect(error?.code == .tooLarge)
    }

    @Test func `nothing is put together that would be refused`() throws {
        let note = try SignedNote(parsing: Self.note)
        #expect(throws: LogError.self) { try AddCheckpoint(oldSize: -1, proof: [], note: note) }
        let many = [TreeHash](repeating: .empty, count: 64)
        #expect(throws: LogError.self) { try AddCheckpoint(oldSize: 1, proof: many, note: note) }
    }

    /// Whatever comes from the network is either refused or written back as the bytes that it was.
    @Test func `random and mutated bodies are refused or read exactly`() throws {
        var random = SystemRandomNumberGenerator()
        let valid = Array((Self.example + Self.note).utf8)
        var accepted = 0
        for round in 0..<20_000 {
            var bytes = valid
            if round.isMultiple(of: 10) {
                bytes = (0..<Int.random(in: 0..<400, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
            } else {
                for _ in 0..<Int.random(in: 0..<4, using: &random) {
                    let place = Int.random(in: bytes.indices, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                    case 1: bytes.remove(at: place)
                    case 2: bytes.insert(UInt8(ascii: "\n"), at: place)
                    default: bytes.removeSubrange(place..<min(bytes.count, place + 50))
                    }
                }
            }
            guard let request = try? AddCheckpoint(parsing: Data(bytes)) else { continue }
            accepted += 1
            #expect(Array(request.serialized.utf8) == bytes, "\(Data(bytes).base64EncodedString())")
        }
        #expect(accepted > 0)
    }
}
