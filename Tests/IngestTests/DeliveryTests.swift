import Age
import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import GRDB
import Ingest
import Retention
import Retrieval
import TestSupport
import Testing
import Vault

/// What leaves is what came, for as long as its access counts (DESIGN.md invariant 2).
@Suite struct DeliveryTests {
    private struct Scene {
        let archive: ArchiveFixture
        let reader: ArchiveFixture.Member
        let opus: [UInt8]
        let recording: RecordingID
        let access: AccessID

        init(_ opus: [UInt8]? = nil, level: String = "biasa", hybrid: Bool = false) async throws {
            archive = try await ArchiveFixture()
            let sender = try await archive.member(.recorder)
            reader = try await archive.member(.archivist, clearance: Label(Level(level)))
            self.opus = try opus ?? longOpus.get()
            recording = try await archive.store(self.opus, level: level, by: sender).recording
            access =
                try await archive.retrieval.open(recording, purpose: "uji", hybrid: hybrid, by: reader.caller).id
        }

        func deliver(_ form: AccessRow.Form) async throws -> Delivery {
            try await archive.retrieval.deliver(access, as: form, by: reader.caller)
        }
    }

    private static func ranges(_ length: Int, around places: [Int]) -> [Range<Int>] {
        var starts = [0, 1, length - 1, length]
        for place in places { starts += [place - 1, place, place + 1] }
        return starts.filter { (0...length).contains($0) }.flatMap { start in
            [0, 1, 17, 65_536, length].map { start..<min(length, start + $0) }
        }
    }

    /// A crash between the closing of an access and the forgetting of its header leaves the header; the next start does
    /// not.
    @Test func aHeaderDoesNotOutliveItsAccess() async throws {
        let scene = try await Scene()
        _ = try await scene.deliver(.sealed)
        #expect(try scene.archive.vault.headers().count == 1)
        let photographs = try await scene.archive.photographs {
            try await scene.archive.retrieval.close(scene.access, by: scene.reader.caller)
        }
        #expect(try scene.archive.vault.headers().isEmpty)
        let committed = try #require(photographs.last { $0.label == "checkpoint.write" })
        let crashed = try await scene.archive.reopened(in: committed.folder, recovers: false)
        #expect(try crashed.vault.headers().count == 1)
        #expect(try await crashed.catalogue.read { try $0.access(scene.access) }?.state == .closed)
        try await crashed.retrieval.recover()
        #expect(try crashed.vault.headers().isEmpty)
        // An open one keeps its own.
        let open = try await Scene()
        let whole = try await open.deliver(.sealed).bytes()
        let again = try await open.archive.reopened()
        try await again.retrieval.recover()
        let delivery = try await again.retrieval.deliver(open.access, as: .sealed, by: open.reader.caller)
        #expect(try await delivery.bytes() == whole)
    }

