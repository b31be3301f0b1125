import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Auditing
import Crypto
import Foundation
import Testing
import TransparencyLog

/// A receipt fits the log that gave it, and no other.
@Suite struct ReceiptTests {
    static let opening = 300

    /// A copy of a log of 600 entries, one of which opened an access, which got the receipt at once.
    private struct Fixture {
        let folder: TemporaryFolder
        let signer: NoteSigner
        let copy: LogCopy
        let log: LyingLog
        let receipt: AccessEvidence
        let recording = RecordingID()
        let access = AccessID()

        init(_ action: String = "access.open", state: String = "open", decision: LogEntry.Decision = .allow)
            async throws
        {
            folder = try TemporaryFolder()
            signer = try LyingLog.signer()
            var leaves = try LyingLog.leaves(600)
            leaves[ReceiptTests.opening] = try LyingLog.opening(
                of: recording,
                access,
                action,
                state: state,
                decision: decision
            )
            log = LyingLog(leaves, signer: signer)
            copy = LogCopy(path: folder.file("copy"))
            _ = try await copy.sync(from: log, trusting: signer.verifier)
            receipt = try log.receipt(of: access, to: recording, at: ReceiptTests.opening)
        }

        func refuse(_ receipt: AccessEvidence, as kind: LogFault.Kind) throws {
            let fault = try #require(throws: LogFault.self) { try copy.check(receipt, isNewest: true) }
            #expect(fault.kind == kind, "\(fault)")
            let folder = try #require(fault.evidence)
            #expect(try LocalFileSystem().length("\(folder)/checkpoint-received") != nil)
        }

        /// What shows nothing by itself speaks against nobody.
        func isNone(_ receipt: AccessEvidence, _ comment: Comment) async throws {
            let error = await archiveError { _ = try copy.check(receipt, isNewest: true) }
            #expect(error?.code == .badMetadata, comment)
            #expect(try LocalFileSystem().names(in: copy.evidenceFolder).isEmpty, comment)
        }
    }

    @Test(arguments: ["access.open", "access.approve"])
    func fits(action: String) async throws {
        let fixture = try await Fixture(action)
        guard case .there(let found) = try fixture.copy.check(fixture.receipt, isNewest: false) else {
            Issue.record("it is not there")
            return
        }
        #expect(found.seq == Self.opening && found.entry.action == action)
        // Nothing but the key is needed to see that it is one.
        let alone = try fixture.receipt.verified(by: [fixture.signer.verifier])
        #expect(alone.entry == found && alone.checkpoint.size == Self.opening + 1)
    }

    @Test(arguments: [
        ("access.close", "open", LogEntry.Decision.allow), ("access.approve", "pending", .allow),
        ("access.open", "open", .refuse), ("access.ask", "pending", .allow),
    ])
    func anEntryThatOpenedNothingIsNone(action: String, state: String, decision: LogEntry.Decision) async throws {
        let fixture = try await Fixture(action, state: state, decision: decision)
        try await fixture.isNone(fixture.receipt, "\(action)")
    }

    @Test func whatShowsNothingIsNotEvidence() async throws {
        let fixture = try await Fixture()
        var others: [(AccessEvidence, Comment)] = []
        func changed(_ comment: Comment, _ change: (inout AccessEvidence) throws -> Void) rethrows {
            var other = fixture.receipt
            try change(&other)
            others.append((other, comment))
        }
        changed("another access") { $0.access = AccessID() }
        changed("another recording") { $0.recording = RecordingID() }
        for entry in [Self.opening - 1, Self.opening + 1, -1, 600, .max] {
            changed("entry \(entry)") { $0.entry = entry }
        }
        changed("no proof") { $0.proof = "nothing" }
        // Another entry with the path of this one, and this one with another path.
        let proof = try LogProof(parsing: fixture.receipt.proof)
        let leaf = try LyingLog.opening(of: fixture.recording, fixture.access, "access.approve")
        try changed("another leaf") {
            $0.proof = try LogProof(extra: leaf, inclusion: proof.inclusion, note: proof.note).text
        }
        try changed("no leaf") {
            $0.proof = try LogProof(extra: nil, inclusion: proof.inclusion, note: proof.note).text
        }
        let path = InclusionProof(
            leafIndex: Self.opening,
            treeSize: proof.inclusion.treeSize,
            hashes: proof.inclusion.hashes.reversed()
        )
        try changed("another path") {
            $0.proof = try LogProof(extra: proof.extra, inclusion: path, note: proof.note).text
        }
        // Signed by whoever made it, also under the name of the log; and by a log that nobody here knows.
        try changed("another key") {
            let forger = try NoteSigner(name: fixture.signer.name, privateKey: .init())
            $0.key = forger.verifier.vkey
            $0.proof = try LogProof(
                extra: proof.extra,
                inclusion: proof.inclusion,
                note: forger.sign(proof.note.text)
            ).text
        }
        try changed("another log") {
            let other = LyingLog(fixture.log.leaves, signer: try LyingLog.signer("lain.example/log"))
            $0 = try other.receipt(of: fixture.access, to: fixture.recording, at: Self.opening)
        }
        for (other, comment) in others { try await fixture.isNone(other, comment) }
    }

