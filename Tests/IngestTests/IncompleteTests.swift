import Age
import ArchiveCore
import ArchiveTesting
import Catalogue
import Crypto
import Foundation
import Ingest
import Retrieval
import Testing
import Vault

/// Streams without an end: what came of them is a recording, and what did not is named (DESIGN.md invariant 12).
@Suite struct IncompleteTests {
    struct Cut: Sendable, CustomTestStringConvertible {
        var name: String
        /// Whole chunks of the sender's that are kept.
        var chunks: Int
        /// What the sender hears; nil where it is told that what it sent is kept.
        var code: ArchiveError.Code?
        var make: @Sendable (MadeRecording.Sealed) -> [UInt8]
        var testDescription: String { name }
    }

    private static let chunk = 65_552

    static let cuts =
        [
            Cut(name: "cut in its last chunk", chunks: 3, code: nil) { $0.bytes.dropLast(1000) },
            Cut(name: "cut at a chunk", chunks: 2, code: nil) { $0.header + $0.payload[..<(16 + 2 * chunk)] },
            Cut(name: "cut in its second chunk", chunks: 1, code: nil) {
                $0.header + $0.payload[..<(16 + 2 * chunk - 1)]
            },
        ]
        + (1..<3).map { number in
            Cut(name: "a bit in chunk \(number)", chunks: number, code: .badEncryption) { sealed in
                var bytes = sealed.bytes
                bytes[sealed.header.count + 16 + number * chunk + 50] ^= 4
                return bytes
            }
        }

    private static func sealed(in archive: ArchiveFixture) throws -> MadeRecording.Sealed {
        let sealed = try MadeRecording.seal(longOpus.get(), to: [archive.recipient()])
        try #require((3 * chunk + 1000..<4 * chunk).contains(sealed.payload.count - 16))
        return sealed
    }

    /// In one shot and as an upload of a known length: as many whole chunks as came, under a new key, once.
    @Test(arguments: cuts, [false, true])
    func isKeptAsFarAsItCame(_ cut: Cut, resumable: Bool) async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let sealed = try Self.sealed(in: archive)
        let bytes = cut.make(sealed)
        var receipt: Ingest.Receipt?
        let error = await archiveError {
            let pieces = body(pieces(of: bytes, sizes: [30_000]))
            guard resumable else {
                receipt = try await archive.ingest.receive(
                    pieces,
                    submission: archive.submission(),
                    isSealed: true,
                    by: sender.caller
                )
                return
            }
            let upload = try await archive.ingest.create(
                archive.submission(),
                length: bytes.count,
                by: sender.caller
            )
            receipt =
                try await archive.ingest.append(pieces, to: upload, at: 0, length: nil, by: sender.caller).receipt
        }
        #expect(error?.code == cut.code)
        let row = try #require(try await archive.recordings().first)
        if let error { #expect(error.hint?.contains(row.id.description) == true) }
        if cut.code == nil {
            #expect(receipt?.recording == row.id)
            #expect(receipt?.state == .incomplete)
            #expect(receipt?.loss == row.loss)
            #expect(receipt?.findings.contains { $0.code == "no-end" } == true)
        }
        for instance in [archive, try await archive.reopened()] {
            try await expect(cut.chunks, of: sealed, as: row, in: instance)
        }
        // The digest of what the sender had is kept, of all the bytes that came.
        if cut.code == nil {
            let original = SHA256.hash(data: bytes.dropFirst(sealed.header.count))
            #expect(row.original?.digest == Data(original))
        }
        #expect(row.original?.nonce == Data(sealed.payload.prefix(16)))
        #expect(row.nonce != row.original?.nonce)
        // A second is about 28 kB of this noise; where the sender said nothing of more, nothing is known to be missing.
        #expect(cut.name == "cut at a chunk" ? row.loss == 0 : row.loss > 0 && row.loss < (cut.code == nil ? 2.5 : 7.5))
    }

    private func expect(
        _ chunks: Int,
        of sealed: MadeRecording.Sealed,
        as row: RecordingRow,
        in archive: ArchiveFixture
    ) async throws {
        try await archive.expectOnly([row.id])
        #expect(row.state == .incomplete)
        let plaintext = try archive.plaintext(of: row.id)
        #expect(try plaintext == Array(longOpus.get().prefix(chunks * 65_536)))
        try await archive.expectWholeLog()
        // An archivist opens it like any other.
        let reader = try await archive.member(.archivist)
        let access = try await archive.retrieval.open(row.id, purpose: "uji", hybrid: false, by: reader.caller)
        let file = try await archive.retrieval.deliver(access.id, as: .sealed, by: reader.caller).bytes()
        #expect(try MadeRecording.open(file, with: reader.identity) == plaintext)
    }

    /// Sealed here or by the sender, a connection that breaks in the middle leaves what came.
    @Test func aBrokenStreamInClearIsKeptToItsLastByte() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let sent = Array(try longOpus.get().dropLast(1000))
        let stream = body([sent], then: BrokenConnection())
        let submission = try archive.submission([("level", "biasa")])
        await #expect(throws: BrokenConnection.self) {
            _ = try await archive.ingest.receive(stream, submission: submission, isSealed: false, by: sender.caller)
        }
        let row = try #require(try await archive.recordings().first)
        #expect(row.state == .incomplete)
        #expect(try archive.plaintext(of: row.id) == sent)
        try await archive.expectOnly([row.id])
    }

    // MARK: Silence

    private struct Begun {
        let archive: ArchiveFixture
        let sender: ArchiveFixture.Member
        let sealed: MadeRecording.Sealed
        let upload: UploadID
        let offset: Int
    }

    /// An upload of unknown length, of which all but `missing` bytes came.
    private func begin(missing: Int) async throws -> Begun {
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

    private func closeSilent(_ archive: ArchiveFixture, since: Date = .distantPast) async throws {
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

    // MARK: The same stream again

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

    private func send(
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