    @Test(arguments: [false, true])
    func sealedAtAnyOffset(hybrid: Bool) async throws {
        let scene = try await Scene(hybrid: hybrid)
        let delivery = try await scene.deliver(.sealed)
        let whole = try await delivery.bytes()
        #expect(whole.count == delivery.length)
        let payload = Array(
            try #require(
                everyFile(below: scene.archive.layout.recordings)[scene.archive.layout.payload(scene.recording)]
            )
        )
        #expect(Array(whole.suffix(payload.count)) == payload)
        let header = whole.count - payload.count
        let identity = hybrid ? scene.reader.hybrid : scene.reader.identity
        #expect(try MadeRecording.open(whole, with: identity) == scene.opus)
        for range in Self.ranges(whole.count, around: [header, header + 16, header + 16 + 65_552]) {
            #expect(
                try await delivery.bytes(from: range.lowerBound, count: range.count, step: 4096) == Array(whole[range])
            )
        }
        // Minted once: the same bytes for every request, and after a restart.
        let second = try await scene.deliver(.sealed)
        #expect(second.entityTag == delivery.entityTag)
        #expect(try await second.bytes() == whole)
        let again = try await scene.archive.reopened()
        let third = try await again.retrieval.deliver(scene.access, as: .sealed, by: scene.reader.caller)
        #expect(try await third.bytes() == whole)
        // Another access has a header of its own.
        let other = try await scene.archive.retrieval.open(
            scene.recording,
            purpose: nil,
            hybrid: hybrid,
            by: scene.reader.caller
        )
        let fresh = try await scene.archive.retrieval.deliver(other.id, as: .sealed, by: scene.reader.caller).bytes()
        #expect(fresh.prefix(header) != whole.prefix(header))
        #expect(try MadeRecording.open(fresh, with: identity) == scene.opus)
    }

    @Test func theStockToolOpensIt() async throws {
        let scene = try await Scene(shortOpus.get(), level: "rahasia")
        let file = try await scene.deliver(.sealed).bytes()
        let keys = try TemporaryFolder()
        try Data("\(scene.reader.identity.secretString)\n".utf8).write(to: URL(filePath: keys.file("identity.txt")))
        let outcome = try Program.run(
            "age",
            ["--decrypt", "--identity", keys.file("identity.txt")],
            input: Data(file)
        )
        #expect(outcome.status == 0, "\(outcome.errorText)")
        #expect(outcome.output == Data(scene.opus))
    }

    @Test func openedAtAnyOffset() async throws {
        let scene = try await Scene()
        let delivery = try await scene.deliver(.opened)
        #expect(delivery.length == scene.opus.count)
        #expect(try await delivery.bytes() == scene.opus)
        for range in Self.ranges(scene.opus.count, around: [65_536, 131_072]) {
            #expect(
                try await delivery.bytes(from: range.lowerBound, count: range.count, step: 70_000)
                    == Array(scene.opus[range])
            )
        }
    }

    private func damage(_ scene: Scene, _ body: (inout Data) -> Void) throws {
        let path = scene.archive.layout.payload(scene.recording)
        try scene.archive.files.setMode(path, 0o600, label: "test")
        var payload = try Data(contentsOf: URL(filePath: path))
        body(&payload)
        try payload.write(to: URL(filePath: path))
    }

    @Test func aDamagedPayloadIsFoundBeforeItsBytesLeave() async throws {
        let scene = try await Scene()
        try damage(scene) { $0[16 + 65_552 + 5] ^= 1 }
        let delivery = try await scene.deliver(.opened)
        #expect(try await delivery.bytes(count: 65_536) == Array(scene.opus[..<65_536]))
        let error = await archiveError { _ = try await delivery.bytes(from: 65_536, count: 1) }
        #expect(error?.code == .storage)
        #expect(error?.message.contains("damaged") == true)
        #expect(try await delivery.bytes(from: 131_072, count: 100) == Array(scene.opus[131_072..<131_172]))
    }

    @Test func aPayloadWithoutItsEndServesNothing() async throws {
        let scene = try await Scene()
        try damage(scene) { $0[$0.count - 1] ^= 1 }
        #expect(await archiveError { _ = try await scene.deliver(.opened) }?.code == .storage)
        try damage(scene) { $0.removeLast() }
        #expect(await archiveError { _ = try await scene.deliver(.opened) }?.code == .storage)
        try FileManager.default.removeItem(atPath: scene.archive.layout.payload(scene.recording))
        #expect(await archiveError { _ = try await scene.deliver(.sealed) }?.code == .storage)
    }

    /// Sealed it comes in its whole length, zeros for what is gone: all but the last chunks open, and it is not taken for whole.
    @Test(arguments: [1, 65_552, 100_000]) func ofAPayloadWithoutItsEndTheRestCanBeSaved(missing: Int) async throws {
        let scene = try await Scene()
        let whole = try await scene.deliver(.sealed).bytes()
        try damage(scene) { $0.removeLast(missing) }
        let delivery = try await scene.deliver(.sealed)
        #expect(delivery.length == whole.count)
        let bytes = try await delivery.bytes(step: 10_007)
        #expect(bytes.dropLast(missing) == whole.dropLast(missing))
        #expect(bytes.suffix(missing).allSatisfy { $0 == 0 })
        #expect(
            try await delivery.bytes(from: whole.count - missing - 5, count: 10, step: 10).count == min(10, missing + 5)
        )
        // More than there was is not sent.
        try damage(scene) { $0 = Data(whole.suffix($0.count + missing)) + Data(count: 70_000) }
        #expect(try await scene.deliver(.sealed).bytes() == whole)
    }

    // MARK: Revocation

    enum Revocation: CaseIterable {
        case closing, disabling, destruction, expiry, relabelling
    }

    private func revoke(_ revocation: Revocation, _ scene: Scene) async throws {
        let archive = scene.archive
        switch revocation {
        case .closing: try await archive.retrieval.close(scene.access, by: scene.reader.caller)
        case .disabling: try await archive.catalogue.write { try $0.setState(.disabled, of: scene.reader.id) }
        case .destruction: try await archive.catalogue.write { try $0.markDestroying(scene.recording) }
        case .expiry: archive.clock.advance(by: 3600)
        case .relabelling:
            // There is no command for it yet; what it will do to the row is done here.
            try DatabaseQueue(path: archive.layout.archiveDatabase).inDatabase { database in
                try database.execute(sql: "UPDATE recording SET label_version = label_version + 1")
            }
        }
    }

    @Test(arguments: Revocation.allCases, [AccessRow.Form.sealed, .opened])
    func stopsADeliveryInTheMiddle(_ revocation: Revocation, _ form: AccessRow.Form) async throws {
        let scene = try await Scene()
        let delivery = try await scene.deliver(form)
        _ = try await delivery.bytes(count: 70_000)
        // Something else that is revoked meanwhile does not end it.
        let other = try await scene.archive.retrieval.open(
            scene.recording,
            purpose: nil,
            hybrid: false,
            by: scene.reader.caller
        )
        try await scene.archive.retrieval.close(other.id, by: scene.reader.caller)
        try await delivery.assertAllowed()
        try await revoke(revocation, scene)
        if revocation != .relabelling {
            let error = await archiveError { _ = try await delivery.bytes(from: 70_000) }
            #expect(error?.code == (revocation == .disabling ? .unauthenticated : .gone))
        }
        // And every later request on that access.
        let later = await archiveError { _ = try await scene.deliver(form) }
        #expect(later?.code == (revocation == .disabling ? .unauthenticated : .gone))
        let fault = try await scene.archive.log.verify().fault
        #expect(fault == nil)
    }

    @Test func anAccessIsItsOwnersAndItsKeys() async throws {
        let scene = try await Scene(shortOpus.get())
        let other = try await scene.archive.member(.archivist)
        let stolen = Caller(
            principal: scene.reader.caller.principal,
            key: other.caller.key,
            certificate: scene.reader.caller.certificate
        )
        for caller in [other.caller, stolen] {
            let error = await archiveError {
                _ = try await scene.archive.retrieval.deliver(scene.access, as: .sealed, by: caller)
            }
            #expect(error?.description == ArchiveError.notFound.description)
        }
        let closing = await archiveError {
            try await scene.archive.retrieval.close(scene.access, by: other.caller)
        }
        #expect(closing?.description == ArchiveError.notFound.description)
        _ = try await scene.deliver(.sealed)
    }

    @Test func anExpiredAccessIsClosedAndItsHeaderForgotten() async throws {
        let scene = try await Scene(shortOpus.get())
        _ = try await scene.deliver(.sealed)
        func headers() throws -> Int? {
            try DatabaseQueue(path: scene.archive.layout.vaultDatabase).read { database in
                try Int.fetchOne(database, sql: "SELECT count(*) FROM sealed_row WHERE kind = 'header'")
            }
        }
        #expect(try headers() == 1)
        scene.archive.clock.advance(by: 3599)
        try await scene.archive.retrieval.closeExpired()
        #expect(try headers() == 1)
        scene.archive.clock.advance(by: 1)
        try await scene.archive.retrieval.closeExpired()
        try await scene.archive.retrieval.closeExpired()
        #expect(try headers() == 0)
        let access = try await scene.archive.catalogue.read { try $0.access(scene.access) }
        #expect(access?.state == .closed)
        var filter = EntryFilter()
        filter.action = "access.close"
        let entries = try await scene.archive.catalogue.read { [filter] in try $0.entries(filter, limit: 10) }
        #expect(entries.compactMap { LogEntry(leaf: $0.leaf)?.details["reason"] } == ["expired"])
    }
}
