import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Synchronization
import Testing

/// What a transaction does in memory stays exactly where the transaction does.
@Suite struct RollbackTests {
    private struct Mistake: Error {}

    @Test func whatWasDoneInMemoryGoesWithItsTransaction() async throws {
        let archive = try await ArchiveFixture()
        let log = archive.log
        let value = Slot()
        func set(_ new: Int, mistake: Bool) async throws {
            try await archive.catalogue.write { writer in
                for step in [new * 10, new] {
                    let old = value.replace(with: step)
                    writer.onRollback { value.replace(with: old) }
                }
                try log.append(to: writer, actor: .service, action: "test.set", object: String(new))
                if mistake { throw Mistake() }
            }
        }
        try await set(1, mistake: false)
        #expect(value.current == 1)
        // Step by step and backwards: the last thing done is the first that is taken back.
        await #expect(throws: Mistake.self) { try await set(2, mistake: true) }
        #expect(value.current == 1)
        try await set(3, mistake: false)
        #expect(value.current == 3)
        #expect(try await archive.log.verify().size == 2)
    }

    @Test func streamsAreToldToLookAgain() async throws {
        let archive = try await ArchiveFixture()
        let before = archive.catalogue.revocations
        try await archive.catalogue.write { _ in }
        #expect(archive.catalogue.revocations == before)
        try await archive.catalogue.write { $0.revoke() }
        #expect(archive.catalogue.revocations == before + 1)
    }

    private final class Slot: Sendable {
        private let value = Mutex(0)
        var current: Int { value.withLock { $0 } }

        @discardableResult
        func replace(with new: Int) -> Int {
            value.withLock { value in
                defer { value = new }
                return value
            }
        }
    }
}
