import Age
import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Catalogue
import Foundation
import Ingest
import Retrieval
import Testing
import Vault

@testable import ArchiveServer

/// Adding, confirming, changing, closing and renewing, as users of the host ask for it.
@Suite("Principals are given what two persons want, and no more")
struct PeopleTests {
    /// An archive in this process that nobody serves.
    struct Scene {
        let folder: TemporaryFolder
        let clock = ManualClock()
        let archive: Archive

        init(units: String = "[umum]") async throws {
            folder = try TemporaryFolder()
            try await Archive.makeForTest(at: folder.path, isSolo: false, clock: clock)
            let policy = folder.file("Config/policy.yaml")
            let text = try String(contentsOfFile: policy, encoding: .utf8)
            try text.replacing("units: [umum]", with: "units: \(units)")
                .write(toFile: policy, atomically: true, encoding: .utf8)
            archive = try await Archive.open(root: folder.path, clock: clock)
        }

        func add(
            _ name: String,
            _ role: Role = .archivist,
            _ clearance: String = "terbatas",
            by user: UInt32 = 0,
            change: (inout NewPrincipal) -> Void = { _ in }
        ) async throws -> Invitation {
            var new = NewPrincipal(
                name: name,
                role: role,
                clearance: Label(parsing: clearance),
                unit: "umum",
                person: nil,
                floor: nil
            )
            change(&new)
            guard case .invited(let invitation) = try await archive.administer(.addPrincipal(new), by: .hostUser(user))
            else { throw ArchiveError(.unexpected, "no invitation") }
            return invitation
        }

        /// Confirms what waits of it now.
        func confirm(_ id: PrincipalID, by user: UInt32 = 1) async throws {
            let digest = try await detail(id).waiting?.digest ?? "nothing"
            _ = try await archive.administer(.confirmPrincipal(id, digest: digest), by: .hostUser(user))
        }

        @discardableResult
        func enrol(_ invitation: Invitation) async throws -> Enrolment {
            let invite = try Invite(parsing: invitation.invite)
            let key = folder.file("key-\(UUID().uuidString).pem")
            return try await archive.enrol(
                EnrolmentRequest(
                    principal: invite.principal,
                    secret: Data(invite.secret.exposedBytes),
                    csr: ServedArchive.request(key: key),
                    x25519: Identity.generateX25519().recipient.description,
                    hybrid: Identity.generateHybrid().recipient.description
                )
            )
        }

        func detail(_ id: PrincipalID) async throws -> PrincipalDetail { try await archive.detail(of: id) }

        func set(
            _ id: PrincipalID,
            by user: UInt32 = 0,
            _ change: (inout PrincipalChange) -> Void
        ) async throws -> GrantOutcome {
            var wanted = PrincipalChange(id)
            change(&wanted)
            guard case .changed(let outcome) = try await archive.administer(.setPrincipal(wanted), by: .hostUser(user))
            else { throw ArchiveError(.unexpected, "no outcome") }
            return outcome
        }

        func caller(_ id: PrincipalID) async throws -> Caller {
            let (row, credential) = try await archive.catalogue.read { [clock] reader in
                (try reader.principal(id, at: clock.now), try reader.credentials(of: id).last)
            }
            let (found, last) = (try #require(row), try #require(credential))
            return Caller(principal: found.principal, key: last.key, certificate: last.certificate)
        }

        /// A recording of `label`.
        func recording(_ level: String) async throws -> RecordingID {
            let recorder = try await add("perekam \(UUID().uuidString)", .recorder, "biasa")
            try await enrol(recorder)
            guard let pair = try archive.vault.recipients(of: Level(level)) else { throw ArchiveError.notFound }
            let sealed = try MadeRecording.seal(Array(MadeStream.fresh()), to: [pair.x25519])
            var submission = Submission()
            for (name, value) in [("title", "Rapat"), ("series", "rapat"), ("unit", "umum"), ("level", level)] {
                try submission.set(name, value)
            }
            let receipt = try await archive.ingest.receive(
                body([sealed.bytes]),
                submission: submission,
                isSealed: true,
                by: caller(recorder.principal)
            )
            return receipt.recording
        }

        func actions(_ prefix: String) async throws -> [LogEntry] {
            try await archive.catalogue.read { reader in
                try reader.entries(EntryFilter(), limit: 1000).compactMap { LogEntry(leaf: $0.leaf) }
            }.filter { $0.action.hasPrefix(prefix) }
        }
    }

