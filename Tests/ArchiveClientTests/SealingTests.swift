import Age
@testable import ArchiveClient
import ArchiveCore
import ArchiveInterface
import Foundation
import OggOpus
import TestSupport
import Testing

@Suite struct SealingTests {
    private let metadata = RecordingMetadata(
        title: "Rapat",
        level: Level("terbatas"),
        compartments: ["satu", "dua"],
        unit: "pusat",
        series: "RP.01",
        meeting: "Pleno",
        participants: ["A", "B"],
        started: Date(timeIntervalSince1970: 1_700_000_000),
        description: "keterangan"
    )

    private func seal(_ path: String, for identity: Identity, in folder: TestFolder) throws -> PreparedRecording {
        try PreparedRecording(
            reading: InputFile(path: path),
            metadata: metadata,
            sealedTo: identity.recipient,
            home: ClientHome(path: folder.file("home"))
        )
    }

    private func bytes(_ recording: SealedRecording) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(recording.length))
        #expect(try bytes.withUnsafeMutableBytes { try recording.file.read(into: $0, at: 0) } == bytes.count)
        #expect(try recording.file.length == bytes.count)
        return bytes
    }

    /// Opens `bytes` with ``RecordingOpener``, fed in pieces of `step`.
    private func open(_ bytes: [UInt8], with identity: Identity, step: Int) throws -> [UInt8] {
        var opener = RecordingOpener(identities: [Identity.generateX25519(), identity])
        var plaintext: [UInt8] = []
        try bytes.withUnsafeBytes { all in
            for start in stride(from: 0, to: all.count, by: step) {
                let piece = UnsafeRawBufferPointer(rebasing: all[start..<min(start + step, all.count)])
                try opener.update(piece) { plaintext += $0 }
            }
        }
        try opener.finish { plaintext += $0 }
        return plaintext
    }

    @Test(arguments: [1, 100, 65_537, 1 << 22])
    func oggGoesAsItIs(step: Int) throws {
        guard let sample = try Samples.recording() else { return }
        let folder = try TestFolder()
        for identity in [Identity.generateX25519(), try Identity.generateHybrid()] {
            let prepared = try seal(sample.path, for: identity, in: folder)
            let sealed = try bytes(prepared.sealed)
            #expect(try open(sealed, with: identity, step: step) == Array(Data(contentsOf: sample)))
            // The spool has no name left, and nothing else was written.
            #expect(try folder.names("home/spool").isEmpty)
            #expect(prepared.stream.facts.duration > 0)
        }
        #expect(try FileManager.default.mode(folder.file("home/spool")) == 0o700)
    }

    @Test(arguments: [16_000, 44_100])
    func waveIsEncodedWithItsLabel(rate: Int) throws {
        let folder = try TestFolder()
        let path = try folder.write("tone", Samples.wave(seconds: 2.5, rate: rate))
        let identity = Identity.generateX25519()
        let prepared = try seal(path, for: identity, in: folder)
        let plaintext = try open(try bytes(prepared.sealed), with: identity, step: 4096)
        let validator = StreamValidator()
        try plaintext.withUnsafeBytes { try validator.consume($0) }
        let stream = try validator.finish()
        #expect(stream == prepared.stream)
        #expect(stream.findings.isEmpty)
        #expect(abs(stream.facts.duration - 2.5) < 0.001)
        let tags = stream.facts.links[0].tags
        let expected = [
            "TITLE": ["Rapat"], "DATE": ["2023-11-14T22:13:20.000Z"], "MEETING": ["Pleno"],
            "CLASSIFICATION": ["terbatas"], "COMPARTMENT": ["satu", "dua"], "UNIT": ["pusat"], "SERIES": ["RP.01"],
            "PARTICIPANT": ["A", "B"], "DESCRIPTION": ["keterangan"],
        ]
        for (name, values) in expected { #expect(tags[name] == values, "\(name)") }
        #expect(prepared.missing == 0)
    }

    @Test func waveThatEndsEarlyIsKeptAndSaid() throws {
        let folder = try TestFolder()
        let path = try folder.write("tone", Samples.wave(seconds: 2).dropLast(20_000))
        let prepared = try seal(path, for: Identity.generateX25519(), in: folder)
        #expect(prepared.missing > 0)
        #expect(abs(prepared.stream.facts.duration - 1.375) < 0.001)
    }

    @Test func stockAgeOpensIt() throws {
        guard let sample = try Samples.recording() else { return }
        let folder = try TestFolder()
        let identity = Identity.generateX25519()
        let sealed = try folder.write("x.age", try bytes(try seal(sample.path, for: identity, in: folder).sealed))
        let key = try folder.write("key", identity.secretString.utf8)
        let outcome = try Program.run("age", ["-d", "-i", key, sealed])
        #expect(outcome.status == 0, "\(outcome.errorText)")
        #expect(outcome.output == (try Data(contentsOf: sample)))
    }

    @Test func refusesWhatIsNoRecording() async throws {
        let folder = try TestFolder()
        let cases: [(String, [UInt8])] = [
            ("empty", []), ("text", Array("kata".utf8)), ("age", Array("age-encryption.org/v1\n".utf8)),
            ("riff", Array("RIFF____AVI LIST".utf8)), ("ogg", Array("OggS".utf8) + [UInt8](repeating: 7, count: 100)),
        ]
        for (name, contents) in cases {
            let path = try folder.write(name, contents)
            let error = await expectError(.badRecording) { _ = try seal(path, for: .generateX25519(), in: folder) }
            #expect(error?.offset != nil, "\(name)")
        }
        _ = await expectError(.notFound) { _ = try seal(folder.file("absent"), for: .generateX25519(), in: folder) }
        #expect(try folder.names("home/spool").isEmpty)
    }

    @Test func refusesWhatLacksItsTitle() async throws {
        let folder = try TestFolder()
        let path = try folder.write("tone", Samples.wave(seconds: 0.5))
        _ = await expectError(.badMetadata) {
            _ = try PreparedRecording(
                reading: InputFile(path: path),
                metadata: RecordingMetadata(level: Level("terbatas")),
                sealedTo: Identity.generateX25519().recipient,
                home: ClientHome(path: folder.file("home"))
            )
        }
    }

    /// Cut at any chunk's end or in it, changed, or for somebody else: an error, and never as whole.
    @Test func openerRefuses() async throws {
        let folder = try TestFolder()
        let identity = Identity.generateX25519()
        let path = try folder.write("tone", Samples.wave(seconds: 60))
        let sealed = try bytes(try seal(path, for: identity, in: folder).sealed)
        #expect(sealed.count > 130_000)
        for length in [0, 10, 200, sealed.count / 2, sealed.count - 1] {
            #expect(throws: ArchiveError.self) {
                _ = try open(Array(sealed.prefix(length)), with: identity, step: 1000)
            }
        }
        var changed = sealed
        changed[sealed.count - 1] ^= 1
        _ = await expectError(.badEncryption) { _ = try open(changed, with: identity, step: 1 << 20) }
        _ = await expectError(.wrongRecipient) { _ = try open(sealed, with: .generateX25519(), step: 1 << 20) }
    }

    @Test func recipientOfALevel() async throws {
        let archive = try FakeArchive()
        let recipients = Recipients(levels: [
            .init(level: Level("a"), x25519: archive.identity.recipient.description, hybrid: "x", sealedOnly: false),
            .init(level: Level("b"), x25519: nil, hybrid: archive.hybrid.recipient.description, sealedOnly: true),
        ])
        #expect(try recipients.recipient(for: Level("a")).kind == .x25519)
        #expect(try recipients.recipient(for: Level("b")).kind == .hybrid)
        let error = await expectError(.unknownName) { _ = try recipients.recipient(for: Level("c")) }
        #expect(error?.hint == "levels are a, b")
    }
}
