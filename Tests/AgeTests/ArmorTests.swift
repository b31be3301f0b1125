import Age
import Foundation
import TestSupport
import Testing

@Suite struct ArmorTests {
    private func decoded(_ bytes: [UInt8], sizes: [Int] = []) throws -> [UInt8] {
        var (decoder, output) = (ArmorDecoder(), [UInt8]())
        for piece in pieces(of: bytes, sizes: sizes) {
            try Array(bytes[piece]).withUnsafeBytes { try decoder.update($0, into: &output) }
        }
        try decoder.finish(into: &output)
        return output
    }

    @Test func anyLengthComesBack() throws {
        for length in [0, 1, 2, 3, 46, 47, 48, 49, 95, 96, 97, 10_000] {
            let bytes = pattern(length)
            let text = armored(bytes, sizes: [7])
            #expect(text == armored(bytes))
            for sizes in [[], [1], [64], [65, 3]] {
                #expect(try decoded(text, sizes: sizes) == bytes, "\(length) \(sizes)")
            }
            #expect(ArmorDecoder.isArmored(text) && ArmorDecoder.isArmored(Array(" \n\t".utf8) + text))
        }
        #expect(!ArmorDecoder.isArmored("age-encryption.org/v1\n".utf8) && !ArmorDecoder.isArmored("".utf8))
    }

    @Test func marginsHaveAnEnd() throws {
        let text = armored(pattern(100))
        let spaces = [UInt8](repeating: UInt8(ascii: "\n"), count: 1024)
        #expect(try decoded(spaces + text + spaces) == pattern(100))
        for bytes in [spaces + [0x20] + text, text + spaces + [0x20]] {
            #expect(#expect(throws: AgeError.self) { try decoded(bytes) }?.code == .malformedArmor)
        }
        // An error stays what it was, and a line that does not end is not gathered for ever.
        var (decoder, output) = (ArmorDecoder(), [UInt8]())
        let endless = [UInt8](repeating: UInt8(ascii: "A"), count: 100)
        for _ in 0..<2 {
            let error = #expect(throws: AgeError.self) {
                try endless.withUnsafeBytes { try decoder.update($0, into: &output) }
            }
            #expect(error?.code == .malformedArmor && error?.offset == 0)
        }
    }

    /// What is cut off anywhere before its end is no armored file.
    @Test func aCutFileIsRefused() throws {
        let text = armored(pattern(200))
        for length in 0..<text.count - 1 {
            #expect(
                #expect(throws: AgeError.self, "\(length)") { try decoded(Array(text[..<length])) }?.code
                    == .malformedArmor
            )
        }
        #expect(try decoded(text.dropLast()) == pattern(200))
    }

    @Test func theStockToolReadsAndWritesIt() throws {
        let identity = Identity.generateX25519()
        let folder = FileManager.default.temporaryDirectory.appending(path: "armor-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let key = folder.appending(path: "key.txt").path
        try "\(identity.secretString)\n".write(toFile: key, atomically: true, encoding: .utf8)
        let plaintext = Data(pattern(100_000))
        let theirs = try Program.run("age", ["-a", "-r", identity.recipient.description], input: plaintext)
        #expect(theirs.status == 0)
        let opened = Opened(Array(theirs.output), identities: [identity], isArmored: true, sizes: [1000])
        #expect(opened.error == nil && Data(opened.plaintext) == plaintext)
        let fileKey = FileKey()
        let header = try Header(fileKey: fileKey, recipients: [identity.recipient])
        let ours = armored(try header.serialized + sealed(Array(plaintext), fileKey: fileKey))
        let back = try Program.run("age", ["-d", "-i", key], input: Data(ours))
        #expect(back.status == 0 && back.output == plaintext, "\(back.errorText)")
    }
}
