import ArchiveCore
import ArchiveTesting
import Auditing
import Crypto
import Foundation
import Testing
import TransparencyLog

/// Every lie of a log is found, named and kept, and the copy stays what it was.
@Suite struct LieTests {
    private static let sizes = [1, 255, 256, 257, 600]

    /// A copy of `size` entries (of nothing for 0), and who signed them.
    private struct Fixture {
        let folder: TemporaryFolder
        let signer: NoteSigner
        let copy: LogCopy
        let clock = ManualClock()

        init(_ size: Int) async throws {
            folder = try TemporaryFolder()
            signer = try LyingLog.signer()
            copy = LogCopy(path: folder.file("copy"), clock: clock)
            if size > 0 { _ = try await copy.sync(from: LyingLog.made(size, by: signer), trusting: signer.verifier) }
        }

        /// Copies from `log`, and checks that it is refused as `kind`, with both sides kept and the copy untouched.
        func refuse(
            _ log: LyingLog,
            as kind: LogFault.Kind,
            entry: Int? = nil,
            _ place: SourceLocation = #_sourceLocation
        ) async throws {
            let before = try copy.head()?.checkpoint
            let (fault, shown) = (await self.fault(log), try await log.checkpoint())
            let found = try #require(fault, sourceLocation: place)
            #expect(found.kind == kind, "\(found)", sourceLocation: place)
            #expect(found.entry == entry, "\(found)", sourceLocation: place)
            #expect(found.error.code == .logMismatch, sourceLocation: place)
            let evidence = try #require(found.evidence, sourceLocation: place)
            #expect(evidence.hasSuffix("-\(kind.rawValue)"), sourceLocation: place)
            let received = try Data(contentsOf: URL(filePath: "\(evidence)/checkpoint-received"))
            #expect(received == shown, sourceLocation: place)
            let report = try Data(contentsOf: URL(filePath: "\(evidence)/report.json"))
            let fields = try #require(JSONSerialization.jsonObject(with: report) as? [String: Any])
            #expect(fields["kind"] as? String == kind.rawValue, sourceLocation: place)
            #expect(fields["entry"] as? Int == entry, sourceLocation: place)
            if before != nil {
                let held = try Data(contentsOf: URL(filePath: "\(evidence)/checkpoint-held"))
                #expect(try held == copy.head()?.note, sourceLocation: place)
                _ = try copy.verify(readingEntries: true)
            }
            #expect(try copy.head()?.checkpoint == before, sourceLocation: place)
        }

        func fault(_ log: LyingLog) async -> LogFault? {
            do {
                _ = try await copy.sync(from: log, trusting: signer.verifier)
                return nil
            } catch {
                return error as? LogFault
            }
        }

        func evidence() throws -> [String] { try LocalFileSystem().names(in: copy.evidenceFolder) }
    }

    @Test(arguments: sizes.dropFirst())
    func rolledBack(size: Int) async throws {
        let fixture = try await Fixture(size)
        try await fixture.refuse(LyingLog.made(size - 1, by: fixture.signer), as: .rolledBack)
        try await fixture.refuse(LyingLog.made(1, by: fixture.signer), as: .rolledBack)
        // It is the same again when it is longer: nothing was lost by the lie.
        _ = try await fixture.copy.sync(from: LyingLog.made(size + 1, by: fixture.signer))
        #expect(try CopyTests.leaves(fixture.copy).count == size + 1)
    }

    @Test(arguments: sizes)
    func forkedAtTheSameSize(size: Int) async throws {
        let fixture = try await Fixture(size)
        var leaves = try LyingLog.leaves(size)
        leaves[size - 1] = try LyingLog.leaves(1, variant: "b", from: size - 1)[0]
        try await fixture.refuse(LyingLog(leaves, signer: fixture.signer), as: .forked)
    }

    @Test(arguments: sizes, [1, 255, 256, 300])
    func forkedAndLonger(size: Int, more: Int) async throws {
        let fixture = try await Fixture(size)
        // Changed where what was fetched before does not show it, and where it does.
        for changed in Set([0, size / 2, size - 1]).sorted() {
            var leaves = try LyingLog.leaves(size + more)
            leaves[changed] = try LyingLog.leaves(1, variant: "b", from: changed)[0]
            try await fixture.refuse(LyingLog(leaves, signer: fixture.signer), as: .forked, entry: changed)
        }
    }

