import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import Ingest
import Synchronization
import Testing
import Vault

/// What a power loss leaves in the file.
extension CrashTests {
    func cutUpload(at payload: Int) async throws -> (
        ArchiveFixture, ArchiveFixture.Member, UploadID, MadeRecording.Sealed
    ) {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let sealed = try MadeRecording.seal(longOpus.get(), to: [archive.recipient()])
        let upload = try await archive.ingest.create(
            archive.submission(),
            length: sealed.bytes.count,
            by: sender.caller
        )
        _ = try await archive.ingest.append(
            body([sealed.header + sealed.payload[..<payload]]),
            to: upload,
            at: 0,
            length: nil,
            by: sender.caller
        )
        return (archive, sender, upload, sealed)
    }

    func append(_ bytes: some Collection<UInt8>, to upload: UploadID, in folder: TemporaryFolder) throws {
        let file = try LocalFileSystem().open(
            StorageLayout(root: folder.path).payload(upload),
            writing: true,
            create: false,
            label: "test"
        )
        let contents = Array(bytes)
        try contents.withUnsafeBytes { try file.write($0, at: file.length, label: "test") }
    }

    /// Blocks that were never written, or of another file, behind what was acknowledged.
    @Test(arguments: [5, 16, 16 + 65_552, 16 + 65_552 + 1000])
    func trailingGarbageIsCut(_ payload: Int) async throws {
        let (archive, sender, upload, sealed) = try await cutUpload(at: payload)
        for garbage in [[UInt8](repeating: 0, count: 200_000), Random.bytes(70_000), [0]] {
            let folder = try archive.photograph()
            try append(garbage, to: upload, in: folder)
            let again = try await archive.reopened(in: folder)
            let offset = try await again.ingest.status(of: upload, by: sender.caller).offset
            #expect(offset == sealed.header.count + payload)
            let end = try await again.ingest.append(
                body([Array(sealed.bytes[offset...])]),
                to: upload,
                at: offset,
                length: nil,
                by: sender.caller
            )
            #expect(try again.plaintext(of: try #require(end.receipt).recording) == longOpus.get())
        }
    }

    @Test func wholeChunksBeyondTheAcknowledgedAreKept() async throws {
        let (archive, sender, upload, sealed) = try await cutUpload(at: 1000)
        let folder = try archive.photograph()
        try append(sealed.payload[1000..<(16 + 2 * 65_552 + 500)] + Random.bytes(9), to: upload, in: folder)
        let again = try await archive.reopened(in: folder)
        let offset = try await again.ingest.status(of: upload, by: sender.caller).offset
        #expect(offset == sealed.header.count + 16 + 2 * 65_552)
    }

    @Test func acknowledgedBytesThatAreGoneAreNotMadeUp() async throws {
        let (archive, sender, upload, _) = try await cutUpload(at: 70_000)
        let folder = try archive.photograph()
        let path = StorageLayout(root: folder.path).payload(upload)
        let file = try LocalFileSystem().open(path, writing: true, create: false, label: "test")
        try file.truncate(to: 69_999, label: "test")
        let again = try await archive.reopened(in: folder)
        let error = await archiveError {
            _ = try await again.ingest.status(of: upload, by: sender.caller)
        }
        #expect(error?.code == .storage)
        #expect(error?.message.contains("70000") == true)
    }

