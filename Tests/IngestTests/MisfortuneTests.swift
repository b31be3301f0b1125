import Age
import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import Ingest
import Testing
import Vault

@testable import OggOpus

/// What goes wrong in the middle of a meeting costs nothing that was acknowledged, and nothing silently.
@Suite struct MisfortuneTests {
    /// The disk is full, or a sync fails, at each call that a resumable upload in three requests makes.
    @Test(arguments: [ArchiveError.Code.exhausted, .inputOutput])
    func eachCallOfAnUploadCanFail(_ code: ArchiveError.Code) async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let opus = try longOpus.get()

        /// Sends all of a recording, asking where it stands after each failure; the calls that were made.
        func send(failing: Int?) async throws -> (recording: RecordingID, calls: [FileLabel], failures: Int) {
            let sealed = try MadeRecording.seal(opus, to: [archive.recipient()]).bytes
            let upload = try await archive.ingest.create(archive.submission(), length: sealed.count, by: sender.caller)
            archive.files.fail { label, number in
                number == failing ? ArchiveError(code, "the test fails \(label)") : nil
            }
            defer { archive.files.heal() }
            var (acknowledged, failures) = (0, 0)
            while true {
                let end = min(sealed.count, acknowledged + sealed.count / 3 + 1)
                do {
                    let status = try await archive.ingest.append(
                        body(pieces(of: Array(sealed[acknowledged..<end]), sizes: [60_000])),
                        to: upload,
                        at: acknowledged,
                        length: nil,
                        by: sender.caller
                    )
                    #expect(status.offset == end)
                    acknowledged = end
                    if let receipt = status.receipt { return (receipt.recording, archive.files.calls, failures) }
                } catch let error as ArchiveError {
                    #expect(error.code == code, "\(error)")
                    failures += 1
                    try #require(failures < 3)
                    let status = try await archive.ingest.status(of: upload, by: sender.caller)
                    #expect(status.offset >= acknowledged, "what was acknowledged is gone")
                    if let receipt = status.receipt { return (receipt.recording, archive.files.calls, failures) }
                    acknowledged = status.offset
                }
            }
        }

        let calls = try await send(failing: nil).calls
        #expect(Set(calls).isSuperset(of: ["payload.open", "payload.write", "payload.sync", "payload.rename"]))
        var recordings = try await archive.recordings().map(\.id)
        // A checkpoint that cannot be stored stops the service: that has tests of its own.
        for failing in calls.indices where calls[failing] != "checkpoint.write" {
            let (recording, _, failures) = try await send(failing: failing)
            #expect(failures == 1, "call \(failing), \(calls[failing])")
            #expect(try archive.plaintext(of: recording) == opus, "call \(failing), \(calls[failing])")
            recordings.append(recording)
        }
        try await archive.expectOnly(recordings)
        try await archive.expectWholeLog()
    }

    /// Years forward and back, as of a host whose battery is empty.
    @Test(arguments: [3_650 * 86_400, -3_650 * 86_400, 0.5, -0.5] as [TimeInterval])
    func theClockJumps(by seconds: TimeInterval) async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let opus = try longOpus.get()
        let sealed = try MadeRecording.seal(opus, to: [archive.recipient()]).bytes
        let upload = try await archive.ingest.create(archive.submission(), length: sealed.count, by: sender.caller)
        func append(_ range: Range<Int>) async throws -> Ingest.Status {
            try await archive.ingest.append(
                body([Array(sealed[range])]),
                to: upload,
                at: range.lowerBound,
                length: nil,
                by: sender.caller
            )
        }
        let (first, second) = (sealed.count / 3, sealed.count * 2 / 3)
        #expect(try await append(0..<first).offset == first)
        archive.clock.advance(by: seconds)
        #expect(try await archive.ingest.status(of: upload, by: sender.caller).offset == first)
        #expect(try await append(first..<second).offset == second)
        archive.clock.advance(by: -2 * seconds)
        let end = try await append(second..<sealed.count)
        let recording = try #require(end.receipt).recording
        #expect(try archive.plaintext(of: recording) == opus)
        let rows = try await archive.recordings()
        // Timestamps are kept to the millisecond.
        #expect(rows.map(\.id) == [recording] && abs(rows[0].received.timeIntervalSince(archive.clock.now)) < 0.002)
        try await archive.expectWholeLog()
    }

    /// An hour of packets of 60 bytes, as an encoder at 24 kbit/s writes it; only its pages are real.
    private func hour() throws -> [UInt8] {
        let writer = try PageWriter(serial: 9)
        var stream: [UInt8] = []
        func add(_ packet: [UInt8], granule: Int64, isEOS: Bool = false) throws {
            try packet.withUnsafeBufferPointer { try writer.add($0, granule: granule, isEOS: isEOS) }
        }
        try add(Array("OpusHead".utf8) + [1, 1, 56, 1, 0x80, 0xBB, 0, 0, 0, 0, 0], granule: 0)
        writer.flush(into: &stream)
        try add(Array("OpusTags".utf8) + [4, 0, 0, 0] + Array("made".utf8) + [0, 0, 0, 0], granule: 0)
        writer.flush(into: &stream)
        for second in 0..<3600 {
            for packet in 1...50 {
                // RFC 6716 §3.1: one CELT frame of 20 ms.
                let bytes = [0xF8] + (0..<59).map { UInt8(truncatingIfNeeded: second &* 31 &+ packet &* 7 &+ $0) }
                let samples = Int64(second) * 48_000 + Int64(packet) * 960
                try add(bytes, granule: 312 + samples, isEOS: second == 3599 && packet == 50)
            }
            writer.flush(into: &stream)
        }
        return stream
    }

    @Test func garbageAfterAnHour() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let good = try hour()
        #expect(good.count > 10_000_000)
        var generator = SeededGenerator(seed: 1)
        let garbage = (0..<300_000).map { _ in UInt8.random(in: .min ... .max, using: &generator) }

        // Sealed garbage: the hour is a recording, and what follows it is named.
        let receipt = try await archive.store(good + garbage, by: sender)
        #expect(abs(receipt.duration - 3600) < 0.1 && receipt.loss == 0)
        #expect(receipt.findings.contains { $0.code == "trailing-bytes" && $0.offset == Int64(good.count) })
        #expect(try archive.plaintext(of: receipt.recording) == good + garbage)

        // Garbage in place of what was sealed: it is refused, and the hour before it is an incomplete recording.
        let sealed = try MadeRecording.seal(good, to: [archive.recipient()])
        let broken = Array(sealed.bytes.dropLast(100_000)) + garbage
        let upload = try await archive.ingest.create(archive.submission(), length: broken.count, by: sender.caller)
        let error = await archiveError {
            _ = try await archive.ingest.append(
                body(pieces(of: broken, sizes: [400_000])),
                to: upload,
                at: 0,
                length: nil,
                by: sender.caller
            )
        }
        #expect(error?.code == .badEncryption && (error?.offset ?? 0) > 10_000_000, "\(String(describing: error))")
        let part = try #require(try await archive.recordings().first { $0.id != receipt.recording })
        #expect(part.state == .incomplete && part.loss > 0)
        let opened = try archive.plaintext(of: part.id)
        #expect(opened.count > good.count - 100_000 - 65_536 && good.starts(with: opened))
        try await archive.expectOnly([receipt.recording, part.id])
        try await archive.expectWholeLog()
    }
}