    @Test func `one person, one name, knowingly`() async throws {
        let scene = try await Scene()
        let first = try await scene.add("Budi Santoso").principal
        // The same name, whatever its spaces and capitals.
        for name in ["Budi Santoso", " budi  SANTOSO"] {
            let error = await archiveError { _ = try await scene.add(name, .recorder) }
            #expect(error?.code == .badRequest)
            #expect(error?.message.contains(first.description) == true)
            #expect(error?.hint?.contains("--same-person") == true && error?.hint?.contains("--person") == true)
        }
        let second = try await scene.add("Budi Santoso", .auditor) { $0.samePerson = true }.principal
        #expect(try await scene.detail(second).alsoHolds == [first])
        // Another person of that name is told apart, and from then on the name alone is not enough.
        let other = try await scene.add("Budi Santoso") { $0.person = "NIP 1987" }.principal
        #expect(try await scene.detail(other).alsoHolds.isEmpty)
        let ambiguous = await archiveError {
            _ = try await scene.add("x") { ($0.person, $0.samePerson) = ("NIP 2", true) }
        }
        #expect(ambiguous?.message.contains("--same-person") == true)
        let taken = await archiveError { _ = try await scene.add("Anak buah") { $0.person = "nip  1987" } }
        #expect(taken?.message.contains(other.description) == true)
    }

    @Test func `a second person, and nobody for themselves`() async throws {
        let scene = try await Scene()
        let invitation = try await scene.add("Sari", .archivist, "rahasia") { $0.hostUser = 7 }
        #expect(invitation.needsConfirmation)
        #expect(await archiveError { try await scene.enrol(invitation) }?.code == .badInvite)
        // Not who added it, nor the one whom it is for.
        for user: UInt32 in [0, 7] {
            let error = await archiveError { try await scene.confirm(invitation.principal, by: user) }
            #expect(error?.code == .refused, "uid \(user)")
        }
        // Who added it as another user of the host is one person all the same.
        _ = try await scene.add("Ani", .archivist, "biasa") { $0.hostUser = 3 }
        let second = try await scene.add("Wati", .archivist, "rahasia", by: 3)
        let same = try await scene.add("Ani", .administrator, "biasa") { $0.samePerson = true }
        _ = try await scene.enrol(same)
        let alias = try await scene.caller(same.principal)
        let other = await archiveError {
            let digest = try await scene.detail(second.principal).waiting?.digest ?? "nothing"
            _ = try await scene.archive.confirm(second.principal, digest: digest, by: alias.actor)
        }
        #expect(other?.code == .refused)
        let stale = await archiveError {
            _ = try await scene.archive.confirm(second.principal, digest: "x", by: .hostUser(1))
        }
        #expect(stale?.code == .conflict)
        try await scene.confirm(invitation.principal)
        try await scene.enrol(invitation)
        let detail = try await scene.detail(invitation.principal)
        #expect(detail.summary.state == .active && detail.confirmedBy?.actor == "uid:1")
        #expect(detail.certificates.count == 1 && detail.waiting == nil && detail.hostUser == 7)
        let refused = try await scene.actions("principal.confirm").filter { $0.decision == .refuse }
        #expect(refused.count == 3 && refused.allSatisfy { $0.details["reason"] == "same-person" })
        #expect(await archiveError { try await scene.confirm(invitation.principal) }?.code == .conflict)
    }

