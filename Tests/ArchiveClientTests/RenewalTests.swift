import Age
@testable import ArchiveClient
import ArchiveCore
import ArchiveTesting
import Foundation
import Synchronization
import Testing

/// The client's side of a renewal: when it is due, and that there is a working pair at every moment.
@Suite struct RenewalTests {
    /// The fake archive's certificates count for 1,800 s, from a minute before they were made.
    private let early = Date(timeIntervalSinceNow: 1_100)
    private let due = Date(timeIntervalSinceNow: 1_300)

    private func pair(_ home: ClientHome) throws -> [String] {
        try [ClientHome.File.certificate, .key].map { try String(contentsOfFile: home.path(of: $0), encoding: .utf8) }
    }

    @Test func isDueAtTwoThirds() async throws {
        let journey = try await Journey()
        let before = try await journey.client { client in
            #expect(try await !client.renewIfDue(at: early))
            return try pair(journey.home)
        }
        #expect(journey.requests() == ["POST /v1/enrolments"])
        let identities = try journey.home.identities().map(\.recipient.description)
        try await journey.client { client in
            #expect(try await client.renewIfDue(at: due))
            #expect(journey.requests() == ["POST /v1/certificates"])
            // The same client goes on with the new one.
            _ = try await client.whoAmI()
        }
        let after = try pair(journey.home)
        #expect(after[0] != before[0] && after[1] != before[1])
        #expect(try journey.home.identities().map(\.recipient.description) == identities)
        let names = try journey.folder.names("home")
        #expect(names == (ClientHome.File.allCases.map(\.rawValue) + ["renewal.lock"]).sorted())
        for name in names { #expect(try FileManager.default.mode("\(journey.home.path)/\(name)") == 0o600) }
        _ = try await journey.client { try await $0.whoAmI() }
    }

    /// Every call that writes fails once, and all after it, as in a crash: whoever comes next finds a pair that works,
    /// and renews it.
    @Test func aCrashLeavesOneWorkingPair() async throws {
        var crashes = 0
        for failing in 0..<40 {
            let journey = try await Journey()
            try await journey.enrol()
            let before = try pair(journey.home)
            let files = FaultyFileSystem()
            let count = Counter()
            files.fail { label, _ in
                guard label == "home.renew", count.next() > failing else { return nil }
                return ArchiveError(.inputOutput, "the host is gone")
            }
            let failed = try await journey.client { client in
                do {
                    return try await !client.renewIfDue(at: due, files: files)
                } catch {
                    return true
                }
            }
            // The stock tools see one of the two pairs but for a moment, and our own reader always.
            let found = try Credentials(home: journey.home)
            let key = String(decoding: found.key.exposedBytes, as: UTF8.self)
            #expect(try pair(journey.home) == [found.certificate, key])
            #expect(
                (found.certificate == before[0]) == (key == before[1]),
                "a pair of old and new after call \(failing)"
            )
            _ = try await journey.client { try await $0.whoAmI() }
            guard failed else {
                #expect(found.certificate != before[0])
                break
            }
            crashes += 1
            try await journey.client { client in
                #expect(try await client.renewIfDue(at: due))
                _ = try await client.whoAmI()
            }
        }
        // Two files of six calls each, of which the first is an opening for the removal of what a crash left; two
        // renames, and two folders made durable.
        #expect(crashes == 16)
    }

    @Test func aFailureThatCanWaitIsANotice() async throws {
        let journey = try await Journey()
        try await journey.enrol()
        let noted = Notes()
        journey.fault { $0.certifiesOtherKey = true }
        let client = try await ArchiveClient.connect(to: journey.home, notRenewed: noted.add)
        // Not due, nobody is asked.
        #expect(noted.all.isEmpty)
        let error = await expectError(.unauthenticated) { try await client.renewIfDue(at: due) }
        #expect(error?.message.contains("not for our key") == true)
        _ = try await client.whoAmI()
        await client.close()
    }

    @Test func oneProcessRenews() async throws {
        let journey = try await Journey()
        try await journey.client { client in
            let other = try #require(journey.home.lockRenewal())
            #expect(try await !client.renewIfDue(at: due))
            other.release()
            #expect(try await client.renewIfDue(at: due))
        }
    }

    private final class Notes: Sendable {
        private let notes = Mutex<[ArchiveError]>([])
        var all: [ArchiveError] { notes.withLock { $0 } }
        @Sendable func add(_ error: ArchiveError) { notes.withLock { $0.append(error) } }
    }
}
