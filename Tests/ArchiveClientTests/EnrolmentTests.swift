import Age
@testable import ArchiveClient
import ArchiveCore
import ArchiveTesting
import ArchiveInterface
import Foundation
import Synchronization
import Testing

@Suite struct EnrolmentTests {
    @Test func enrolsOnce() async throws {
        let journey = try await Journey()
        try await journey.enrol()
        #expect(try journey.folder.names("home") == ClientHome.File.allCases.map(\.rawValue).sorted())
        for file in ClientHome.File.allCases {
            #expect(try FileManager.default.mode(journey.home.path(of: file)) == 0o600)
        }
        #expect(try journey.home.identities().map(\.recipient.kind) == [.x25519, .hybrid])
        let me = try await journey.client { try await $0.whoAmI() }
        #expect(me.principal == journey.archive.invite.principal)
        _ = await expectError(.configuration) { try await journey.enrol() }
        #expect(try journey.home.isEnrolled())
    }

    @Test func leavesNothingWhenRefused() async throws {
        let journey = try await Journey()
        journey.fault { $0.certifiesOtherKey = true }
        _ = await expectError(.unauthenticated) { try await journey.enrol() }
        let other = try TestAuthority()
        journey.fault {
            $0.certifiesOtherKey = false
            $0.otherAuthority = other
        }
        _ = await expectError(.unauthenticated) { try await journey.enrol() }
        let invite = Invite(
            principal: journey.archive.invite.principal,
            secret: SecretBytes(randomCount: 32),
            authority: journey.archive.invite.authority
        )
        _ = await expectError(.badInvite) {
            _ = try await ArchiveClient.enrol(at: journey.address, invite: invite, home: journey.home)
        }
        #expect(try journey.folder.names("home").isEmpty)
        // And the folder is fit for another try.
        journey.fault { $0.otherAuthority = nil }
        try await journey.enrol()
    }

    @Test func trustsOnlyTheInvitesAuthority() async throws {
        let journey = try await Journey()
        let invite = Invite(
            principal: journey.archive.invite.principal,
            secret: journey.archive.invite.secret,
            authority: try TestAuthority().der
        )
        let error = await expectError(.unreachable) {
            _ = try await ArchiveClient.enrol(at: journey.address, invite: invite, home: journey.home)
        }
        #expect(error?.hint != nil)
        #expect(journey.requests().isEmpty)
    }

    @Test func spendsNoInviteOnAFolderThatCannotBeWritten() async throws {
        let journey = try await Journey()
        _ = await expectError(.inputOutput) {
            _ = try await ArchiveClient.enrol(
                at: journey.address,
                invite: journey.archive.invite,
                home: journey.home,
                files: FaultyFileSystem(failing: "home.write", after: 8)
            )
        }
        #expect(journey.requests().isEmpty)
        #expect(try journey.folder.names("home").isEmpty)
    }

    @Test func unreachable() async throws {
        let journey = try await Journey()
        try await journey.enrol()
        try await journey.server.close()
        let error = await expectError(.unreachable) { _ = try await journey.client { try await $0.whoAmI() } }
        #expect(error?.message.contains("127.0.0.1:\(journey.server.port)") == true)
        #expect(error?.message.contains("refused") == true)
    }
}