    @Test func `a raise waits, and the old grant counts meanwhile`() async throws {
        let scene = try await Scene(units: "[umum, biro]")
        let invitation = try await scene.add("Sari")
        try await scene.enrol(invitation)
        let id = invitation.principal
        let raised = try #require(Label(parsing: "rahasia:anggaran"))
        let outcome = try await scene.set(id) { ($0.clearance, $0.ends) = (raised, "2099-12-31") }
        // A shorter time takes something away: that counts at once.
        #expect(outcome.grant.clearance == Label(Level("terbatas")) && outcome.grant.validity.ends != nil)
        let waiting = try #require(outcome.waiting)
        #expect(waiting.grant.clearance == raised && waiting.askedBy == "uid:0")
        #expect(try await scene.detail(id).summary.state == .active)
        #expect(await archiveError { try await scene.confirm(id, by: 0) }?.code == .refused)
        // Another's further change is no addition to this one: whoever confirms would confirm a part of their own.
        let others = try await scene.set(id, by: 1) { $0.unit = "biro" }
        #expect(others.waiting == nil && others.grant.unit == "biro")
        #expect(others.grant.clearance == Label(Level("terbatas")))
        _ = try await scene.set(id) { $0.clearance = raised }
        try await scene.confirm(id)
        let detail = try await scene.detail(id)
        #expect(detail.summary.clearance == raised && detail.waiting == nil && detail.summary.unit == "biro")
        // More of the same: the time and the unit of a high grant are part of it.
        for change: (inout PrincipalChange) -> Void in [{ $0.ends = "none" }, { $0.unit = "umum" }] {
            #expect(try await scene.set(id, change).waiting != nil)
            let withdrawn = try await scene.set(id) { ($0.ends, $0.unit) = ("2099-12-31", "biro") }
            #expect(withdrawn.waiting == nil)
        }
        let sets = try await scene.actions("principal.set")
        #expect(sets.count == 7 && sets.map { $0.details["waits"] }.contains("true"))
        #expect(try await scene.archive.verification().whole)
        // One that waits for its first confirmation is confirmed as it is.
        let unconfirmed = try await scene.add("Wati", .auditor).principal
        #expect(await archiveError { _ = try await scene.set(unconfirmed) { $0.unit = "biro" } }?.code == .conflict)
    }

    @Test func `lowering closes what is no longer covered, at once`() async throws {
        let scene = try await Scene()
        let invitation = try await scene.add("Sari")
        try await scene.enrol(invitation)
        let sari = try await scene.caller(invitation.principal)
        let retrieval = scene.archive.retrieval
        let (high, low) = (try await scene.recording("terbatas"), try await scene.recording("biasa"))
        let closing = try await retrieval.open(high, purpose: nil, hybrid: false, by: sari)
        let staying = try await retrieval.open(low, purpose: nil, hybrid: false, by: sari)
        let delivery = try await retrieval.deliver(closing.id, as: .sealed, by: sari)
        #expect(try await scene.detail(sari.principal.id).underWay.accesses.count == 2)
        let outcome = try await scene.set(sari.principal.id) { $0.clearance = Label(Level("biasa")) }
        #expect(outcome.closed == [closing.id])
        #expect(await archiveError { try await delivery.assertAllowed() }?.code == .gone)
        _ = try await retrieval.deliver(staying.id, as: .sealed, by: sari)
        let closed = try await scene.actions("access.close")
        #expect(closed.map { $0.details["reason"] } == ["grant-changed"])
    }