    /// The rename to the final name is durable in its new folder and not yet in its old one.
    @Test(arguments: [false, true])
    func aSecondNameOfAWholePayloadDoesNotCutIt(isOneShot: Bool) async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let sealed = try MadeRecording.seal(longOpus.get(), to: [archive.recipient()])
        let submission = try archive.submission()
        let photographs = try await archive.photographs {
            if isOneShot {
                _ = try await archive.ingest.receive(
                    body([sealed.bytes]),
                    submission: submission,
                    isSealed: true,
                    by: sender.caller
                )
            } else {
                let upload = try await archive.ingest.create(
                    submission,
                    length: sealed.bytes.count,
                    by: sender.caller
                )
                _ = try await archive.ingest.append(
                    body([sealed.bytes]),
                    to: upload,
                    at: 0,
                    length: nil,
                    by: sender.caller
                )
            }
        }
        let renamed = try #require(photographs.firstIndex { $0.label == "payload.rename" })
        let folder = photographs[renamed + 1].folder
        let layout = StorageLayout(root: folder.path)
        let payload = try #require(try everyFile(below: layout.recordings).keys.first)
        let again = try await archive.reopened(in: folder, recovers: false)
        let upload = try #require(try again.vault.uploads().first)
        try FileManager.default.linkItem(atPath: payload, toPath: layout.payload(upload))
        try await again.recover()
        let found = try await again.recordings()
        #expect(found.map(\.state) == [.stored])
        #expect(try again.plaintext(of: #require(found.first).id) == longOpus.get())
        try await again.expectOnly(found.map(\.id))
    }

    /// A one-shot stream whose connection or service ends is kept as far as it came: a recorder that pipes has no copy.
    @Test func anUnfinishedOneShotIsKept() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let opus = try MadeRecording.opus(seconds: 20, bitrate: 510_000)
        let sealed = try MadeRecording.seal(opus, to: [archive.recipient()])
        let (slow, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let submission = try archive.submission()
        let request = Task {
            try await archive.ingest.receive(slow, submission: submission, isSealed: true, by: sender.caller)
        }
        continuation.yield(Array(sealed.bytes.dropLast()))
        let deadline = ContinuousClock.now + .seconds(120)
        func incoming() throws -> Int {
            try everyFile(below: archive.layout.incoming).values.first?.count ?? 0
        }
        while try incoming() < 3 * 65_552, .now < deadline { await Task.yield() }
        let folder = try archive.photograph()
        continuation.finish(throwing: BrokenConnection())
        await #expect(throws: BrokenConnection.self) { try await request.value }
        let again = try await archive.reopened(in: folder)
        for instance in [archive, again] {
            let recordings = try await instance.recordings()
            #expect(recordings.map(\.state) == [.incomplete])
            let plaintext = try instance.plaintext(of: #require(recordings.first).id)
            #expect(plaintext.count >= 2 * 65_536 && opus.starts(with: plaintext))
            try await instance.expectOnly(recordings.map(\.id))
            try await instance.expectWholeLog()
        }
    }

    /// The disk fails after the payload was put aside and before its row says so: whoever asks next hears why, and the
    /// payload is still all there.
    @Test func whatIsPutAsideTwiceIsKeptOnce() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let sealed = try MadeRecording.seal(longOpus.get(), to: [archive.recipient()])
        var bytes = sealed.bytes
        bytes[sealed.header.count + 16 + 1000] ^= 1
        let upload = try await archive.ingest.create(archive.submission(), length: bytes.count, by: sender.caller)
        let isRenamed = Atomic(false)
        archive.files.fail { label, _ in
            if label == "payload.rename" { isRenamed.store(true, ordering: .relaxed) }
            guard label == "payload.sync-folder", isRenamed.load(ordering: .relaxed) else { return nil }
            return ArchiveError(.exhausted, "the test fails \(label)")
        }
        let first = await archiveError {
            _ = try await archive.ingest.append(body([bytes]), to: upload, at: 0, length: nil, by: sender.caller)
        }
        #expect(first?.code == .badEncryption)
        let folder = try archive.photograph()
        archive.files.heal()
        let kept = try everyFile(below: archive.layout.quarantine).values.first
        #expect(try #require(kept).count > 100_000)
        for instance in [archive, try await archive.reopened(in: folder)] {
            for _ in 0..<2 {
                let again = await archiveError {
                    _ = try await instance.ingest.status(of: upload, by: sender.caller)
                }
                #expect(again?.code == .badRecording)
                try await instance.expectOnly([], aside: 1)
                #expect(try everyFile(below: instance.layout.quarantine).values.first == kept)
            }
            try await instance.expectWholeLog()
        }
    }

    /// The request that brought the last bytes is cancelled; the recording is made all the same, or the upload goes on.
    @Test func aCancelledRequestLeavesAnUploadThatGoesOn() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        for delay in 0..<40 {
            let opus = try MadeRecording.opus(seed: UInt32(9_000 + delay))
            let sealed = try MadeRecording.seal(opus, to: [archive.recipient()])
            let upload = try await archive.ingest.create(
                archive.submission(),
                length: sealed.bytes.count,
                by: sender.caller
            )
            let request = Task {
                _ = try await archive.ingest.append(
                    body([sealed.bytes]),
                    to: upload,
                    at: 0,
                    length: nil,
                    by: sender.caller
                )
            }
            for _ in 0..<delay * 3 { await Task.yield() }
            request.cancel()
            _ = await request.result
            var status = try await archive.ingest.status(of: upload, by: sender.caller)
            if status.receipt == nil {
                status = try await archive.ingest.append(
                    body([Array(sealed.bytes.dropFirst(status.offset))]),
                    to: upload,
                    at: status.offset,
                    length: nil,
                    by: sender.caller
                )
            }
            let receipt = try #require(status.receipt, "cancelled after \(delay)")
            #expect(try archive.plaintext(of: receipt.recording) == opus)
        }
    }
}
