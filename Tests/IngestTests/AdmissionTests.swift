import AccessPolicy
import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import Ingest
import Testing
import Vault

/// Who may have how much under way, and what the disk keeps free (DESIGN.md invariant 14).
@Suite struct AdmissionTests {
    private static let limits = """
        quotas:
          recorder:
            incoming: 600 KiB
            uploads: 3
        """

    /// An archive whose recorders may have little under way.
    private func archive() async throws -> ArchiveFixture {
        try await ArchiveFixture(policy: "\(Policy.shippedWithoutQuotas)\n\(Self.limits)\n")
    }

    private func patch(
        _ bytes: [UInt8],
        at offset: Int,
        to upload: UploadID,
        in archive: ArchiveFixture,
        by sender: ArchiveFixture.Member,
        length: Int? = nil
    ) async throws -> Ingest.Status {
        try await archive.ingest.append(
            body(pieces(of: bytes, sizes: [60_000])),
            to: upload,
            at: offset,
            length: length,
            by: sender.caller
        )
    }

    @Test func onlySoManyUploadsAtOnce() async throws {
        let archive = try await archive()
        let (sender, other) = (try await archive.member(.recorder), try await archive.member(.recorder))
        var uploads: [UploadID] = []
        for _ in 0..<3 {
            uploads.append(try await archive.ingest.create(archive.submission(), length: nil, by: sender.caller))
        }
        let error = await archiveError {
            _ = try await archive.ingest.create(archive.submission(), length: nil, by: sender.caller)
        }
        #expect(error?.code == .quotaSpent && error?.message.contains("3") == true)
        // It is the principal's own.
        _ = try await archive.ingest.create(archive.submission(), length: nil, by: other.caller)
        try await archive.ingest.terminate(uploads[0], by: sender.caller)
        _ = try await archive.ingest.create(archive.submission(), length: nil, by: sender.caller)
    }

    /// At the same moment, too: what is counted and what is added is one transaction.
    @Test func requestsAtOnceShareTheQuota() async throws {
        let archive = try await archive()
        let sender = try await archive.member(.recorder)
        let submission = try archive.submission()
        let made = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    (try? await archive.ingest.create(submission, length: 1000, by: sender.caller)) != nil
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(made == 3)
        #expect(try await archive.catalogue.read { try $0.underWay().uploads } == 3)
        // Keys of those that were refused are not left behind.
        let again = try await archive.reopened()
        #expect(try again.vault.uploads().count == 3)
    }

    @Test func announcedBytesCountAndThoseInQuarantineToo() async throws {
        let archive = try await archive()
        let sender = try await archive.member(.recorder)
        let sealed = try MadeRecording.seal(longOpus.get(), to: [archive.recipient()])
        let missing = try archive.submission(series: nil)
        let refused = await archiveError {
            _ = try await archive.ingest.receive(
                body([sealed.bytes]),
                submission: missing,
                isSealed: true,
                by: sender.caller
            )
        }
        #expect(refused?.code == .badMetadata)
        let aside = try #require(try await archive.ingest.quarantined().first)
        let left = 600 * 1024 - aside.bytes
        let error = await archiveError {
            _ = try await archive.ingest.create(archive.submission(), length: left + 1, by: sender.caller)
        }
        #expect(error?.code == .quotaSpent)
        let upload = try await archive.ingest.create(archive.submission(), length: left, by: sender.caller)
        let full = await archiveError {
            _ = try await archive.ingest.create(archive.submission(), length: 1, by: sender.caller)
        }
        #expect(full?.code == .quotaSpent)
        // What was announced is not counted again as it comes.
        let status = try await patch(Array(sealed.bytes.prefix(200_000)), at: 0, to: upload, in: archive, by: sender)
        #expect(status.offset == 200_000)
        try await archive.ingest.dropQuarantined(aside.upload, by: .hostUser(0))
        _ = try await archive.ingest.create(archive.submission(), length: 1, by: sender.caller)
    }

