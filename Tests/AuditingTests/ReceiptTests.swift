import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Auditing
import Foundation
import Testing
import TransparencyLog

/// A receipt fits the log that gave it, and no other.
@Suite struct ReceiptTests {
    private static let opening = 300

    private static func entry(
        _ action: String,
        _ recording: RecordingID,
        _ access: AccessID,
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

    private struct Fixture {
        let folder: TemporaryFolder
        let signer: NoteSigner
        let copy: LogCopy
        let log: LyingLog
        let receipt: AccessEvidence
        let recording = RecordingID()
        let access = AccessID()

        /// A copy of a log of 600 entries, one of which opened an access, which got the receipt at once.
        init(_ action: String = "access.open", state: String = "open", decision: LogEntry.Decision = .allow)
            async throws
        {
            folder = try TemporaryFolder()
            signer = try LyingLog.signer()
            var leaves = try LyingLog.leaves(600)
            leaves[ReceiptTests.opening] = try ReceiptTests.entry(
                action,
                recording,
                access,
                state: state,
                decision: decision
            )
            log = LyingLog(leaves, signer: signer)
            copy = LogCopy(path: folder.file("copy"))
            _ = try await copy.sync(from: log, trusting: signer.verifier)
            let note = String(decoding: try log.note(size: ReceiptTests.opening + 1), as: UTF8.self)
            receipt = AccessEvidence(
                AccessReceipt(entry: ReceiptTests.opening, checkpoint: note),
                of: access,
                to: recording
            )
        }

        func refuse(_ receipt: AccessEvidence, as kind: LogFault.Kind) throws {
            let fault = try #require(throws: LogFault.self) { try copy.check(receipt, isNewest: true) }
            #expect(fault.kind == kind, "\(fault)")
            let folder = try #require(fault.evidence)
            #expect(try LocalFileSystem().length("\(folder)/checkpoint-received") != nil)
        }
    }

    @Test(arguments: ["access.open", "access.approve"])
    func fits(action: String) async throws {
        let fixture = try await Fixture(action)
        let found = try fixture.copy.check(fixture.receipt, isNewest: false)
        #expect(found.seq == Self.opening && found.entry.action == action)
    }

    @Test(arguments: [
        ("access.close", "open", LogEntry.Decision.allow), ("access.approve", "pending", .allow),
        ("access.open", "open", .refuse), ("access.ask", "pending", .allow),
    ])
    func anEntryThatOpenedNothingIsNone(action: String, state: String, decision: LogEntry.Decision) async throws {
        let fixture = try await Fixture(action, state: state, decision: decision)
        try fixture.refuse(fixture.receipt, as: .receipt)
    }

    @Test func everyOtherReceiptIsRefused() async throws {
        let fixture = try await Fixture()
        var other = fixture.receipt
        other.access = AccessID()
        try fixture.refuse(other, as: .receipt)
        other = fixture.receipt
        other.recording = RecordingID()
        try fixture.refuse(other, as: .receipt)
        for entry in [Self.opening - 1, Self.opening + 1, -1, 600, .max] {
            other = fixture.receipt
            other.entry = entry
            try fixture.refuse(other, as: .receipt)
        }
        // Of a history that never was: another entry in its place, or none.
        other = fixture.receipt
        var leaves = fixture.log.leaves
        leaves[Self.opening] = try Self.entry("access.close", fixture.recording, fixture.access)
        other.checkpoint = String(
            decoding: try LyingLog(leaves, signer: fixture.signer).note(size: Self.opening + 1),
            as: UTF8.self
        )
        try fixture.refuse(other, as: .forked)
        other.checkpoint = String(decoding: try fixture.log.note(by: LyingLog.signer()), as: UTF8.self)
        try fixture.refuse(other, as: .unsigned)
        other.checkpoint = "nothing"
        try fixture.refuse(other, as: .unsigned)
    }

    /// The archive gave a receipt and was put back to before it.
    @Test func aReceiptOfMoreThanTheArchiveShows() async throws {
        let fixture = try await Fixture()
        let longer = LyingLog(fixture.log.leaves + (try LyingLog.leaves(5, from: 600)), signer: fixture.signer)
        var receipt = fixture.receipt
        receipt.checkpoint = String(decoding: try longer.note(), as: UTF8.self)
        try fixture.refuse(receipt, as: .rolledBack)
        let stale = await archiveError { _ = try fixture.copy.check(receipt, isNewest: false) }
        #expect(stale?.code == .stale)
    }
}
