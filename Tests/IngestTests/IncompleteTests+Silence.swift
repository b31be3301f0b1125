import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import Ingest
import Testing

/// Senders that fall silent.
extension IncompleteTests {
    struct Begun {
        let archive: ArchiveFixture
        let sender: ArchiveFixture.Member
        let sealed: MadeRecording.Sealed
        let upload: UploadID
        let offset: Int
    }

    /// An upload of unknown length, of which all but `missing` bytes came.
    func begin(missing: Int) async throws -> Begun {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let sealed = try Self.sealed(in: archive)
        let upload = try await archive.ingest.create(archive.submission(), length: nil, by: sender.caller)
        let status = try await archive.ingest.append(
            body([Array(sealed.bytes.dropLast(missing))]),
            to: upload,
            at: 0,
            length: nil,
            by: sender.caller
        )
        #expect(status.expires == archive.clock.now.addingTimeInterval(archive.ingest.limits.silence))
        return Begun(archive: archive, sender: sender, sealed: sealed, upload: upload, offset: status.offset)
    }

    func closeSilent(_ archive: ArchiveFixture, since: Date = .distantPast) async throws {
        let problems = try await archive.ingest.closeSilent(since: since)
        #expect(problems.isEmpty, "\(problems)")
    }

    @Test func aSilentUploadIsClosedAndASenderThatComesBackBeforeGoesOn() async throws {
        let begun = try await begin(missing: 1000)
        let (archive, caller) = (begun.archive, begun.sender.caller)
        let silence = archive.ingest.limits.silence
        archive.clock.advance(by: silence - 1)
        try await closeSilent(archive)
        let status = try await archive.ingest.status(of: begun.upload, by: caller)
        #expect(status.offset == begun.offset && status.receipt == nil)
        // Asking where it stands is a sign of life.
        archive.clock.advance(by: silence - 1)
        try await closeSilent(archive)
        #expect(try await archive.recordings().isEmpty)
        archive.clock.advance(by: 1)
        // Time in which nobody could come does not count.
        try await closeSilent(archive, since: archive.clock.now.addingTimeInterval(-silence + 1))
        #expect(try await archive.recordings().isEmpty)
        try await closeSilent(archive)
        let row = try #require(try await archive.recordings().first)
        try await expect(3, of: begun.sealed, as: row, in: archive)
        // Its sender hears what it has become, and cannot go on.
        let ended = try await archive.ingest.status(of: begun.upload, by: caller)
        #expect(ended.receipt?.recording == row.id && ended.receipt?.state == .incomplete)
        // It is told of no byte that did not come, also where it had announced more.
        #expect(ended.offset == begun.offset)
        let error = await archiveError {
            _ = try await archive.ingest.append(
                body([Array(begun.sealed.bytes.suffix(1000))]),
                to: begun.upload,
                at: begun.offset,
                length: nil,
                by: caller
            )
        }
        #expect(error?.code == .gone)
        #expect(error?.message.contains(row.id.description) == true)
    }

    @Test func anUploadThatIsFedIsNotSilent() async throws {
        let begun = try await begin(missing: 1000)
        let (bytes, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let rest = Array(begun.sealed.bytes.suffix(1000))
        let request = Task {
            try await begun.archive.ingest.append(
                bytes,
                to: begun.upload,
                at: begun.offset,
                length: begun.sealed.bytes.count,
                by: begun.sender.caller
            )
        }
        // The length is noted before the first byte is read, so the request has the upload by then.
        let deadline = ContinuousClock.now + .seconds(30)
        while try await begun.archive.catalogue.read({ try $0.upload(begun.upload) })?.length == nil, .now < deadline {
            await Task.yield()
        }
        begun.archive.clock.advance(by: 10 * begun.archive.ingest.limits.silence)
        try await closeSilent(begun.archive)
        continuation.yield(rest)
        continuation.finish()
        let receipt = try #require(try await request.value.receipt)
        #expect(receipt.state == .stored)
        #expect(try begun.archive.plaintext(of: receipt.recording) == longOpus.get())
    }

    /// All of it came, and the word for it did not.
    @Test func aSilentUploadThatHasItsEndIsWhole() async throws {
        let begun = try await begin(missing: 0)
        begun.archive.clock.advance(by: begun.archive.ingest.limits.silence)
        try await closeSilent(begun.archive)
        let row = try #require(try await begun.archive.recordings().first)
        #expect(row.state == .stored && row.loss == 0 && row.original == nil)
        #expect(try begun.archive.plaintext(of: row.id) == longOpus.get())
    }

    @Test func aSilentUploadWithoutAHeaderIsDropped() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let sealed = try Self.sealed(in: archive)
        for part in [[], Array(sealed.header.dropLast(4)), sealed.header] {
            let upload = try await archive.ingest.create(archive.submission(), length: nil, by: sender.caller)
            _ = try await archive.ingest.append(body([part]), to: upload, at: 0, length: nil, by: sender.caller)
        }
        archive.clock.advance(by: archive.ingest.limits.silence)
        try await closeSilent(archive)
        try await archive.expectOnly([])
        try await archive.expectWholeLog()
    }

    /// Killed before any call to the file system while an upload is closed: nothing that was acknowledged is lost, and in
    /// the end there is one recording of it.
    @Test func closingSurvivesAKillAnywhere() async throws {
        let begun = try await begin(missing: 1000)
        begun.archive.clock.advance(by: begun.archive.ingest.limits.silence)
        var photographs = try await begun.archive.photographs { try await closeSilent(begun.archive) }
        for label: FileLabel in ["payload.write", "payload.sync", "payload.rename", "payload.remove"] {
            #expect(photographs.map(\.label).contains(label))
        }
        photographs.append(("after the end", try begun.archive.photograph()))
        for (label, folder) in photographs {
            let again = try await begun.archive.reopened(in: folder)
            try await closeSilent(again)
            let rows = try await again.recordings()
            #expect(rows.count == 1, "before \(label)")
            let row = try #require(rows.first)
            #expect(row.state == .incomplete, "before \(label)")
            #expect(try again.plaintext(of: row.id) == Array(longOpus.get().prefix(3 * 65_536)), "before \(label)")
            try await again.expectOnly([row.id])
            try await again.expectWholeLog()
        }
    }

    /// The disk fails at any call while an upload is closed: it is as it was, and the next pass closes it.
    @Test func closingSurvivesADiskThatFailsAnywhere() async throws {
        var number = 0
        while true {
            let begun = try await begin(missing: 1000)
            begun.archive.clock.advance(by: begun.archive.ingest.limits.silence)
            begun.archive.files.fail { [number] label, count in
                count == number ? ArchiveError(.exhausted, "the test fails \(label)") : nil
            }
            _ = try? await begun.archive.ingest.closeSilent(since: .distantPast)
            let isOver = begun.archive.files.calls.count <= number
            begun.archive.files.heal()
            try await closeSilent(begun.archive)
            for instance in [begun.archive, try await begun.archive.reopened()] {
                let row = try #require(try await instance.recordings().first, "call \(number)")
                #expect(
                    try instance.plaintext(of: row.id) == Array(longOpus.get().prefix(3 * 65_536)),
                    "call \(number)"
                )
                try await instance.expectWholeLog()
            }
            if isOver { break }
            number += 1
        }
        #expect(number > 10)
    }
}
