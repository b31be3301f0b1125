import Age
import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Catalogue
import Foundation
import Testing

@testable import ArchiveServer

/// Who is a second person, what they saw, and what is left of whoever is gone.
extension PeopleTests {
    @Test func `what was seen is confirmed, its name included`() async throws {
        let scene = try await Scene()
        let invitation = try await scene.add("Sari")
        let id = invitation.principal
        _ = try await scene.set(id) { $0.clearance = Label(Level("rahasia")) }
        let seen = try #require(try await scene.detail(id).waiting)
        _ = try await scene.set(id) { $0.name = "Budi" }
        let renamed = await archiveError {
            _ = try await scene.archive.administer(.confirmPrincipal(id, digest: seen.digest), by: .hostUser(1))
        }
        #expect(renamed?.code == .conflict)
        try await scene.confirm(id)
        #expect(try await scene.detail(id).summary.clearance == Label(Level("rahasia")))
    }

    @Test func `a tie that is taken off makes nobody a second person`() async throws {
        let scene = try await Scene()
        let ani = try await scene.add("Ani", .archivist, "biasa") { $0.hostUser = 3 }
        try await scene.enrol(ani)
        let alias = try await scene.caller(ani.principal)
        let new = try await scene.add("Wati", .archivist, "rahasia", by: 3).principal
        let old = try await scene.add("Sari").principal
        _ = try await scene.set(old, by: 3) { $0.clearance = Label(Level("rahasia")) }
        _ = try await scene.set(ani.principal, by: 3) { $0.hostUser = "none" }
        // Further words on one's own change are no new beginning.
        _ = try await scene.set(old, by: 3) { $0.ends = "2099-12-31" }
        for id in [new, old] {
            let digest = try #require(try await scene.detail(id).waiting).digest
            let error = await archiveError {
                _ = try await scene.archive.confirm(id, digest: digest, by: alias.actor)
            }
            #expect(error?.code == .refused)
            try await scene.confirm(id)
        }
    }

    @Test func `whoever loses their certificate while they confirm confirms nothing`() async throws {
        let scene = try await Scene()
        let wati = try await scene.add("Wati", .recordsManager, "rahasia")
        try await scene.confirm(wati.principal)
        try await scene.enrol(wati)
        let stale = try await scene.caller(wati.principal)
        let id = try await scene.add("Sari", .archivist, "rahasia").principal
        let seen = try #require(try await scene.detail(id).waiting)
        let request = ConfirmationRequest(digest: seen.digest)
        _ = try await scene.archive.administer(.renewPrincipal(wati.principal, lost: true), by: .hostUser(0))
        let error = await archiveError { _ = try await scene.archive.confirm(id, request, by: stale) }
        #expect(error?.code == .unauthenticated)
        #expect(try await scene.detail(id).summary.state == .unconfirmed)
    }

    @Test func `a closed one leaves its user of the host, to its person first`() async throws {
        let scene = try await Scene()
        let first = try await scene.add("Ani", .archivist, "biasa") { $0.hostUser = 3 }.principal
        let second = try await scene.add("Ani", .administrator, "biasa") { $0.samePerson = true }.principal
        _ = try await scene.archive.administer(.disablePrincipal(first), by: .hostUser(0))
        #expect(try await scene.detail(first).hostUser == nil)
        #expect(try await scene.detail(second).hostUser == 3)
        _ = try await scene.archive.administer(.disablePrincipal(second), by: .hostUser(0))
        let other = try await scene.add("Budi", .archivist, "biasa") { $0.hostUser = 3 }.principal
        #expect(try await scene.detail(other).hostUser == 3)
        let entries = try await scene.actions("principal.disable")
        #expect(entries.map { $0.details["host-user"] } == [second.description, "3"])
    }

    @Test func `a machine that is lost renews no more, nor after its certificate's end`() async throws {
        let scene = try await Scene()
        let invitation = try await scene.add("perekam", .recorder, "biasa")
        try await scene.enrol(invitation)
        let recorder = try await scene.caller(invitation.principal)
        scene.clock.advance(by: 370 * 86_400)
        func renew(_ key: String) async throws {
            _ = try await scene.archive.renew(
                RenewalRequest(
                    csr: ServedArchive.request(key: scene.folder.file(key)),
                    x25519: Identity.generateX25519().recipient.description,
                    hybrid: Identity.generateHybrid().recipient.description
                ),
                by: recorder
            )
        }
        // It would, for 30 days.
        try await renew("late.pem")
        let lost = AdministrationRequest.renewPrincipal(invitation.principal, lost: true)
        _ = try await scene.archive.administer(lost, by: .hostUser(0))
        #expect(await archiveError { try await renew("lost.pem") }?.code == .unauthenticated)
        let certificates = try await scene.detail(invitation.principal).certificates
        #expect(certificates.map { $0.revoked != nil } == [true, true])
        // Only the one that was renewed still counted.
        #expect(try await scene.actions("principal.renew").first?.details["revoked"] == "1")
    }

    @Test func `looking at principals is an entry`() async throws {
        let scene = try await Scene()
        let id = try await scene.add("Sari").principal
        _ = try await scene.archive.administer(.listPrincipals, by: .hostUser(4))
        _ = try await scene.archive.administer(.showPrincipal(id), by: .hostUser(5))
        let listed = try #require(try await scene.actions("principal.list").first)
        #expect(listed.actor == "uid:4" && listed.details["count"] == "1")
        let shown = try #require(try await scene.actions("principal.show").first)
        #expect(shown.actor == "uid:5" && shown.object == id.description)
    }
}
