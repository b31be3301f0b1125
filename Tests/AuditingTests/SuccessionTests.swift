import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Auditing
import Foundation
import Testing
import TransparencyLog

/// A log that goes on under another origin is told from one that lies.
@Suite struct SuccessionTests {
    private struct Fixture {
        let folder: TemporaryFolder
        let (old, new): (NoteSigner, NoteSigner)
        let copy: LogCopy
        /// The log that went on from ``kept`` entries of the old one.
        let log: LyingLog
        let kept: Int

        init(held: Int = 300, kept: Int = 270, changing changed: Int? = nil) async throws {
            folder = try TemporaryFolder()
            (old, new) = (try LyingLog.signer("arsip.example/old"), try LyingLog.signer("arsip.example/new"))
            copy = LogCopy(path: folder.file("audit"), clock: ManualClock())
            self.kept = kept
            _ = try await copy.sync(from: LyingLog.made(held, by: old), trusting: old.verifier)
            var leaves = try LyingLog.leaves(kept) + LyingLog.leaves(330, variant: "b", from: kept)
            if let changed { leaves[changed] = try LyingLog.leaves(1, variant: "c", from: changed)[0] }
            log = LyingLog(leaves, signer: new)
        }

        /// What the archive says of its origins.
        func origins(signedBy old: NoteSigner?, first size: Int? = nil) throws -> [LogOrigin] {
            let note = try SignedNote(parsing: try log.note(size: size ?? kept + 1))
            let both = try SignedNote(
                text: note.text,
                signatures: note.signatures + (try old.map { try $0.sign(note.text).signatures } ?? [])
            )
            return [
                LogOrigin(
                    origin: self.old.name,
                    verificationKey: self.old.verifier.vkey,
                    begins: 0,
                    checkpoint: nil,
                    superseded: nil
                ),
                LogOrigin(
                    origin: new.name,
                    verificationKey: new.verifier.vkey,
                    begins: kept,
                    checkpoint: both.serialized,
                    superseded: nil
                ),
            ]
        }

        func succession(_ origins: [LogOrigin]) throws -> LogSuccession {
            try LogSuccession(from: copy.requiredHead(), origins)
        }
    }

    @Test func saysWhatIsLostAndWhoSigned() async throws {
        let fixture = try await Fixture()
        let vouched = try fixture.succession(fixture.origins(signedBy: fixture.old))
        #expect(vouched.isVouchedFor && vouched.newKey == fixture.new.verifier)
        #expect(vouched.missing == 270..<300 && vouched.common == 270)
        for stranger in [nil, try LyingLog.signer()] {
            let other = try fixture.succession(fixture.origins(signedBy: stranger))
            #expect(!other.isVouchedFor)
        }
        let longer = try await Fixture(held: 100, kept: 270)
        let nothing = try longer.succession(longer.origins(signedBy: longer.old))
        #expect(nothing.missing.isEmpty && nothing.common == 100)
    }

    @Test func goesOnAndKeepsTheOldCopyWhole() async throws {
        let fixture = try await Fixture()
        func contents(_ copy: LogCopy) throws -> [String: Data] {
            let files = try everyFile(below: copy.path).map { (String($0.key.dropFirst(copy.path.count)), $0.value) }
            return Dictionary(uniqueKeysWithValues: files)
        }
        let before = try contents(fixture.copy)
        let succession = try fixture.succession(fixture.origins(signedBy: fixture.old))
        _ = try await fixture.copy.successor.sync(from: fixture.log, trusting: succession.newKey)
        try fixture.copy.require(fixture.copy.successor, toBeginAs: succession)
        let aside = try await fixture.copy.giveWay()
        #expect(try fixture.copy.requiredHead().key == fixture.new.verifier)
        #expect(try CopyTests.leaves(fixture.copy) == fixture.log.leaves)
        #expect(try aside.requiredHead().key == fixture.old.verifier)
        #expect(try contents(aside) == before)
        #expect(try CopyTests.leaves(aside).count == 300)
        #expect(try fixture.copy.allOrigins().map(\.path) == [aside.path, fixture.copy.path])
    }

    /// The power goes between the two renames.
    @Test func aCrashWhileItGivesWay() async throws {
        let fixture = try await Fixture()
        let files = FaultyFileSystem(failing: "copy.succeed")
        let copy = LogCopy(path: fixture.copy.path, files: files)
        _ = try await copy.successor.sync(from: fixture.log, trusting: fixture.new.verifier)
        let error = await archiveError { _ = try await copy.giveWay() }
        #expect(error?.code == .inputOutput)
        #expect(try copy.head() == nil)
        try copy.finishGivingWay()
        try copy.finishGivingWay()
        #expect(try copy.requiredHead().key == fixture.new.verifier)
        #expect(try copy.allOrigins().count == 2)
    }

    @Test func aCommonPartThatIsAnotherIsNamed() async throws {
        let fixture = try await Fixture(changing: 260)
        let succession = try fixture.succession(fixture.origins(signedBy: fixture.old))
        _ = try await fixture.copy.successor.sync(from: fixture.log, trusting: succession.newKey)
        let fault = try #require(throws: LogFault.self) {
            try fixture.copy.require(fixture.copy.successor, toBeginAs: succession)
        }
        #expect(fault.kind == .forked && fault.entry == 260 && fault.evidence != nil)
        // The old copy stays the one that counts.
        #expect(try fixture.copy.requiredHead().key == fixture.old.verifier)
    }

    /// The first checkpoint of the origin was signed for other entries than the log has there now.
    @Test func anotherBeginningThanWasSigned() async throws {
        let fixture = try await Fixture()
        let other = try await Fixture()
        var origins = try fixture.origins(signedBy: nil)
        var leaves = fixture.log.leaves
        leaves[fixture.kept] = other.log.leaves[0]
        let note = try LyingLog(leaves, signer: fixture.new).note(size: fixture.kept + 1)
        origins[1].checkpoint = String(decoding: note, as: UTF8.self)
        let succession = try fixture.succession(origins)
        _ = try await fixture.copy.successor.sync(from: fixture.log, trusting: succession.newKey)
        #expect(throws: LogFault.self) {
            try fixture.copy.require(fixture.copy.successor, toBeginAs: succession)
        }
    }

    @Test func originsThatDoNotExplainAnything() async throws {
        let fixture = try await Fixture()
        let honest = try fixture.origins(signedBy: fixture.old)
        #expect(throws: LogFault.self) { try fixture.succession([]) }
        #expect(throws: LogFault.self) { try fixture.succession([honest[1]]) }
        #expect(throws: LogFault.self) { try fixture.succession([honest[0]]) }
        #expect(throws: LogFault.self) { try fixture.succession(honest.reversed()) }
        for change in [
            { $0.checkpoint = nil }, { $0.checkpoint = "x" }, { $0.begins = 271 }, { $0.begins = -1 },
            { $0.verificationKey = honest[0].verificationKey }, { $0.verificationKey = "x" },
        ] as [(inout LogOrigin) -> Void] {
            var origins = honest
            change(&origins[1])
            #expect(throws: LogFault.self) { try fixture.succession(origins) }
        }
    }
}
