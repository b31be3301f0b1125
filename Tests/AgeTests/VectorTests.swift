import Age
import Foundation
import Testing

@Suite(.enabled(if: !Vector.all.isEmpty, "the vectors are not here"))
struct VectorTests {
    @Test func noVectorIsLeftOut() {
        print("age vectors: \(Vector.all.count) found and run")
        #expect(Vector.all.count == 143)
        #expect(Vector.all.filter { !$0.isKnown }.count == 0)
        #expect(Vector.all.filter { $0.expectation.isEmpty || $0.fileKey == nil }.count == 0)
        #expect(Vector.all.filter(\.isArmored).count == 33)
        #expect(Vector.all.filter { $0.passphrase != nil }.count == 26)
        #expect(Set(Vector.all.map(\.expectation)).count == 6)
    }

    @Test(arguments: Vector.all)
    func endsAsExpected(_ vector: Vector) throws {
        let opened = try vector.opened()
        let malformed: Set<AgeError.Code> = [
            .malformedHeader, .malformedStanza, .unsupportedVersion, .nonceMissing, .workFactorTooHigh,
        ]
        switch vector.expectation {
        case "success":
            #expect(opened.error == nil)
        case "header failure":
            #expect(malformed.contains(try #require(opened.error).code), "\(String(describing: opened.error))")
        case "HMAC failure":
            #expect(opened.error?.code == .badMAC)
        case "no match":
            #expect(opened.error?.code == .noMatch)
        case "armor failure":
            #expect(opened.error?.code == .malformedArmor)
        case "payload failure":
            #expect(try #require(opened.error).code.rawValue.hasPrefix("payload-"))
        default:
            Issue.record("unknown expectation \(vector.expectation)")
        }
        if vector.expectation == "success" || vector.expectation == "payload failure" {
            // All that was authentic was released, and nothing more.
            #expect(opened.digest == vector.payloadDigest)
        } else {
            #expect(opened.plaintext.isEmpty)
        }
    }

    /// Identities alone do no scrypt work for a stranger, and armor is not misread as bytes.
    @Test func whatIdentitiesDoNotOpen() throws {
        for vector in Vector.all where vector.expectation == "success" {
            let opened = Opened(vector.file, identities: [.generateX25519()])
            if vector.name == "armor_whitespace_outside" {
                #expect(opened.error?.code == .malformedHeader)
            } else if vector.isArmored {
                #expect(opened.error?.code == .armored, "\(vector.name)")
            } else if vector.passphrase != nil {
                #expect(opened.error?.code == .passphraseNeeded, "\(vector.name)")
            }
            #expect(opened.plaintext.isEmpty)
        }
    }

    @Test func payloadFailuresAreToldApart() throws {
        let expected: [String: AgeError.Code] = [
            "stream_bad_tag": .payloadAuthentication,
            "stream_bad_tag_second_chunk": .payloadAuthentication,
            "stream_last_chunk_empty": .payloadEmptyLastChunk,
            "stream_missing_tag": .payloadTruncated,
            "stream_no_chunks": .payloadTruncated,
            "stream_no_final_full": .payloadTruncated,
            "stream_no_final_two_chunks_full": .payloadTruncated,
            "stream_no_nonce": .nonceMissing,
            "stream_short_nonce": .nonceMissing,
            "stream_trailing_garbage_long": .payloadTrailingData,
            "stream_trailing_garbage_short": .payloadTrailingData,
            "stream_two_final_chunks_full": .payloadTrailingData,
        ]
        for (name, code) in expected {
            let vector = try #require(Vector.all.first { $0.name == name })
            let opened = Opened(vector.file, identities: try vector.identities.map { try Identity(parsing: $0) })
            #expect(opened.error?.code == code, "\(name)")
        }
    }

    @Test func anyCuttingGivesTheSame() throws {
        var runs = 0
        // scrypt has nothing to do with how a file is cut, and takes its time.
        for vector in Vector.all where vector.passphrase == nil {
            let whole = try vector.opened()
            var cuttings = [
                [65_535], [65_536], [65_537], [65_551], [65_552], [65_553], [131_104, 1], [7919, 104_729],
            ]
            // A call for each byte is tried on all but the few large files.
            if vector.file.count < 1 << 20 { cuttings += [[1], [2, 3, 5, 7, 11, 13], [97]] }
            for sizes in cuttings {
                #expect(try vector.opened(sizes: sizes) == whole, "\(vector.name) \(sizes)")
                runs += 1
            }
        }
        #expect(runs > 117 * 8)
    }

    @Test func everyHeaderThatParsesIsWrittenBack() throws {
        var parsed = 0
        for vector in Vector.all {
            var cutter = HeaderCutter()
            guard let length = try? cutter.consume(vector.file), let header = cutter.header else { continue }
            let bytes = Array(vector.file[..<length])
            #expect(header.serialized == bytes, "\(vector.name)")
            #expect(try Header(parsing: bytes) == header)
            #expect(cutter.length == length)
            #expect(throws: AgeError.self) { try Header(parsing: bytes + [0]) }
            parsed += 1
        }
        print("age vectors: \(parsed) headers parse and are written back byte for byte")
        #expect(parsed == 86)
    }

    @Test func everySuccessIsMadeAgain() throws {
        var made = 0
        for vector in Vector.all where vector.expectation == "success" {
            let opened = try vector.opened()
            let file = try vector.unarmored()
            var cutter = HeaderCutter()
            let length = try cutter.consume(file)
            let parsed = try #require(cutter.header)
            let fileKey = try FileKey(bytes: try #require(vector.fileKey))
            let nonce = try PayloadNonce(bytes: file[length..<length + 16])
            let header = try Header(fileKey: fileKey, stanzas: parsed.stanzas)
            let payload = try sealed(opened.plaintext, fileKey: fileKey, nonce: nonce, sizes: [100_003])
            #expect(header.serialized + payload == file, "\(vector.name)")
            if !vector.isArmored
                || ["armor_x25519", "armor_full_last_line", "armor_hybrid", "armor_scrypt"].contains(vector.name)
            {
                let whole = vector.isArmored ? armored(file, sizes: [1, 47, 48, 49]) : file
                #expect(whole == vector.file, "\(vector.name)")
            }
            #expect(parsed.needsPassphrase == (vector.passphrase != nil))
            made += 1
        }
        print("age vectors: \(made) successes made again byte for byte")
        #expect(made == 26)
    }
}