    /// The archive signed another history, and gave a receipt of it.
    @Test func aReceiptOfAnotherHistoryIsEvidence() async throws {
        let fixture = try await Fixture()
        var leaves = fixture.log.leaves
        leaves[Self.opening - 1] = leaves[0]
        let other = LyingLog(leaves, signer: fixture.signer)
        try fixture.refuse(other.receipt(of: fixture.access, to: fixture.recording, at: Self.opening), as: .forked)
    }

    /// The archive gave a receipt and was put back to before it.
    @Test func aReceiptOfMoreThanTheArchiveShows() async throws {
        let fixture = try await Fixture()
        let longer = LyingLog(fixture.log.leaves + (try LyingLog.leaves(5, from: 600)), signer: fixture.signer)
        let receipt = try longer.receipt(of: fixture.access, to: fixture.recording, at: Self.opening, size: 605)
        try fixture.refuse(receipt, as: .rolledBack)
        let stale = await archiveError { _ = try fixture.copy.check(receipt, isNewest: false) }
        #expect(stale?.code == .stale)
    }

    // MARK: After a restart

    /// An auditor who accepted that the log of ``Restarted/old`` went on from ``Restarted/kept`` entries under another
    /// origin.
    private struct Restarted {
        static let kept = 320
        let folder: TemporaryFolder
        let (old, new): (NoteSigner, NoteSigner)
        let recording = RecordingID()
        let access = AccessID()
        let before: LyingLog
        let copy: LogCopy

        /// - Parameters:
        ///   - opening: the entry that opened the access.
        ///   - held: entries of the old log that the auditor has.
        ///   - admitted: entries that the restart says the old log had.
        ///   - change: made to the entries that were kept.
        init(
            opening: Int,
            held: Int = 310,
            admitted: Int = 340,
            change: (inout [Data]) throws -> Void = { _ in }
        ) async throws {
            folder = try TemporaryFolder()
            (old, new) = (try LyingLog.signer("arsip.example/old"), try LyingLog.signer("arsip.example/new"))
            var leaves = try LyingLog.leaves(350)
            leaves[opening] = try LyingLog.opening(of: recording, access)
            before = LyingLog(leaves, signer: old)
            let aside = LogCopy(path: folder.file("audit.before-2026-11-21"))
            _ = try await aside.sync(
                from: LyingLog(Array(leaves.prefix(held)), signer: old),
                trusting: old.verifier
            )
            var kept = Array(leaves.prefix(Self.kept))
            try change(&kept)
            let signed = try Checkpoint(parsing: SignedNote(parsing: before.note(size: admitted)).text)
            let restart = try LogEntry(
                time: Date(timeIntervalSince1970: 1_790_001_000),
                actor: .hostUser(0),
                action: "log.restart",
                object: nil,
                label: nil,
                decision: .allow,
                details: [
                    "origin": old.name, "size": String(admitted), "root": signed.root.description,
                    "kept": String(Self.kept), "lost": String(max(0, admitted - Self.kept)),
                ],
                commitments: [:]
            ).leaf()
            copy = LogCopy(path: folder.file("audit"))
            let after = kept + [restart] + (try LyingLog.leaves(50, variant: "b", from: Self.kept + 1))
            _ = try await copy.sync(from: LyingLog(after, signer: new), trusting: new.verifier)
        }

        func receipt(at opening: Int, size: Int? = nil) throws -> AccessEvidence {
            try before.receipt(of: access, to: recording, at: opening, size: size)
        }
    }