    @Test func `its time begins and ends`() async throws {
        let scene = try await Scene()
        let recording = try await scene.recording("biasa")
        let now = scene.clock.now
        let invitation = try await scene.add("Sari") {
            $0.starts = Timestamp.text(now.addingTimeInterval(600))
            $0.ends = Timestamp.text(now.addingTimeInterval(1200))
        }
        try await scene.enrol(invitation)
        let id = invitation.principal
        #expect(try await scene.detail(id).summary.state == .notYetValid)
        var sari = try await scene.caller(id)
        let early = await archiveError {
            _ = try await scene.archive.retrieval.open(recording, purpose: nil, hybrid: false, by: sari)
        }
        #expect(early?.code == .unauthenticated)
        scene.clock.advance(by: 600)
        sari = try await scene.caller(id)
        let asked = try await scene.archive.retrieval.open(recording, purpose: nil, hybrid: false, by: sari)
        guard case .open(let access) = asked else { throw ArchiveError(.unexpected, "it waits") }
        #expect(
            Timestamp.text(access.expires) == Timestamp.text(now.addingTimeInterval(1200)),
            "no access outlasts its principal"
        )
        let delivery = try await scene.archive.retrieval.deliver(access.id, as: .sealed, by: sari)
        // An end that comes sooner than was said ends a delivery that is under way, too.
        _ = try await scene.set(id) { $0.ends = Timestamp.text(now.addingTimeInterval(900)) }
        try await delivery.assertAllowed()
        scene.clock.advance(by: 300)
        #expect(await archiveError { try await delivery.assertAllowed() }?.code == .gone)
        #expect(try await scene.detail(id).summary.state == .expired)
        #expect(
            await archiveError { _ = try await scene.archive.administer(.renewPrincipal(id), by: .hostUser(0)) }?.code
                == .conflict
        )
        // A date is its last day, in the archive's zone (Asia/Jakarta, seven hours ahead).
        _ = try await scene.set(id) { ($0.starts, $0.ends) = ("none", "2027-03-31") }
        #expect(try await scene.detail(id).summary.validity.ends == Timestamp.date("2027-03-31T17:00:00Z"))
        #expect(try await scene.detail(id).summary.state == .active)
        for (starts, ends) in [("2027-02-30", "none"), ("soon", "none"), ("2027-01-02", "2027-01-01")] {
            let error = await archiveError { _ = try await scene.set(id) { ($0.starts, $0.ends) = (starts, ends) } }
            #expect(error?.code == .badRequest, "\(starts) \(ends)")
        }
    }

    @Test func `what a closed one leaves behind, and a lost key`() async throws {
        let scene = try await Scene()
        let invitation = try await scene.add("Sari")
        try await scene.enrol(invitation)
        let id = invitation.principal
        let sari = try await scene.caller(id)
        let recording = try await scene.recording("biasa")
        let access = try await scene.archive.retrieval.open(recording, purpose: nil, hybrid: false, by: sari)
        let delivery = try await scene.archive.retrieval.deliver(access.id, as: .sealed, by: sari)
        // A lost machine: its certificates and accesses end, and another machine enrols.
        guard
            case .invited(let again) = try await scene.archive.administer(
                .renewPrincipal(id, lost: true),
                by: .hostUser(0)
            )
        else { throw ArchiveError(.unexpected, "no invitation") }
        #expect(await archiveError { try await delivery.assertAllowed() }?.code == .gone)
        #expect(try await scene.detail(id).certificates.map { $0.revoked != nil } == [true])
        scene.clock.advance(by: 60)
        try await scene.enrol(again)
        #expect(await archiveError { try await scene.enrol(again) }?.code == .badInvite)
        let renewed = try await scene.caller(id)
        #expect(try await scene.detail(id).certificates.map { $0.revoked != nil } == [true, false])
        let second = try await scene.archive.retrieval.open(recording, purpose: nil, hybrid: false, by: renewed)
        let old = await archiveError { _ = try await scene.archive.retrieval.deliver(second.id, as: .sealed, by: sari) }
        #expect(old?.code == .notFound)

        guard
            case .disabled(let report) = try await scene.archive.administer(
                .disablePrincipal(id, lost: true),
                by: .hostUser(0)
            )
        else { throw ArchiveError(.unexpected, "no report") }
        #expect(
            report.underWay.accesses.map(\.access) == [second.id] && report.certificates == 1 && report.delivered == 1
        )
        #expect(report.underWay.uploads.isEmpty && report.quarantined == 0)
        let entry = try #require(try await scene.actions("principal.disable").first)
        #expect(entry.details["lost"] == "true" && entry.details["delivered"] == "1")
        #expect(try await scene.archive.principals().first { $0.principal == id }?.state == .disabled)
        #expect(await archiveError { _ = try await scene.set(id) { $0.ends = "none" } }?.code == .conflict)
        #expect(try await scene.archive.verification().whole)
    }
}
