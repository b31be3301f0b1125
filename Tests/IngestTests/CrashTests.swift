import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import Ingest
import Synchronization
import Testing
import Vault

/// A kill before any labelled call to the file system: afterwards a recording is there exactly once or its upload goes on,
/// and nothing that was acknowledged is lost (DESIGN.md invariants 1 and 3).
@Suite struct CrashTests {
    @Test func ofAResumableUpload() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let opus = try longOpus.get()
        let sealed = try MadeRecording.seal(opus, to: [archive.recipient()])
        let cut = sealed.header.count + 16 + 65_552 + 1000
        let upload = try await archive.ingest.create(
            archive.submission(),
            length: sealed.bytes.count,
            by: sender.caller
        )
        var acknowledged = 0
        var photographs = try await archive.photographs {
            _ = try await archive.ingest.append(
                body([Array(sealed.bytes[..<cut])]),
                to: upload,
                at: 0,
                length: nil,
                by: sender.caller
            )
            acknowledged = archive.files.calls.count
            let end = try await archive.ingest.append(
                body([Array(sealed.bytes[cut...])]),
                to: upload,
                at: cut,
                length: nil,
                by: sender.caller
            )
            #expect(end.receipt != nil)
        }
        let labels = photographs.map(\.label)
        for label: FileLabel in ["payload.sync", "payload.read-only", "payload.rename", "checkpoint.write"] {
            #expect(labels.contains(label))
        }
        photographs.append(("after the end", try archive.photograph()))
        for (number, (label, folder)) in photographs.enumerated() {
            let again = try await archive.reopened(in: folder)
            let status = try await again.ingest.status(of: upload, by: sender.caller)
            if number >= acknowledged { #expect(status.offset >= cut, "before \(label)") }
            var receipt = status.receipt
            if receipt == nil {
                receipt =
                    try await again.ingest.append(
                        body([Array(sealed.bytes[status.offset...])]),
                        to: upload,
                        at: status.offset,
                        length: nil,
                        by: sender.caller
                    ).receipt
            }
            let recording = try #require(receipt, "before \(label)").recording
            try await again.expectOnly([recording])
            #expect(try again.plaintext(of: recording) == opus, "before \(label)")
            try await again.expectWholeLog()
        }
        // Once the answer was given there is nothing left to do.
        let last = try await archive.reopened(recovers: false)
        #expect(try await last.recordings().count == 1)
    }

