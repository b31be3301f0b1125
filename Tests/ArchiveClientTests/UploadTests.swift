import ArchiveInterface
@testable import ArchiveClient
import ArchiveCore
import Foundation
import NIOHTTP1
import Synchronization
import Testing

@Suite struct UploadTests {
    private let metadata = RecordingMetadata(
        title: "Rapat",
        level: FakeArchive.level,
        unit: "pusat",
        series: "RP.01",
        participants: ["A", "B"]
    )

    private func upload(
        _ journey: Journey,
        seconds: Double = 30,
        attempts: Int = 8,
        begun: ((String) throws -> Void)? = nil
    ) async throws -> UploadReceipt {
        let path = try journey.folder.write("tone", Samples.wave(seconds: seconds))
        return try await journey.client(attempts: attempts) { client in
            let prepared = try PreparedRecording(
                reading: InputFile(path: path),
                metadata: metadata,
                sealedTo: try await client.recipients().recipient(for: FakeArchive.level),
                home: journey.home
            )
            return try await client.upload(prepared.sealed, metadata: metadata, begun: begun)
        }
    }

    /// What a sender that was ended in between is told afterwards.
    @Test func settlesWhatEndedBeforeItKnew() async throws {
        let journey = try await Journey()
        var url = ""
        let receipt = try await upload(journey) { url = $0 }
        let elsewhere = url.replacing(/https:\/\/[^\/]*/, with: "https://old.example:1")
        #expect(try await journey.client { try await $0.settle(elsewhere) } == receipt)

        journey.fault { $0.patchStatuses = Array(repeating: .forbidden, count: 1) }
        _ = await expectError(.refused) { _ = try await upload(journey) { url = $0 } }
        _ = journey.requests()
        #expect(try await journey.client { try await $0.settle(url) } == nil)
        // And nothing of it is left to be waited for.
        #expect(journey.requests().map { $0.prefix(5) } == ["HEAD ", "DELET"])
        #expect(try await journey.client { try await $0.settle(url) } == nil)
        #expect(journey.archive.state.withLock { $0.recordings.count } == 1)
        try await journey.server.close()
        _ = await expectError(.unreachable) { _ = try await journey.client { try await $0.settle(url) } }
    }

    @Test func sendsNothingThatIsNotWrittenDown() async throws {
        let journey = try await Journey()
        _ = await expectError(.exhausted) {
            _ = try await upload(journey) { _ in throw ArchiveError(.exhausted, "no room for the journal") }
        }
        #expect(!journey.requests().contains { $0.hasPrefix("PATCH") })
    }

    @Test func arrives() async throws {
        let journey = try await Journey()
        let receipt = try await upload(journey)
        #expect(abs(receipt.duration - 30) < 0.001 && receipt.loss == 0 && receipt.findings.isEmpty)
        let kept = journey.archive.state.withLock { $0.recordings[receipt.id]?.metadata }
        let expected = [
            "title": "Rapat", "level": "terbatas", "unit": "pusat", "series": "RP.01", "participant": "A\nB",
        ]
        #expect(kept == expected)
        #expect(try journey.folder.names("home/spool").isEmpty)
    }

    @Test func goesOnAfterDrops() async throws {
        let journey = try await Journey()
        journey.fault { $0.patchCuts = [1, 3000, 20_000, 1, 7] }
        _ = try await upload(journey)
        let requests = journey.requests()
        #expect(requests.filter { $0.hasPrefix("POST /v1/uploads") }.count == 1)
        #expect(requests.filter { $0.hasPrefix("PATCH") }.count == 6)
        #expect(requests.filter { $0.hasPrefix("HEAD") }.count == 5)
    }

    @Test func learnsWhatItsLostAnswerSaid() async throws {
        let journey = try await Journey()
        journey.fault { $0.lostPatchAnswers = 1 }
        _ = try await upload(journey)
        // HEAD of the completed upload repeats the receipt: nothing is sent twice.
        #expect(journey.requests().suffix(2).map { $0.prefix(5) } == ["PATCH", "HEAD "])
        #expect(journey.archive.state.withLock { $0.recordings.count } == 1)
    }

    @Test func goesOnAfterPassingRefusals() async throws {
        let journey = try await Journey()
        journey.fault { $0.patchStatuses = [.serviceUnavailable, .conflict, .badGateway, .insufficientStorage] }
        _ = try await upload(journey)
        #expect(journey.requests().filter { $0.hasPrefix("PATCH") }.count == 5)
    }

    @Test func stopsAtWhatDoesNotPass() async throws {
        let journey = try await Journey()
        journey.fault { $0.patchStatuses = [.forbidden] }
        _ = await expectError(.refused) { _ = try await upload(journey) }
        #expect(journey.requests().filter { $0.hasPrefix("PATCH") }.count == 1)
        #expect(try journey.folder.names("home/spool").isEmpty)
    }

    @Test func givesUp() async throws {
        let journey = try await Journey()
        journey.fault { $0.patchStatuses = Array(repeating: .serviceUnavailable, count: 100) }
        _ = await expectError(.unexpected) { _ = try await upload(journey, attempts: 3) }
        #expect(journey.requests().filter { $0.hasPrefix("PATCH") }.count == 4)
    }

    @Test func oneShot() async throws {
        let journey = try await Journey()
        let path = try journey.folder.write("tone", Samples.wave(seconds: 1))
        let stored = try await journey.client { client in
            let prepared = try PreparedRecording(
                reading: InputFile(path: path),
                metadata: metadata,
                sealedTo: try await client.recipients().recipient(for: FakeArchive.secretLevel),
                home: journey.home
            )
            return try await client.store(prepared.sealed, metadata: metadata)
        }
        #expect(abs(stored.duration - 1) < 0.001)
    }
}