    /// The entries are honest and the checkpoint is of others: the tiles tell.
    @Test func forkedBehindHonestEntries() async throws {
        let fixture = try await Fixture(256)
        var leaves = try LyingLog.leaves(600)
        leaves[7] = try LyingLog.leaves(1, variant: "b", from: 7)[0]
        let log = try LyingLog.made(600, by: fixture.signer)
        let forked = try LyingLog(leaves, signer: fixture.signer).note()
        log.lie { $0.checkpoint = forked }
        // Neither entries nor tiles are those of the checkpoint: no entry can be named.
        try await fixture.refuse(log, as: .forked)
    }

    @Test(arguments: sizes, [0, 1])
    func edited(size: Int, isHeld: Int) async throws {
        let held = isHeld == 0 ? 0 : size - 1
        for changed in Set([held, size - 1]).sorted() {
            let fixture = try await Fixture(held)
            let log = try LyingLog.made(size, by: fixture.signer)
            let other = try LyingLog.leaves(1, variant: "b", from: changed)[0]
            log.lie { $0.edited = [changed: other] }
            try await fixture.refuse(log, as: .edited, entry: changed)
            // Once it tells the truth it is taken, though the lie lies there still.
            log.lie { $0.edited = [:] }
            _ = try await fixture.copy.sync(from: log, trusting: fixture.signer.verifier)
            #expect(try CopyTests.leaves(fixture.copy) == log.leaves)
        }
    }

    /// An entry that is held already comes once more in the bundle that grew.
    @Test func editedWhereItIsKnown() async throws {
        let fixture = try await Fixture(300)
        let log = try LyingLog.made(400, by: fixture.signer)
        let other = try LyingLog.leaves(1, variant: "b", from: 290)[0]
        log.lie { $0.edited = [290: other] }
        try await fixture.refuse(log, as: .edited, entry: 290)
    }

    /// Entries and tiles agree with each other and not with the checkpoint.
    @Test func editedWithItsTiles() async throws {
        for held in [0, 300] {
            let fixture = try await Fixture(held)
            let log = try LyingLog.made(600, by: fixture.signer)
            let other = try LyingLog.leaves(1, variant: "b", from: 500)[0]
            log.lie {
                $0.edited = [500: other]
                $0.editsTiles = true
            }
            try await fixture.refuse(log, as: held == 0 ? .edited : .forked)
        }
    }

    @Test(arguments: sizes)
    func truncated(size: Int) async throws {
        for isAbsent in [false, true] {
            let fixture = try await Fixture(0)
            let log = try LyingLog.made(size, by: fixture.signer)
            log.lie {
                $0.end = size - 1
                $0.isAbsent = isAbsent
            }
            // Whole bundles that are absent are named by their first entry.
            let first = (size - 1) / Tile.fullWidth * Tile.fullWidth
            let isEmpty = first == size - 1
            try await fixture.refuse(log, as: .truncated, entry: isAbsent || isEmpty ? first : size - 1)
        }
    }

    @Test func bundlesThatAreNone() async throws {
        let fixture = try await Fixture(0)
        let log = try LyingLog.made(257, by: fixture.signer)
        log.lie { $0.bundles = [0: Data([0])] }
        try await fixture.refuse(log, as: .truncated, entry: 0)
        log.lie { $0.bundles = [0: Data([0, 9, 1])] }
        try await fixture.refuse(log, as: .truncated, entry: 0)
        let more = try EntryBundle.encode(LyingLog.leaves(257))
        log.lie { $0.bundles = [0: more] }
        try await fixture.refuse(log, as: .edited, entry: 256)
        let swapped = try EntryBundle.encode(LyingLog.leaves(255) + [Data()])
        log.lie { $0.bundles = [0: swapped] }
        try await fixture.refuse(log, as: .edited, entry: 255)
    }

