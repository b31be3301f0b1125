import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import Ingest
import Synchronization
import Testing
import Vault

/// A sender is closed, or its certificate revoked, while it sends: what it brings after that is not taken.
@Suite struct SenderEndTests {
    enum Loss: CaseIterable {
        case disabled, revoked
    }

    private static func lose(_ loss: Loss, _ sender: PrincipalID, in archive: ArchiveFixture) async throws {
        let now = archive.clock.now
        try await archive.catalogue.write { writer in
            switch loss {
            case .disabled: try writer.setState(.disabled, of: sender)
            case .revoked: _ = try writer.revokeCredentials(of: sender, at: now)
            }
            writer.revoke()
        }
    }

    /// A body in three parts; before the second, the sender loses what `loss` says.
    private func sending(
        _ bytes: [UInt8],
        _ loss: Loss,
        _ sender: PrincipalID,
        in archive: ArchiveFixture
    ) -> AsyncThrowingStream<[UInt8], any Error> {
        let parts = [bytes[..<300_000], bytes[300_000..<600_000], bytes[600_000...]].map(Array.init)
        let next = Counter()
        return AsyncThrowingStream {
            let number = next.next()
            if number == 1 { try await Self.lose(loss, sender, in: archive) }
            return number < parts.count ? parts[number] : nil
        }
    }

    private func sealed(_ archive: ArchiveFixture) throws -> [UInt8] {
        let opus = try MadeRecording.opus(seconds: 20, bitrate: 510_000)
        let bytes = Array(try MadeRecording.seal(opus, to: [archive.recipient()]).bytes)
        try #require(bytes.count > 650_000)
        return bytes
    }

    @Test(arguments: Loss.allCases)
    func anUploadStaysWhereItWas(loss: Loss) async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let bytes = try sealed(archive)
        let upload = try await archive.ingest.create(archive.submission(), length: bytes.count, by: sender.caller)
        let error = await archiveError {
            _ = try await archive.ingest.append(
                sending(bytes, loss, sender.id, in: archive),
                to: upload,
                at: 0,
                length: nil,
                by: sender.caller
            )
        }
        #expect(error?.code == .unauthenticated)
        let row = try #require(try await archive.catalogue.read { try $0.upload(upload) })
        #expect(row.state == .receiving && row.acknowledged == 300_000)
    }

    @Test(arguments: Loss.allCases)
    func ofOneShotWhatCameBeforeIsPutAside(loss: Loss) async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let bytes = try sealed(archive)
        let error = await archiveError {
            _ = try await archive.ingest.receive(
                sending(bytes, loss, sender.id, in: archive),
                submission: archive.submission(),
                isSealed: true,
                by: sender.caller
            )
        }
        #expect(error?.code == .unauthenticated)
        let kept = try await archive.ingest.quarantined()
        #expect(kept.map(\.reason) == ["unauthenticated"])
    }
}

/// Counts from 0.
private final class Counter: Sendable {
    private let count = Atomic(0)
    func next() -> Int { count.add(1, ordering: .relaxed).oldValue }
}