    @Test func anEntryThatWasLostInARestartIsSaidToBe() async throws {
        let scene = try await Restarted(opening: 330)
        guard case .lost(let entry, let restart) = try scene.copy.check(scene.receipt(at: 330), isNewest: true) else {
            Issue.record("it is not lost")
            return
        }
        #expect(entry.seq == 330 && entry.entry.action == "access.open")
        #expect(restart.seq == Restarted.kept && restart.kept == Restarted.kept && restart.size == 340)
        #expect(restart.origin == scene.old.name)
        #expect(try LocalFileSystem().names(in: scene.copy.evidenceFolder).isEmpty)
        // Nobody but its key speaks for an origin that ended.
        try FileManager.default.removeItem(atPath: scene.folder.file("audit.before-2026-11-21"))
        let unknown = await archiveError { _ = try scene.copy.check(scene.receipt(at: 330), isNewest: true) }
        #expect(unknown?.code == .badMetadata)
        let named = try scene.copy.check(scene.receipt(at: 330), knowing: [scene.old.verifier], isNewest: true)
        #expect(named.entry == entry)
    }

    @Test(arguments: [300, 319])
    func anEntryThatWasKeptIsThere(opening: Int) async throws {
        let scene = try await Restarted(opening: opening)
        for size in [opening + 1, 335] {
            guard case .there(let entry) = try scene.copy.check(scene.receipt(at: opening, size: size), isNewest: true)
            else {
                Issue.record("it is not there")
                return
            }
            #expect(entry.seq == opening)
        }
    }

    @Test func aRestartThatSaysLessThanItLostIsEvidence() async throws {
        let scene = try await Restarted(opening: 330)
        let fault = try #require(throws: LogFault.self) {
            try scene.copy.check(scene.receipt(at: 330, size: 345), isNewest: true)
        }
        #expect(fault.kind == .rolledBack && fault.entry == Restarted.kept && fault.evidence != nil)
    }

    @Test func keptEntriesThatAreOthersAreEvidence() async throws {
        for (opening, size) in [(300, 301), (300, 335)] {
            let scene = try await Restarted(opening: opening, held: 200) { $0[300] = $0[0] }
            let fault = try #require(throws: LogFault.self) {
                try scene.copy.check(scene.receipt(at: opening, size: size), isNewest: true)
            }
            #expect(fault.kind == .forked && fault.entry == 300)
        }
    }

    /// A restart onto another history of the same log says so by the root that it names.
    @Test func aRestartOntoAnotherHistory() async throws {
        let scene = try await Restarted(opening: 300, held: 200, admitted: 310) { $0[300] = $0[0] }
        guard case .lost(let entry, let restart) = try scene.copy.check(scene.receipt(at: 300), isNewest: true) else {
            Issue.record("it is not lost")
            return
        }
        #expect(entry.seq == 300 && restart.size == 310)
    }

    @Test func withoutTheRestartNothingIsSaid() async throws {
        let scene = try await Restarted(opening: 330)
        let stale = await archiveError {
            let aside = LogCopy(path: scene.folder.file("audit.before-2026-11-21"))
            _ = try aside.check(scene.receipt(at: 330), isNewest: false)
        }
        #expect(stale?.code == .stale)
    }
}

extension LyingLog {
    /// The entry of the opening of an access.
    static func opening(
        of recording: RecordingID,
        _ access: AccessID,
        _ action: String = "access.open",
        state: String = "open",
        decision: LogEntry.Decision = .allow
    ) throws -> Data {
        try LogEntry(
            time: Date(timeIntervalSince1970: 1_790_000_500),
            actor: .hostUser(1),
            action: action,
            object: recording.description,
            label: nil,
            decision: decision,
            details: ["access": access.description, "state": state],
            commitments: [:]
        ).leaf()
    }

    /// What whoever opened the access at `seq` was answered, when the log had `size` entries.
    func receipt(
        of access: AccessID,
        to recording: RecordingID,
        at seq: Int,
        size: Int? = nil
    ) throws -> AccessEvidence {
        let size = size ?? seq + 1
        let proof = try LogProof(
            extra: leaves[seq],
            inclusion: InclusionProof(leafIndex: seq, leaves: hashes.prefix(size)),
            note: SignedNote(parsing: note(size: size))
        )
        let receipt = AccessReceipt(entry: seq, key: signer.verifier.vkey, proof: proof.text)
        return AccessEvidence(receipt, of: access, to: recording)
    }
}
