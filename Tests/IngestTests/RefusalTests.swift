import Age
import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import Ingest
import Synchronization
import Testing
import Vault

/// What cannot become a recording, and what came before.
@Suite struct RefusalTests {
    struct Bad: Sendable, CustomTestStringConvertible {
        var name: String
        var codes: Set<ArchiveError.Code>
        var make: @Sendable (MadeRecording.Sealed, ArchiveFixture) throws -> [UInt8]
        var testDescription: String { name }
    }

    private static let chunk = 65_552

    private static let broken: [Bad] = [
        Bad(name: "empty", codes: [.truncated]) { _, _ in [] },
        Bad(name: "the header in part", codes: [.truncated]) { sealed, _ in Array(sealed.header.dropLast(5)) },
        Bad(name: "no payload", codes: [.truncated]) { sealed, _ in sealed.header },
        Bad(name: "a nonce only", codes: [.truncated]) { sealed, _ in sealed.header + sealed.payload[..<16] },
        Bad(name: "another file", codes: [.badEncryption]) { _, _ in Array("RIFF....WAVE\n".utf8) },
        Bad(name: "for somebody else", codes: [.wrongRecipient]) { _, _ in
            try MadeRecording.seal(shortOpus.get(), to: [Identity.generateX25519().recipient]).bytes
        },
        Bad(name: "a damaged header", codes: [.badEncryption, .wrongRecipient]) { sealed, _ in
            var bytes = sealed.bytes
            bytes[sealed.header.count - 10] ^= 1
            return bytes
        },
        Bad(name: "not Opus", codes: [.badRecording]) { _, archive in
            try MadeRecording.seal(Array("OggS, but no".utf8), to: [archive.recipient()]).bytes
        },
        Bad(name: "nothing inside", codes: [.badRecording]) { _, archive in
            try MadeRecording.seal([], to: [archive.recipient()]).bytes
        },
    ]

    /// Nothing of these authenticates: what is behind the first chunk is the business of IncompleteTests.
    private static let flipped = Bad(name: "a bit in chunk 0", codes: [.badEncryption]) { sealed, _ in
        var bytes = sealed.bytes
        bytes[sealed.header.count + 16 + Int.random(in: 0..<100)] ^= 1 << Int.random(in: 0..<8)
        return bytes
    }

    private static let flippedNonce = Bad(name: "a bit in the nonce", codes: [.badEncryption]) { sealed, _ in
        var bytes = sealed.bytes
        bytes[sealed.header.count] ^= 1
        return bytes
    }

    static let streams = broken + [flipped, flippedNonce]

