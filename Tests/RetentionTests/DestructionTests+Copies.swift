import ArchiveCore
import ArchiveTesting
import AuditLog
import BlobStore
import Catalogue
import Foundation
import Ingest
import Retention
import Retrieval
import Testing
import Vault

/// Copies of a recording that did not become one, and those that come later.
extension DestructionTests {
    /// An incomplete recording has a key of its own; copies of what it was made of go with it all the same.
    @Test func copiesOfWhatWasSealedAgainGoWithIt() async throws {
        let archive = try await ArchiveFixture()
        let (sender, thief) = (try await archive.member(.recorder), try await archive.member(.recorder))
        let sealed = try MadeRecording.seal(
            MadeRecording.opus(seconds: 7.5, bitrate: 510_000),
            to: [archive.recipient()]
        )
        func send(_ bytes: [UInt8], _ member: ArchiveFixture.Member) async throws -> Ingest.Receipt {
            try await archive.ingest.receive(
                body([bytes]),
                submission: archive.submission(),
                isSealed: true,
                by: member.caller
            )
        }
        let part = try await send(sealed.bytes.dropLast(1000), sender)
        #expect(part.state == .incomplete)
        let refused = await archiveError { _ = try await send(sealed.bytes.dropLast(500), thief) }
        #expect(refused?.code == .refused)
        #expect(try archive.vault.uploads().count == 1)
        archive.clock.advance(by: 29 * Self.day)
        _ = try await archive.retention.propose(by: Self.administrator)
        archive.clock.advance(by: 31 * Self.day)
        _ = try await archive.retention.propose(by: Self.administrator)
        archive.clock.advance(by: 15 * Self.day)
        _ = try await archive.retention.run(by: Self.administrator)
        #expect(try await archive.catalogue.read { try $0.recording(part.recording)?.state } == .destroyed)
        #expect(try archive.vault.uploads().isEmpty)
        #expect(try everyFile(below: archive.layout.quarantine).isEmpty)
    }

    /// Copies that broke off on their way in have the key of the recording, and go with it.
    @Test func copiesWithTheSameKeyGoWithTheRecording() async throws {
        let archive = try await ArchiveFixture()
        let (sender, other) = (try await archive.member(.recorder), try await archive.member(.recorder))
        let sealed = try MadeRecording.seal(
            MadeRecording.opus(seconds: 7.5, bitrate: 510_000),
            to: [archive.recipient()]
        )
        // Cut off in its first chunk, in one shot: aside. Begun as an upload by somebody else: on its way.
        let cut = await archiveError {
            _ = try await archive.ingest.receive(
                body([Array(sealed.bytes.prefix(5000))]),
                submission: archive.submission(),
                isSealed: true,
                by: sender.caller
            )
        }
        #expect(cut?.code == .truncated)
        let upload = try await archive.ingest.create(archive.submission(), length: nil, by: other.caller)
        _ = try await archive.ingest.append(
            body([Array(sealed.bytes.prefix(100_000))]),
            to: upload,
            at: 0,
            length: nil,
            by: other.caller
        )
        let foreign = try await archive.ingest.create(archive.submission(), length: nil, by: other.caller)
        let whole = try await archive.ingest.receive(
            body([sealed.bytes]),
            submission: archive.submission(),
            isSealed: true,
            by: sender.caller
        )
        #expect(try archive.vault.uploads().count == 3)
        archive.clock.advance(by: 31 * Self.day)
        _ = try await archive.retention.propose(by: Self.administrator)
        archive.clock.advance(by: 14 * Self.day)
        var outcomes: [Retention.Outcome] = []
        let photographs = try await archive.photographs {
            outcomes = try await archive.retention.run(by: Self.administrator)
        }
        #expect(outcomes.map(\.kind) == [.destroyed])
        var instances = [archive, try await archive.reopened()]
        // A crash before any call of it is finished at the next start.
        for (_, folder) in photographs.dropFirst() {
            let crashed = try await archive.reopened(in: folder, recovers: false)
            guard try await crashed.catalogue.read({ try $0.recording(whole.recording)?.state }) != .stored else {
                continue
            }
            try await crashed.recover()
            try await crashed.recover()
            instances.append(crashed)
        }
        #expect(instances.count > 6)
        for instance in instances {
            #expect(try !instance.vault.holdsKeys(of: whole.recording))
            #expect(try instance.vault.uploads() == [foreign])
            for folder in [instance.layout.quarantine, instance.layout.incoming, instance.layout.recordings] {
                #expect(try everyFile(below: folder).isEmpty, "\(folder)")
            }
            let gone = await archiveError { _ = try await instance.ingest.status(of: upload, by: other.caller) }
            #expect(gone?.code == .badRecording)
            #expect(try await instance.ingest.status(of: foreign, by: other.caller).offset == 0)
            #expect(try await instance.log.verify().fault == nil)
        }
        // Nor does a part that comes later bring the key back: in one shot, or as an upload that never ends.
        let late = await archiveError {
            _ = try await archive.ingest.receive(
                body([sealed.bytes.dropLast(5000)]),
                submission: archive.submission(),
                isSealed: true,
                by: sender.caller
            )
        }
        #expect(late?.code == .truncated)
        let begun = try await archive.ingest.create(archive.submission(), length: nil, by: other.caller)
        let refused = await archiveError {
            _ = try await archive.ingest.append(
                body([Array(sealed.bytes.prefix(100_000))]),
                to: begun,
                at: 0,
                length: nil,
                by: other.caller
            )
        }
        #expect(refused?.code == .refused)
        #expect(try archive.vault.uploads() == [foreign])
        #expect(try everyFile(below: archive.layout.quarantine).isEmpty)
    }
}
