@testable import ArchiveClient
import ArchiveCore
import Foundation
import Synchronization
import Testing

@Suite struct FetchTests {
    /// A journey with one file of `count` bytes to fetch.
    private func journey(_ count: Int) async throws -> (Journey, [UInt8]) {
        let journey = try await Journey()
        let file = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        journey.archive.state.withLock { $0.files["/v1/accesses/a/x"] = file }
        return (journey, file)
    }

    private func fetch(_ journey: Journey, attempts: Int = 8) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        let count = try await journey.client(attempts: attempts) { client in
            try await client.fetch("/v1/accesses/a/x") { bytes += $0 }
        }
        #expect(count == Int64(bytes.count))
        return bytes
    }

    @Test(arguments: [0, 1, 65_536, 3_000_000])
    func whole(count: Int) async throws {
        let (journey, file) = try await journey(count)
        #expect(try await fetch(journey) == file)
    }

    @Test func takesUpWhereItBroke() async throws {
        let (journey, file) = try await journey(1_000_000)
        journey.fault { $0.fetchDrops = [0, 1, 100_000, 0, 500_000] }
        #expect(try await fetch(journey) == file)
        let requests = journey.requests().filter { $0.hasPrefix("GET /v1/accesses") }
        #expect(requests.count == 6)
        #expect(requests.last == "GET /v1/accesses/a/x bytes=600001-")
    }

    @Test func refusesAnotherFilesRest() async throws {
        let (journey, _) = try await journey(100_000)
        journey.fault {
            $0.fetchDrops = [5000]
            $0.changesTag = true
        }
        _ = await expectError(.conflict) { _ = try await fetch(journey) }
        #expect(journey.requests().filter { $0.hasPrefix("GET /v1/accesses") }.count == 2)
    }

    @Test func givesUp() async throws {
        let (journey, _) = try await journey(100_000)
        journey.fault { $0.fetchDrops = Array(repeating: 0, count: 50) }
        _ = await expectError(.unreachable) { _ = try await fetch(journey, attempts: 2) }
        #expect(journey.requests().filter { $0.hasPrefix("GET /v1/accesses") }.count == 3)
    }

    @Test func passesOnWhatTheSinkThrows() async throws {
        let (journey, _) = try await journey(100_000)
        _ = await expectError(.exhausted) {
            try await journey.client { client in
                _ = try await client.fetch("/v1/accesses/a/x") { _ in throw ArchiveError(.exhausted, "full") }
            }
        }
        #expect(journey.requests().filter { $0.hasPrefix("GET /v1/accesses") }.count == 1)
    }

    @Test func isCancelled() async throws {
        let (journey, _) = try await journey(8_000_000)
        let task = Task {
            try await journey.client { client in
                _ = try await client.fetch("/v1/accesses/a/x") { _ in withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