    /// Sent in one shot or as an upload, what has a key goes to quarantine, and whoever asks again hears the same.
    @Test(arguments: streams)
    func refuses(_ bad: Bad) async throws {
        var limits = ArchiveFixture.testLimits
        limits.maximumLength = 300_000
        let archive = try await ArchiveFixture(limits: limits)
        let sender = try await archive.member(.recorder)
        let good = try MadeRecording.seal(longOpus.get(), to: [archive.recipient()])
        try #require((3 * Self.chunk + 1000..<4 * Self.chunk).contains(good.payload.count - 16))
        let bytes = try bad.make(good, archive)
        let error = await archiveError {
            _ = try await archive.ingest.receive(
                body(pieces(of: bytes, sizes: [30_000])),
                submission: archive.submission(),
                isSealed: true,
                by: sender.caller
            )
        }
        #expect(error.map { bad.codes.contains($0.code) } == true, "\(String(describing: error))")
        #expect(try await archive.recordings().isEmpty)
        #expect(try everyFile(below: archive.layout.incoming).isEmpty)
        #expect(try everyFile(below: archive.layout.recordings).isEmpty)
        let first = try everyFile(below: archive.layout.quarantine)
        #expect(first.count <= 1)
        #expect(try archive.vault.uploads().count == first.count)
        // What is kept is what came.
        for payload in first.values { #expect(bytes.count > payload.count && Data(bytes).range(of: payload) != nil) }

        let early = await archiveError {
            _ = try await archive.ingest.create(archive.submission(), length: 300_001, by: sender.caller)
        }
        #expect(early?.code == .tooLarge)
        let upload = try await archive.ingest.create(archive.submission(), length: bytes.count, by: sender.caller)
        let resumable = await archiveError {
            _ = try await archive.ingest.append(
                body(pieces(of: bytes, sizes: [30_000])),
                to: upload,
                at: 0,
                length: nil,
                by: sender.caller
            )
        }
        #expect(resumable?.code == error?.code)
        #expect(try await archive.recordings().isEmpty)
        #expect(try everyFile(below: archive.layout.incoming).isEmpty)
        // Kept aside exactly where it can be opened.
        let kept = try everyFile(below: archive.layout.quarantine)
        #expect(kept.count == 2 * first.count)
        #expect(try archive.vault.uploads().count == kept.count)
        for instance in [archive, try await archive.reopened()] {
            let again = await archiveError {
                _ = try await instance.ingest.status(of: upload, by: sender.caller)
            }
            #expect(again?.code == resumable?.code)
            #expect(again?.message == resumable?.message)
            #expect(try everyFile(below: instance.layout.quarantine).count == kept.count)
            #expect(try instance.vault.uploads().count == kept.count)
        }
        // The stream as it should have been is taken.
        let receipt = try await archive.store(longOpus.get(), by: sender)
        #expect(try archive.plaintext(of: receipt.recording) == longOpus.get())
        try await archive.expectWholeLog()
    }

    // MARK: Seen before

    private enum Way: CaseIterable { case oneShot, upload }

    private func send(
        _ bytes: [UInt8],
        _ way: Way,
        to archive: ArchiveFixture,
        by member: ArchiveFixture.Member
    ) async throws -> RecordingID {
        if way == .oneShot {
            return try await archive.ingest.receive(
                body([bytes]),
                submission: archive.submission(),
                isSealed: true,
                by: member.caller
            ).recording
        }
        let upload = try await archive.ingest.create(archive.submission(), length: bytes.count, by: member.caller)
        let status = try await archive.ingest.append(
            body([bytes]),
            to: upload,
            at: 0,
            length: nil,
            by: member.caller
        )
        return try #require(status.receipt).recording
    }

    /// Of senders who bring one payload at the same time one has it stored, and nothing of the others is left.
    @Test func onePayloadFromManyAtOnce() async throws {
        for round in 0..<5 {
            let archive = try await ArchiveFixture()
            let opus = try MadeRecording.opus(seed: UInt32(700 + round))
            let sealed = try MadeRecording.seal(opus, to: [archive.recipient()])
            let outcomes = try await withThrowingTaskGroup(of: Result<RecordingID, any Error>.self) { group in
                for number in 0..<6 {
                    let sender = try await archive.member(.recorder)
                    let way = number % 2 == 0 ? Way.oneShot : .upload
                    group.addTask {
                        do {
                            return .success(try await send(sealed.bytes, way, to: archive, by: sender))
                        } catch {
                            return .failure(error)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let stored = outcomes.compactMap { try? $0.get() }
            #expect(stored.count == 1)
            for case .failure(let error) in outcomes { #expect((error as? ArchiveError)?.code == .refused, "\(error)") }
            try await archive.expectOnly(stored)
            let again = try await archive.reopened(recovers: false)
            #expect(try await again.ingest.recover().isEmpty)
            try await again.expectOnly(stored)
        }
    }

    /// A payload that had its final name when another became the recording first: a restart puts it aside and goes on.
    @Test(arguments: [false, true])
    func aNamedPayloadThatCameSecondKeepsNoArchiveClosed(isCopy: Bool) async throws {
        let archive = try await ArchiveFixture()
        let (first, second) = (try await archive.member(.recorder), try await archive.member(.recorder))
        let (fileKey, nonce) = (FileKey(), PayloadNonce())
        let sealed = try MadeRecording.seal(shortOpus.get(), to: [archive.recipient()], fileKey: fileKey, nonce: nonce)
        let other = try MadeRecording.seal(
            isCopy ? shortOpus.get() : MadeRecording.opus(seed: 4711),
            to: [archive.recipient()],
            fileKey: fileKey,
            nonce: nonce
        )
        // Everything after the final name fails, for the recovery too.
        let isRenamed = Atomic(false)
        archive.files.fail { label, _ in
            if isRenamed.load(ordering: .relaxed) { return ArchiveError(.inputOutput, "the test fails \(label)") }
            if label == "payload.rename" { isRenamed.store(true, ordering: .relaxed) }
            return nil
        }
        let late = await archiveError { _ = try await send(sealed.bytes, .oneShot, to: archive, by: first) }
        archive.files.heal()
        try #require(late?.code == .inputOutput)
        try #require(try everyFile(below: archive.layout.recordings).count == 1)
        let stored = try await send(other.bytes, .oneShot, to: archive, by: second)
        let again = try await archive.reopened(recovers: false)
        #expect(try await again.ingest.recover().isEmpty)
        try await again.expectOnly([stored], aside: isCopy ? 0 : 1)
        try await again.expectWholeLog()
    }

    /// A second sending does not lower what the first said, nor leave unsaid what would raise it.
    @Test func theSamePayloadUnderAHigherLabelIsRefused() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let sealed = try MadeRecording.seal(shortOpus.get(), to: [archive.recipient()])
        func send(_ level: String) async throws -> RecordingID {
            try await archive.ingest.receive(
                body([sealed.bytes]),
                submission: archive.submission([("level", level)]),
                isSealed: true,
                by: sender.caller
            ).recording
        }
        let first = try await send("terbatas")
        #expect(try await send("biasa") == first)
        #expect(try await send("terbatas") == first)
        let error = await archiveError { _ = try await send("rahasia") }
        #expect(error?.code == .badMetadata && error?.message.contains("\(first)") == true)
        try await archive.expectOnly([first])
        #expect(try await archive.recordings().first?.visibility.label == Label(Level("terbatas")))
        let entries = try await archive.catalogue.read { reader in
            var filter = EntryFilter()
            filter.action = "recording.store"
            return try reader.entries(filter, limit: 10).compactMap { LogEntry(leaf: $0.leaf) }
        }
        #expect(entries.map(\.decision) == [.allow, .allow, .allow, .refuse])
        #expect(entries.map { $0.details["again"] } == [nil, "true", "true", nil])
        #expect(entries.last?.details["code"] == "label-raised")
    }

    @Test func theSameSenderGetsTheSameRecording() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let sealed = try MadeRecording.seal(shortOpus.get(), to: [archive.recipient()])
        let first = try await send(sealed.bytes, .oneShot, to: archive, by: sender)
        for way in Way.allCases {
            #expect(try await send(sealed.bytes, way, to: archive, by: sender) == first)
        }
        try await archive.expectOnly([first])
    }

    /// Another sender's copy, and one nonce for two payloads, get the answer of any refusal; what is not a copy lies in
    /// quarantine.
    @Test(arguments: [false, true])
    func anotherSenderGetsTheAnswerOfAnyRefusal(sameSenderOtherPayload: Bool) async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let other = sameSenderOtherPayload ? sender : try await archive.member(.recorder)
        let (fileKey, nonce) = (FileKey(), PayloadNonce())
        let recipient = try archive.recipient()
        let sealed = try MadeRecording.seal(shortOpus.get(), to: [recipient], fileKey: fileKey, nonce: nonce)
        let first = try await send(sealed.bytes, .oneShot, to: archive, by: sender)
        let second = sameSenderOtherPayload ? try MadeRecording.opus(seed: 77) : try shortOpus.get()
        let copy = try MadeRecording.seal(second, to: [recipient], fileKey: fileKey, nonce: nonce)
        var kept = 0
        for way in Way.allCases {
            let error = await archiveError { _ = try await send(copy.bytes, way, to: archive, by: other) }
            #expect(error?.code == .refused, "\(way)")
            #expect(error?.message == "this recording is refused", "\(way)")
            // A copy of what the archive has is not kept twice: its key would outlive the recording's.
            if sameSenderOtherPayload { kept += 1 }
            #expect(try archive.vault.uploads().count == kept)
            #expect(try everyFile(below: archive.layout.quarantine).count == kept)
        }
        #expect(try await archive.recordings().map(\.id) == [first])
        #expect(try archive.plaintext(of: first) == shortOpus.get())
        let again = try await archive.reopened()
        #expect(try everyFile(below: again.layout.quarantine).count == kept)
        #expect(try again.plaintext(of: first) == shortOpus.get())
        try await again.expectWholeLog()
    }
}
