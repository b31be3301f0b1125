import AccessPolicy
import ArchiveCore
import ArchiveTesting
import Foundation
import Ingest
import Testing

/// What is coming in, as those see it who are cleared for everything.
@Suite struct ReceivingTests {
    private func cleared(_ archive: ArchiveFixture, unit: String = "umum") async throws -> ArchiveFixture.Member {
        let top = Label(archive.policy.highest, compartments: archive.policy.compartments)
        return try await archive.member(.archivist, clearance: top, unit: unit)
    }

    @Test func onlyTheTopLabelSeesWhatIsComing() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let tags = [("TITLE", "Rapat anggaran"), ("MEETING", "Anggaran 2027"), ("SERIES", "sementara")]
        let opus = try MadeRecording.opus(seconds: 20, bitrate: 64_000, tags: tags)
        let sealed = try MadeRecording.seal(opus, to: [archive.recipient()])
        let upload = try await archive.ingest.create(Submission(), length: nil, by: sender.caller)
        _ = try await archive.ingest.append(
            body([Array(sealed.bytes.dropLast(1000))]),
            to: upload,
            at: 0,
            length: nil,
            by: sender.caller
        )
        let reader = try await cleared(archive)
        let found = try await archive.ingest.receiving(by: reader.caller)
        let one = try #require(found.first)
        #expect(found.count == 1)
        #expect(one.title == "Rapat anggaran" && one.meeting == "Anggaran 2027" && one.unit == "umum")
        #expect(one.sender == sender.id && one.silentSince == archive.clock.now)
        #expect(one.bytes == sealed.payload.count - 1000)
        let captured = try #require(one.captured)
        #expect(captured > 3 && captured < 20)

        // Who lacks one compartment, or is of another unit, does not know of it.
        let compartments = archive.policy.compartments.dropLast()
        let almost = Label(archive.policy.highest, compartments: Array(compartments))
        let lesser = try await archive.member(.archivist, clearance: almost)
        #expect(try await archive.ingest.receiving(by: lesser.caller).isEmpty)
        let refused = await archiveError { _ = try await archive.ingest.receiving(by: sender.caller) }
        #expect(refused?.code == .refused)

        // After a restart nothing of it is in memory, and it is there all the same.
        let again = try await archive.reopened()
        let row = try #require(try await again.ingest.receiving(by: reader.caller).first)
        #expect(row.recording == one.recording && row.captured == nil && row.title == nil)

        let end = try await archive.ingest.append(
            body([Array(sealed.bytes.suffix(1000))]),
            to: upload,
            at: sealed.bytes.count - 1000,
            length: sealed.bytes.count,
            by: sender.caller
        )
        #expect(end.receipt?.recording == one.recording)
        #expect(try await archive.ingest.receiving(by: reader.caller).isEmpty)
        try await archive.expectWholeLog()
    }
}