    /// A live stream comes to its quota in the middle: what was acknowledged stays, and it goes on once there is room.
    @Test func aStreamOfUnknownLengthStopsAtTheQuotaAndGoesOn() async throws {
        let archive = try await archive()
        let sender = try await archive.member(.recorder)
        let opus = try MadeRecording.opus(seconds: 25, bitrate: 510_000)
        let sealed = try MadeRecording.seal(opus, to: [archive.recipient()])
        try #require(sealed.bytes.count > 650_000)
        let other = try await archive.ingest.create(archive.submission(), length: 300_000, by: sender.caller)
        let upload = try await archive.ingest.create(archive.submission(), length: nil, by: sender.caller)
        let error = await archiveError {
            _ = try await patch(sealed.bytes, at: 0, to: upload, in: archive, by: sender)
        }
        #expect(error?.code == .quotaSpent)
        let offset = try await archive.ingest.status(of: upload, by: sender.caller).offset
        #expect(offset > 200_000 && offset <= 600 * 1024 - 300_000 + sealed.header.count)
        // Saying how long it is does not help either.
        let announced = await archiveError {
            _ = try await patch([], at: offset, to: upload, in: archive, by: sender, length: sealed.bytes.count)
        }
        #expect(announced?.code == .quotaSpent)
        try await archive.ingest.terminate(other, by: sender.caller)
        var rest = offset
        while rest < sealed.bytes.count - 60_000 {
            let piece = Array(sealed.bytes[rest..<min(rest + 60_000, 600 * 1024)])
            guard !piece.isEmpty else { break }
            rest = try await patch(piece, at: rest, to: upload, in: archive, by: sender).offset
        }
        #expect(rest > offset)
    }

    // MARK: The disk

    private static let mebibyte = 1 << 20

    @Test func liveStreamsComeBeforeWhatCanBeSentLater() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let sealed = try MadeRecording.seal(longOpus.get(), to: [archive.recipient()])
        let live = try await archive.ingest.create(archive.submission(), length: nil, by: sender.caller)
        let known = try await archive.ingest.create(
            archive.submission(),
            length: sealed.bytes.count,
            by: sender.caller
        )
        // Less than the reserve for bulk is free, and more than the one for live streams.
        archive.files.pretend(available: 3 * Self.mebibyte / 2)
        for length in [1000, 0] {
            let error = await archiveError {
                _ = try await archive.ingest.create(archive.submission(), length: length, by: sender.caller)
            }
            #expect(error?.code == .exhausted && error?.message.contains("reserve") == true)
        }
        let oneShot = await archiveError {
            _ = try await archive.ingest.receive(
                body([sealed.bytes]),
                submission: archive.submission(),
                isSealed: true,
                by: sender.caller
            )
        }
        #expect(oneShot?.code == .exhausted)
        #expect(try everyFile(below: archive.layout.incoming).isEmpty)
        // What has begun goes on, and a recorder may begin.
        _ = try await patch(Array(sealed.bytes.prefix(100_000)), at: 0, to: live, in: archive, by: sender)
        let whole = try await patch(sealed.bytes, at: 0, to: known, in: archive, by: sender)
        #expect(whole.receipt?.state == .stored)
        _ = try await archive.ingest.create(archive.submission(), length: nil, by: sender.caller)
        // Now it is short for them, too.
        archive.files.pretend(available: Self.mebibyte - 1)
        let error = await archiveError {
            _ = try await patch(Array(sealed.bytes[100_000..<150_000]), at: 100_000, to: live, in: archive, by: sender)
        }
        #expect(error?.code == .exhausted)
        #expect(try await archive.ingest.status(of: live, by: sender.caller).offset == 100_000)
        archive.files.pretend(available: nil)
        let end = try await patch(
            Array(sealed.bytes[100_000...]),
            at: 100_000,
            to: live,
            in: archive,
            by: sender,
            length: sealed.bytes.count
        )
        // The very same stream, from the same sender.
        #expect(end.receipt?.recording == whole.receipt?.recording)
    }

    /// What others have announced has its place already.
    @Test func whatIsAnnouncedIsPromised() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        archive.files.pretend(available: 10 * Self.mebibyte)
        _ = try await archive.ingest.create(archive.submission(), length: 5 * Self.mebibyte, by: sender.caller)
        let error = await archiveError {
            _ = try await archive.ingest.create(archive.submission(), length: 4 * Self.mebibyte, by: sender.caller)
        }
        #expect(error?.code == .exhausted)
        _ = try await archive.ingest.create(archive.submission(), length: 3 * Self.mebibyte, by: sender.caller)
    }
}