    @Test(arguments: [false, true])
    func ofAOneShotUpload(inClear: Bool) async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let opus = try shortOpus.get()
        let sealed = try MadeRecording.seal(opus, to: [archive.recipient()])
        let submission = try archive.submission([("level", "biasa")])
        var acknowledged: RecordingID?
        let photographs = try await archive.photographs {
            acknowledged = try await archive.ingest.receive(
                body([inClear ? opus : sealed.bytes]),
                submission: submission,
                isSealed: !inClear,
                by: sender.caller
            ).recording
        }
        #expect(photographs.count > 8)
        var outcomes: Set<[Int]> = []
        for (label, folder) in photographs {
            let came = try everyFile(below: StorageLayout(root: folder.path).incoming).values.contains { !$0.isEmpty }
            let again = try await archive.reopened(in: folder)
            let found = try await again.recordings()
            // What had come is the recording or is aside; nothing that had come is nowhere.
            let aside = try everyFile(below: again.layout.quarantine)
            outcomes.insert([found.count, aside.count])
            #expect(!came || found.count + aside.count == 1, "before \(label)")
            if !inClear { #expect(aside.values.allSatisfy { Data(sealed.payload).starts(with: $0) }) }
            try await again.expectOnly(found.map(\.id), aside: aside.count)
            if let one = found.first {
                #expect(one.id == acknowledged)
                #expect(try again.plaintext(of: one.id) == opus, "before \(label)")
            }
            // Its sender has had no answer and sends it again.
            let receipt = try await again.ingest.receive(
                body([sealed.bytes]),
                submission: submission,
                isSealed: true,
                by: sender.caller
            )
            if let one = found.first, !inClear { #expect(receipt.recording == one.id) }
            #expect(try again.plaintext(of: receipt.recording) == opus)
            try await again.expectWholeLog()
        }
        // The photographs lie on both sides of the commit. Of what is sealed here nothing opens before its first chunk is
        // whole.
        #expect(outcomes == (inClear ? [[0, 0], [0, 1], [1, 0]] : [[0, 0], [1, 0]]))
        let last = try await archive.reopened()
        try await last.expectOnly([try #require(acknowledged)])
    }

    /// The keys of an upload are forgotten after the transaction that makes a recording of it, so that a crash between the
    /// two can be finished.
    @Test func theKeysOfAnUploadOutliveTheTransaction() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let photographs = try await archive.photographs {
            _ = try await archive.store(shortOpus.get(), by: sender)
        }
        var switched = 0
        for (_, folder) in photographs {
            let again = try await archive.reopened(in: folder, recovers: false)
            #expect(try again.vault.uploads().count == 1)
            if try await !again.recordings().isEmpty { switched += 1 }
        }
        // The calls that store the checkpoint come after the transaction and before its end is told.
        #expect(switched == 6)
        #expect(try archive.vault.uploads().isEmpty)
    }

    /// Each call fails once, and the service goes on: the sender hears of it and can begin again.
    @Test func eachCallCanFail() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let opus = try shortOpus.get()
        archive.files.fail { _, _ in nil }
        let probe = try await archive.store(opus, by: sender)
        let calls = archive.files.calls
        #expect(try archive.plaintext(of: probe.recording) == opus)
        for failing in calls.indices where calls[failing] != "checkpoint.write" {
            let sealed = try MadeRecording.seal(opus, to: [archive.recipient()])
            let before = try await archive.recordings().map(\.id)
            archive.files.fail { _, number in
                number == failing ? ArchiveError(.exhausted, "the test fails call \(number)") : nil
            }
            let error = await archiveError {
                _ = try await archive.ingest.receive(
                    body([sealed.bytes]),
                    submission: archive.submission(),
                    isSealed: true,
                    by: sender.caller
                )
            }
            archive.files.heal()
            #expect(error?.code == .exhausted, "call \(failing), \(calls[failing])")
            // What came is kept: as the recording, where it had come so far, else aside.
            let whole = try await archive.recordings().map(\.id).filter { !before.contains($0) }
            let aside = try everyFile(below: archive.layout.quarantine).count
            try await archive.expectOnly(before + whole, aside: aside)
            let receipt = try await archive.ingest.receive(
                body([sealed.bytes]),
                submission: archive.submission(),
                isSealed: true,
                by: sender.caller
            )
            #expect(whole.isEmpty || whole == [receipt.recording], "call \(failing), \(calls[failing])")
            try await archive.expectOnly(before + [receipt.recording], aside: aside)
        }
        try await archive.expectWholeLog()
    }

    /// A resumable upload whose disk fails stays where it was, and goes on when the disk is mended.
    @Test func aResumableUploadOutlivesItsDisk() async throws {
        let opus = try longOpus.get()
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        for label: FileLabel in [
            "payload.open", "payload.write", "payload.sync", "payload.make-folder", "payload.read-only",
            "payload.rename", "payload.sync-folder",
        ] {
            let sealed = try MadeRecording.seal(opus, to: [archive.recipient()])
            let upload = try await archive.ingest.create(
                archive.submission(),
                length: sealed.bytes.count,
                by: sender.caller
            )
            archive.files.failOnce(label)
            let error = await archiveError {
                _ = try await archive.ingest.append(
                    body(pieces(of: sealed.bytes, sizes: [100_000])),
                    to: upload,
                    at: 0,
                    length: nil,
                    by: sender.caller
                )
            }
            #expect(error?.code == .inputOutput, "\(label): \(String(describing: error))")
            archive.files.heal()
            var status = try await archive.ingest.status(of: upload, by: sender.caller)
            if status.receipt == nil {
                status = try await archive.ingest.append(
                    body([Array(sealed.bytes[status.offset...])]),
                    to: upload,
                    at: status.offset,
                    length: nil,
                    by: sender.caller
                )
            }
            #expect(try archive.plaintext(of: try #require(status.receipt, "\(label)").recording) == opus)
        }
        try await archive.expectWholeLog()
    }

    /// After a sync that failed the kernel takes pages for written that were not: what is kept of them is written again.
    @Test func afterAFailedSyncTheTailIsWrittenAgain() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let opus = try longOpus.get()
        let sealed = try MadeRecording.seal(opus, to: [archive.recipient()])
        let upload = try await archive.ingest.create(
            archive.submission(),
            length: sealed.bytes.count,
            by: sender.caller
        )
        archive.files.failOnce("payload.sync")
        let error = await archiveError {
            _ = try await archive.ingest.append(
                body([Array(sealed.bytes.prefix(150_000))]),
                to: upload,
                at: 0,
                length: nil,
                by: sender.caller
            )
        }
        #expect(error?.code == .inputOutput)
        archive.files.fail { _, _ in nil }
        let status = try await archive.ingest.status(of: upload, by: sender.caller)
        let calls = archive.files.calls
        let rewritten = try #require(calls.firstIndex(of: "payload.rewrite"))
        let synced = try #require(calls.firstIndex(of: "payload.sync"))
        #expect(rewritten < synced)
        let end = try await archive.ingest.append(
            body([Array(sealed.bytes.dropFirst(status.offset))]),
            to: upload,
            at: status.offset,
            length: nil,
            by: sender.caller
        )
        let receipt = try #require(end.receipt)
        #expect(try archive.plaintext(of: receipt.recording) == opus)
    }

    /// A photograph keeps what a power loss would take, so the calls themselves are looked at: whatever was written is
    /// synced before an offset is told, and the folder too where the file is new.
    @Test func anOffsetIsToldAfterTheSync() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let sealed = try MadeRecording.seal(longOpus.get(), to: [archive.recipient()])
        let upload = try await archive.ingest.create(archive.submission(), length: nil, by: sender.caller)
        var offset = 0
        for end in [sealed.header.count + 1000, 100_000, 200_000] {
            archive.files.fail { _, _ in nil }
            let status = try await archive.ingest.append(
                body(pieces(of: Array(sealed.bytes[offset..<end]), sizes: [30_000])),
                to: upload,
                at: offset,
                length: nil,
                by: sender.caller
            )
            #expect(status.offset == end)
            let calls = archive.files.calls.filter { $0.description.hasPrefix("payload.") }
            #expect(calls.filter { $0 == "payload.write" }.count >= 1)
            // Looking at what is there comes after, if at all.
            #expect(calls.last { $0 != "payload.open" } == "payload.sync")
            #expect(calls.contains("payload.sync-folder") == (offset == 0))
            let durable = try await archive.catalogue.read { try $0.upload(upload)?.durable }
            #expect(durable == end - sealed.header.count)
            offset = end
        }
    }
}
