import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import Ingest
import Testing

/// The same stream again.
extension IncompleteTests {
    /// A recorder that was closed as far as it came sends all of what it has spooled.
    @Test func theWholeComesAfterAPartOfIt() async throws {
        let begun = try await begin(missing: 1000)
        begun.archive.clock.advance(by: begun.archive.ingest.limits.silence)
        try await closeSilent(begun.archive)
        let part = try #require(try await begun.archive.recordings().first)
        let whole = try await send(begun.sealed.bytes, to: begun.archive, by: begun.sender)
        #expect(whole.recording != part.id && whole.state == .stored)
        // And what is a part of that is that.
        let again = try await send(begun.sealed.bytes.dropLast(500), to: begun.archive, by: begun.sender)
        #expect(again.recording == whole.recording && again.state == .stored)
        try await begun.archive.expectOnly([part.id, whole.recording])
        // Cut in the same place, it is the part.
        let same = try await send(begun.sealed.bytes.dropLast(1000), to: begun.archive, by: begun.sender)
        #expect(same.recording == part.id && same.state == .incomplete)
        try await begun.archive.expectOnly([part.id, whole.recording])
    }

    func send(
        _ bytes: [UInt8],
        to archive: ArchiveFixture,
        by sender: ArchiveFixture.Member
    ) async throws -> Ingest.Receipt {
        try await archive.ingest.receive(
            body([bytes]),
            submission: archive.submission(),
            isSealed: true,
            by: sender.caller
        )
    }

    /// Another recorder that has a copy of the sealed file learns nothing by sending it, whole or in part.
    @Test(arguments: [0, 500, 1000])
    func aCopyOfAPartFromAnotherSenderIsRefused(missing: Int) async throws {
        let begun = try await begin(missing: 1000)
        begun.archive.clock.advance(by: begun.archive.ingest.limits.silence)
        try await closeSilent(begun.archive)
        let part = try #require(try await begun.archive.recordings().first)
        let thief = try await begun.archive.member(.recorder)
        let error = await archiveError {
            _ = try await send(begun.sealed.bytes.dropLast(missing), to: begun.archive, by: thief)
        }
        #expect(error?.code == .refused)
        #expect(error?.message == "this recording is refused")
        // The very same bytes are not kept twice.
        try await begun.archive.expectOnly([part.id], aside: missing == 1000 ? 0 : 1)
    }

    /// What cannot be filed is aside with its keys, cut or not.
    @Test func aPartWithoutASeriesGoesAside() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let sealed = try Self.sealed(in: archive)
        let submission = try archive.submission(series: nil)
        let error = await archiveError {
            _ = try await archive.ingest.receive(
                body([sealed.bytes.dropLast(1000)]),
                submission: submission,
                isSealed: true,
                by: sender.caller
            )
        }
        #expect(error?.code == .badMetadata)
        try await archive.expectOnly([], aside: 1)
        let kept = try #require(try everyFile(below: archive.layout.quarantine).values.first)
        #expect(kept == Data(sealed.payload.dropLast(1000)))
    }

    /// The length was announced, and not all of it came: whoever asks does not hear that it is all there.
    @Test func aSilentUploadOfKnownLengthIsNotCalledWhole() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let sealed = try Self.sealed(in: archive)
        let upload = try await archive.ingest.create(
            archive.submission(),
            length: sealed.bytes.count,
            by: sender.caller
        )
        let came = sealed.bytes.count - 70_000
        _ = try await archive.ingest.append(
            body([Array(sealed.bytes.prefix(came))]),
            to: upload,
            at: 0,
            length: nil,
            by: sender.caller
        )
        archive.clock.advance(by: archive.ingest.limits.silence)
        try await closeSilent(archive)
        let status = try await archive.ingest.status(of: upload, by: sender.caller)
        #expect(status.offset == came && status.length == sealed.bytes.count)
        #expect(status.receipt?.state == .incomplete)
        // What was announced and did not come is missing, too: 70,000 bytes are about 2.5 s.
        #expect(try #require(status.receipt).loss > 2)
    }

    /// Chunks authenticate, and hold no audio yet: that is no recording, and lies aside once, with its keys.
    @Test(arguments: [false, true])
    func whatHoldsNoAudioYetGoesAside(inClear: Bool) async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let long = String(repeating: "panjang ", count: 25_000)
        let opus = try MadeRecording.opus(tags: [("NOTE", long)])
        let sealed = try MadeRecording.seal(opus, to: [archive.recipient()])
        let bytes = inClear ? Array(opus.prefix(150_000)) : Array(sealed.bytes.prefix(150_000))
        let submission = try archive.submission([("level", "biasa")])
        await #expect(throws: BrokenConnection.self) {
            _ = try await archive.ingest.receive(
                body([bytes], then: BrokenConnection()),
                submission: submission,
                isSealed: !inClear,
                by: sender.caller
            )
        }
        for instance in [archive, try await archive.reopened()] {
            try await instance.expectOnly([], aside: 1)
            #expect(try await instance.ingest.quarantined().map(\.reason) == ["truncated"])
        }
    }

    /// No room to seal it once more: it waits, whole, until there is.
    @Test func closingWaitsForRoom() async throws {
        let begun = try await begin(missing: 1000)
        begun.archive.clock.advance(by: begun.archive.ingest.limits.silence)
        begun.archive.files.pretend(available: begun.archive.ingest.limits.reserve.live + 1000)
        let problems = try await begun.archive.ingest.closeSilent(since: .distantPast)
        #expect(problems.map(\.code) == [.exhausted])
        #expect(try await begun.archive.recordings().isEmpty)
        begun.archive.files.pretend(available: nil)
        try await closeSilent(begun.archive)
        #expect(try await begun.archive.recordings().count == 1)
    }

    /// Its owner ends an upload at the moment at which it becomes a recording: it is one or the other, never half.
    @Test func anEndAtTheLastMomentIsEitherOr() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        for number in 0..<30 {
            let opus = try MadeRecording.opus(seed: UInt32(700 + number))
            let sealed = try MadeRecording.seal(opus, to: [archive.recipient()])
            let upload = try await archive.ingest.create(
                archive.submission(),
                length: sealed.bytes.count,
                by: sender.caller
            )
            async let sent = try? archive.ingest.append(
                body([sealed.bytes]),
                to: upload,
                at: 0,
                length: nil,
                by: sender.caller
            )
            async let ended: Void? = try? archive.ingest.terminate(upload, by: sender.caller)
            _ = await (sent, ended)
        }
        let rows = try await archive.recordings()
        for row in rows { #expect(try archive.plaintext(of: row.id).isEmpty == false) }
        try await archive.expectOnly(rows.map(\.id))
        try await archive.expectWholeLog()
    }
}
