import AccessPolicy
import Age
import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import TestSupport
import Testing
import Vault

@testable import Ingest

/// Sealed streams come in whole, however the network cuts them and wherever their sender had to begin again.
@Suite struct StreamTests {
    /// Many uploads at once, more than stay in memory, each fed in pieces while others ask where it stands: what was told is
    /// never taken back, and every recording is what was sent.
    @Test func manyUploadsTakenOverAgainAndAgain() async throws {
        let archive = try await ArchiveFixture(policy: Policy.shippedWithoutQuotas)
        let sender = try await archive.member(.recorder)
        let recipient = try archive.recipient()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<UploadSessions.idleLimit + 16 {
                group.addTask {
                    let opus = try MadeRecording.opus(seed: UInt32(20_000 + number))
                    let bytes = try MadeRecording.seal(opus, to: [recipient]).bytes
                    let upload = try await archive.ingest.create(
                        archive.submission(),
                        length: bytes.count,
                        by: sender.caller
                    )
                    var told = 0
                    var receipt: Ingest.Receipt?
                    while receipt == nil {
                        let piece = Array(bytes[told..<min(bytes.count, told + Int.random(in: 1...900))])
                        let place = told
                        async let asked = try? archive.ingest.status(of: upload, by: sender.caller)
                        let sent = try? await archive.ingest.append(
                            body([piece]),
                            to: upload,
                            at: place,
                            length: nil,
                            by: sender.caller
                        )
                        _ = await asked
                        let status = try await archive.ingest.status(of: upload, by: sender.caller)
                        #expect(status.offset >= max(told, sent?.offset ?? 0), "told bytes were taken back")
                        told = status.offset
                        receipt = status.receipt
                    }
                    let recording = try #require(receipt).recording
                    #expect(try archive.plaintext(of: recording) == opus)
                }
            }
            try await group.waitForAll()
        }
        #expect(archive.ingest.sessions.count == 0)
        try await archive.expectWholeLog()
    }

    /// However many uploads one sender keeps open, asking about each brings none into memory for good.
    @Test(arguments: [(Duration.zero, 2500, UploadSessions.idleLimit), (.seconds(3600), 80, 80)])
    func memoryDoesNotGrowWithOpenUploads(_ time: Duration, _ resting: Int, _ limit: Int) async throws {
        var limits = ArchiveFixture.testLimits
        (limits.restingUploads, limits.restingTime) = (resting, time)
        let archive = try await ArchiveFixture(policy: Policy.shippedWithoutQuotas, limits: limits)
        let sender = try await archive.member(.recorder)
        let sealed = try MadeRecording.seal(shortOpus.get(), to: [archive.recipient()])
        var uploads: [UploadID] = []
        for number in 0..<limit + 30 {
            let upload = try await archive.ingest.create(archive.submission(), length: nil, by: sender.caller)
            let part = Array(sealed.bytes.prefix(sealed.header.count + 20))
            _ = try await archive.ingest.append(body([part]), to: upload, at: 0, length: nil, by: sender.caller)
            _ = try await archive.ingest.status(of: upload, by: sender.caller)
            let wrong = await archiveError {
                _ = try await archive.ingest.append(body([part]), to: upload, at: 1, length: nil, by: sender.caller)
            }
            #expect(wrong?.code == .wrongOffset)
            #expect(archive.ingest.sessions.count == min(number + 1, limit), "after \(number)")
            uploads.append(upload)
        }
        for upload in uploads {
            #expect(try await archive.ingest.status(of: upload, by: sender.caller).offset == sealed.header.count + 20)
            #expect(archive.ingest.sessions.count == limit)
        }
        let again = try await archive.reopened()
        #expect(again.ingest.sessions.count == 0)
    }

    @Test(arguments: [[1 << 20], [4096], [65_536], [65_552], [1, 7, 100_000], [17, 65_535, 3]])
    func anyChunkingOfASealedStream(_ sizes: [Int]) async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let opus = try longOpus.get()
        for hybrid in [false, true] {
            let sealed = try MadeRecording.seal(opus, to: [archive.recipient(hybrid: hybrid)])
            try #require(sealed.payload.count > 3 * 65_552)
            let receipt = try await archive.ingest.receive(
                body(pieces(of: sealed.bytes, sizes: sizes)),
                submission: archive.submission(),
                isSealed: true,
                by: sender.caller
            )
            #expect(receipt.loss == 0)
            #expect(receipt.findings.isEmpty)
            #expect(abs(receipt.duration - 7.5) < 0.001)
            #expect(try archive.plaintext(of: receipt.recording) == opus)
            // The payload rests exactly as it was sealed; the header rests nowhere.
            let files = try everyFile(below: archive.layout.recordings)
            #expect(files[archive.layout.payload(receipt.recording)] == Data(sealed.payload))
            #expect(try ArchiveTesting.files(below: archive.folder.path, containing: sealed.header).isEmpty)
        }
        #expect(try everyFile(below: archive.layout.incoming).isEmpty)
        #expect(try archive.vault.uploads().isEmpty)
        try await archive.expectWholeLog()
    }

    @Test(arguments: [1, 1000])
    func everyByteOfASmallStreamCanComeAlone(_ size: Int) async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let opus = try shortOpus.get()
        let sealed = try MadeRecording.seal(opus, to: [archive.recipient()])
        let receipt = try await archive.ingest.receive(
            body(pieces(of: sealed.bytes, sizes: [size])),
            submission: archive.submission(),
            isSealed: true,
            by: sender.caller
        )
        #expect(try archive.plaintext(of: receipt.recording) == opus)
    }

    @Test func whatTheStockToolSealed() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let opus = try longOpus.get()
        let outcome = try Program.run("age", ["--recipient", "\(archive.recipient())"], input: Data(opus))
        try #require(outcome.status == 0, "\(outcome.errorText)")
        let receipt = try await archive.ingest.receive(
            body([Array(outcome.output)]),
            submission: archive.submission(),
            isSealed: true,
            by: sender.caller
        )
        #expect(try archive.plaintext(of: receipt.recording) == opus)
    }

    @Test func inClearItIsSealedOnArrivalWhereTheLevelLetsIt() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let opus = try longOpus.get()
        let receipt = try await archive.ingest.receive(
            body(pieces(of: opus, sizes: [10_000])),
            submission: archive.submission([("level", "biasa")]),
            isSealed: false,
            by: sender.caller
        )
        #expect(try archive.plaintext(of: receipt.recording) == opus)
        #expect(try files(below: archive.folder.path, containing: opus[1000..<1064]).isEmpty)
        for level in ["rahasia", "sangat-rahasia"] {
            let error = await archiveError {
                _ = try await archive.ingest.receive(
                    body([opus]),
                    submission: archive.submission([("level", level)]),
                    isSealed: false,
                    by: sender.caller
                )
            }
            #expect(error?.code == .unsupportedMedia)
        }
        let unnamed = await archiveError {
            _ = try await archive.ingest.receive(
                body([opus]),
                submission: archive.submission(),
                isSealed: false,
                by: sender.caller
            )
        }
        #expect(unnamed?.code == .badMetadata)
        try await archive.expectOnly([receipt.recording])
    }

    // MARK: Going on

    private static let chunk = 65_552

    /// Where a stream is cut: in its header, at its end, in the nonce, in a chunk, at its boundary and around it.
    private static func cuts(_ sealed: MadeRecording.Sealed) -> [Int] {
        let start = sealed.header.count
        return [
            1, start / 2, start - 1, start, start + 7, start + 16, start + 17, start + 16 + chunk - 1,
            start + 16 + chunk, start + 16 + chunk + 1, start + 16 + 2 * chunk + 30_000, sealed.bytes.count - 1,
        ]
    }

    @Test(arguments: 0..<12, [false, true])
    func goesOnAfterABrokenConnection(_ place: Int, restarts: Bool) async throws {
        var archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let opus = try longOpus.get()
        let sealed = try MadeRecording.seal(opus, to: [archive.recipient(hybrid: place % 2 == 1)])
        let cut = Self.cuts(sealed)[place]
        let upload = try await archive.ingest.create(
            archive.submission(),
            length: sealed.bytes.count,
            by: sender.caller
        )
        await #expect(throws: BrokenConnection.self) {
            try await archive.ingest.append(
                body(pieces(of: Array(sealed.bytes[..<cut]), sizes: [50_001]), then: BrokenConnection()),
                to: upload,
                at: 0,
                length: nil,
                by: sender.caller
            )
        }
        if restarts { archive = try await archive.reopened() }
        let status = try await archive.ingest.status(of: upload, by: sender.caller)
        #expect(status.offset == cut)
        #expect(status.receipt == nil)
        #expect(status.submission?.title == "Rapat uji")
        // A wrong offset changes nothing.
        for wrong in [0, cut - 1, cut + 1] where wrong != cut {
            let error = await archiveError {
                _ = try await archive.ingest.append(
                    body([[1, 2, 3]]),
                    to: upload,
                    at: wrong,
                    length: nil,
                    by: sender.caller
                )
            }
            #expect(error?.code == .wrongOffset)
            #expect(error?.offset == Int64(cut))
        }
        let end = try await archive.ingest.append(
            body(pieces(of: Array(sealed.bytes[cut...]), sizes: [70_000])),
            to: upload,
            at: cut,
            length: nil,
            by: sender.caller
        )
        let receipt = try #require(end.receipt)
        #expect(try archive.plaintext(of: receipt.recording) == opus)
        try await archive.expectOnly([receipt.recording])
        // The owner who asks again gets the same answer, after a restart too.
        archive = try await archive.reopened()
        let again = try await archive.ingest.status(of: upload, by: sender.caller)
        #expect(again.receipt?.recording == receipt.recording)
        #expect(again.receipt?.duration == receipt.duration)
        try await archive.expectWholeLog()
    }

    @Test func aLengthThatComesLaterEndsTheUpload() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let sealed = try MadeRecording.seal(shortOpus.get(), to: [archive.recipient()])
        let upload = try await archive.ingest.create(archive.submission(), length: nil, by: sender.caller)
        let first = try await archive.ingest.append(
            body([Array(sealed.bytes[..<1000])]),
            to: upload,
            at: 0,
            length: nil,
            by: sender.caller
        )
        #expect(first.offset == 1000)
        #expect(first.receipt == nil)
        let short = await archiveError {
            _ = try await archive.ingest.append(
                body([]),
                to: upload,
                at: 1000,
                length: 999,
                by: sender.caller
            )
        }
        #expect(short?.code == .badRequest)
        let end = try await archive.ingest.append(
            body([Array(sealed.bytes[1000...])]),
            to: upload,
            at: 1000,
            length: sealed.bytes.count,
            by: sender.caller
        )
        try await archive.expectOnly([try #require(end.receipt).recording])
    }

    @Test func uploadsBelongToTheirSender() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let other = try await archive.member(.recorder)
        let upload = try await archive.ingest.create(archive.submission(), length: 10, by: sender.caller)
        let foreign = await archiveError {
            _ = try await archive.ingest.status(of: upload, by: other.caller)
        }
        let absent = await archiveError {
            _ = try await archive.ingest.status(of: UploadID(), by: other.caller)
        }
        #expect(foreign?.code == .notFound)
        #expect(foreign?.description == absent?.description)
        let appended = await archiveError {
            _ = try await archive.ingest.append(body([[1]]), to: upload, at: 0, length: nil, by: other.caller)
        }
        #expect(appended?.description == absent?.description)
        #expect(try await archive.ingest.status(of: upload, by: sender.caller).offset == 0)
    }

    /// A newer request takes an upload over; the older one's next bytes are refused.
    @Test func aNewerRequestTakesOver() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let opus = try MadeRecording.opus(seconds: 10, bitrate: 510_000)
        let sealed = try MadeRecording.seal(opus, to: [archive.recipient()])
        let upload = try await archive.ingest.create(
            archive.submission(),
            length: sealed.bytes.count,
            by: sender.caller
        )
        let (slow, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let ingest = archive.ingest
        let older = Task {
            await archiveError {
                _ = try await ingest.append(slow, to: upload, at: 0, length: nil, by: sender.caller)
            }
        }
        // A full batch, so that it is worked on; once it is durable the older request is under way.
        continuation.yield(Array(sealed.bytes[..<0x40000]))
        let deadline = ContinuousClock.now + .seconds(30)
        while try everyFile(below: archive.layout.incoming).values.allSatisfy(\.isEmpty), .now < deadline {
            await Task.yield()
        }
        let offset = try await archive.ingest.status(of: upload, by: sender.caller).offset
        #expect(offset > 0)
        continuation.yield([UInt8](repeating: 0, count: 0x40000))
        continuation.finish()
        let code = await older.value?.code
        #expect(code == .conflict || code == .badRequest)
        let end = try await archive.ingest.append(
            body([Array(sealed.bytes[offset...])]),
            to: upload,
            at: offset,
            length: nil,
            by: sender.caller
        )
        #expect(try archive.plaintext(of: try #require(end.receipt).recording) == opus)
    }
}