    @Test func notSigned() async throws {
        let fixture = try await Fixture(5)
        let log = try LyingLog.made(9, by: fixture.signer)
        let honest = try #require(String(data: try log.note(), encoding: .utf8))
        let stranger = try log.note(by: LyingLog.signer())
        let other = try LyingLog.made(8, by: fixture.signer).note()
        // The signature of another size under this text.
        let text = honest.prefix(upTo: try #require(honest.range(of: "\n\n")).upperBound)
        let lines = String(decoding: other, as: UTF8.self).split(separator: "\n").last ?? ""
        for note in [
            stranger, Data(), Data("nothing".utf8), Data(honest.dropLast(2).utf8), Data([0xFF, 0x0A]),
            Data("\(text)\(lines)\n".utf8), Data(honest.replacing("\n9\n", with: "\n10\n").utf8),
        ] {
            log.lie { $0.checkpoint = note }
            try await fixture.refuse(log, as: .unsigned)
        }
    }

    @Test func ofAnotherOrigin() async throws {
        let fixture = try await Fixture(5)
        let other = try LyingLog.signer("arsip.example/other")
        try await fixture.refuse(LyingLog.made(9, by: other), as: .otherOrigin)
    }

    @Test func evidenceIsKeptOnceAndNeverOverwritten() async throws {
        let fixture = try await Fixture(5)
        let log = try LyingLog.made(4, by: fixture.signer)
        let note = try log.note()
        log.lie { $0.checkpoint = note }
        let first = try #require(await fixture.fault(log)?.evidence)
        let kept = try everyFile(below: first)
        fixture.clock.advance(by: 3600)
        #expect(await fixture.fault(log)?.evidence == first)
        // Another lie of the same moment has a folder of its own.
        let shorter = try LyingLog.made(3, by: fixture.signer).note()
        log.lie { $0.checkpoint = shorter }
        let second = try #require(await fixture.fault(log)?.evidence)
        let shortest = try LyingLog.made(2, by: fixture.signer).note()
        log.lie { $0.checkpoint = shortest }
        let third = try #require(await fixture.fault(log)?.evidence)
        #expect(Set([first, second, third]).count == 3)
        #expect(try fixture.evidence().count == 3)
        #expect(try everyFile(below: first) == kept)
    }

    @Test(arguments: ["tile/entries/000", "tile/entries/001.p/44", "checkpoint", "vkey"])
    func damageOfTheCopyItself(file: String) async throws {
        let fixture = try await Fixture(300)
        let path = "\(fixture.copy.path)/\(file)"
        var bytes = try Data(contentsOf: URL(filePath: path))
        // The last letter of a leaf, of a signature and of a key.
        bytes[bytes.count - 4] ^= 1
        try LocalFileSystem().replace(path, with: bytes, label: "test")
        let found = await archiveError { _ = try fixture.copy.verify() }
        #expect(found?.code == .logMismatch)
        try LocalFileSystem().remove(path, label: "test")
        let missing = await archiveError { _ = try fixture.copy.verify() }
        #expect(missing?.code == (["checkpoint", "vkey"].contains(file) ? .notFound : .logMismatch))
    }

    @Test func comparesWithCheckpointsFromElsewhere() async throws {
        let fixture = try await Fixture(300)
        let signer = fixture.signer
        for size in [1, 256, 299, 300] {
            let note = try LyingLog.made(size, by: signer).note()
            #expect(try fixture.copy.compare(with: note).size == size)
        }
        let longer = try LyingLog.made(301, by: signer).note()
        let stale = await archiveError { _ = try fixture.copy.compare(with: longer) }
        #expect(stale?.code == .stale)
        #expect(throws: LogFault.self) { try fixture.copy.compare(withNewest: longer) }
        var leaves = try LyingLog.leaves(299)
        leaves[3] = try LyingLog.leaves(1, variant: "b", from: 3)[0]
        let forked = try LyingLog(leaves, signer: signer).note()
        #expect(throws: LogFault.self) { try fixture.copy.compare(with: forked) }
        let foreign = try LyingLog.made(5, by: LyingLog.signer()).note()
        #expect(throws: LogFault.self) { try fixture.copy.compare(with: foreign) }
        let kinds = try fixture.evidence().compactMap { name in
            LogFault.Kind.allCases.first { name.hasSuffix("-\($0.rawValue)") }
        }
        #expect(Set(kinds) == [.rolledBack, .forked, .unsigned])
    }
}
