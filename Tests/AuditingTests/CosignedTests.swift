import ArchiveCore
import ArchiveTesting
import Auditing
import Crypto
import Foundation
import Testing
import TransparencyLog

/// What an archive shows as cosigned is checked against the auditor's own copy.
@Suite struct CosignedTests {
    private struct Fixture {
        let folder: TemporaryFolder
        let log: LyingLog
        let copy: LogCopy
        let witness: CosignatureSigner

        init() async throws {
            folder = try TemporaryFolder()
            log = try LyingLog.made(300, by: LyingLog.signer())
            copy = LogCopy(path: folder.file("copy"), clock: ManualClock())
            _ = try await copy.sync(from: log, trusting: log.signer.verifier)
            witness = try CosignatureSigner(name: "saksi.example/satu", privateKey: .init())
        }

        func note(_ log: LyingLog, size: Int, at time: Int = 1_790_000_000) throws -> Data {
            let note = try SignedNote(parsing: log.note(size: size))
            let cosignature = try witness.cosign(Checkpoint(parsing: note.text), at: time)
            return Data(try SignedNote(text: note.text, signatures: note.signatures + [cosignature]).serialized.utf8)
        }
    }

    @Test func saysHowFarAWitnessHasSeen() async throws {
        let fixture = try await Fixture()
        let seen = try fixture.copy.cosigned(fixture.note(fixture.log, size: 280), by: fixture.witness.verifier)
        #expect(seen?.size == 280 && seen?.time == Date(timeIntervalSince1970: 1_790_000_000))
        let other = try CosignatureSigner(name: fixture.witness.name, privateKey: .init())
        #expect(try fixture.copy.cosigned(fixture.note(fixture.log, size: 280), by: other.verifier) == nil)
        #expect(try LocalFileSystem().names(in: fixture.copy.evidenceFolder).isEmpty)
    }

    @Test func aCosignatureOverAnotherLogIsEvidence() async throws {
        let fixture = try await Fixture()
        var leaves = fixture.log.leaves
        leaves[100] = leaves[0]
        let fork = LyingLog(leaves, signer: fixture.log.signer)
        let longer = LyingLog(fixture.log.leaves + (try LyingLog.leaves(5, from: 300)), signer: fixture.log.signer)
        var bad = String(decoding: try fixture.note(fixture.log, size: 280), as: UTF8.self)
        // The line of the witness over another text.
        let line = try #require(try SignedNote(parsing: fixture.note(fixture.log, size: 281)).signatures.last?.line)
        bad = String(decoding: try fixture.log.note(size: 280), as: UTF8.self) + line
        for (note, kind) in [
            (try fixture.note(fork, size: 280), LogFault.Kind.forked),
            (try fixture.note(longer, size: 305), .rolledBack),
            (Data(bad.utf8), .unsigned), (Data("nothing".utf8), .unsigned),
        ] {
            let fault = try #require(throws: LogFault.self) {
                try fixture.copy.cosigned(note, by: fixture.witness.verifier)
            }
            #expect(fault.kind == kind, "\(fault)")
            let folder = try #require(fault.evidence)
            #expect(try LocalFileSystem().contents("\(folder)/checkpoint-received").map { Data($0) } == note)
        }
    }
}
