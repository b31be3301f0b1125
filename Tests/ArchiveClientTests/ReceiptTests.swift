import ArchiveClient
import ArchiveCore
import ArchiveInterface
import ArchiveTesting
import Auditing
import Crypto
import Foundation
import Testing
import TransparencyLog

/// Whoever opens a recording checks the receipt at once, and keeps it whatever it shows.
@Suite struct ReceiptTests {
    /// A log that opens accesses.
    private struct Log {
        let signer: NoteSigner
        let recording = RecordingID()

        init(_ origin: String = "arsip.example/log") throws {
            signer = try NoteSigner(name: origin, privateKey: .init())
        }

        /// The receipt of the opening of `access` at `seq`, in a log of two entries more.
        func receipt(_ access: AccessID, at seq: Int = 5, by other: NoteSigner? = nil) throws -> AccessReceipt {
            let leaf = try LogEntry(
                time: Date(timeIntervalSince1970: 1_790_000_500),
                actor: .hostUser(1),
                action: "access.open",
                object: recording.description,
                label: nil,
                decision: .allow,
                details: ["access": access.description, "state": "open"],
                commitments: [:]
            ).leaf()
            var leaves = (0..<seq + 3).map { TreeHash.leaf(Data("entry \($0)".utf8)) }
            leaves[seq] = .leaf(leaf)
            var tree = TreeFrontier()
            for hash in leaves { tree.append(leaf: hash) }
            let signer = other ?? signer
            let note = try signer.sign(Checkpoint(origin: signer.name, size: tree.size, root: tree.root))
            let proof = try LogProof(
                extra: leaf,
                inclusion: InclusionProof(leafIndex: seq, leaves: leaves),
                note: note
            )
            return AccessReceipt(entry: seq, key: signer.verifier.vkey, proof: proof.text)
        }
    }

    private let folder: TemporaryFolder
    private let home: ClientHome

    init() throws {
        folder = try TemporaryFolder()
        home = ClientHome(path: folder.path)
    }

    private func names() throws -> [String] { try LocalFileSystem().names(in: home.receiptsFolder) }

    @Test func theFirstKeyCountsFromThenOn() throws {
        let log = try Log()
        let access = AccessID()
        let first = try home.take(log.receipt(access), of: access, to: log.recording)
        #expect(first.trouble == nil && first.newOrigin == nil)
        #expect(try names() == ["\(access).json", "keys"].sorted())
        let path = try #require(first.path)
        let kept = try CanonicalJSON.decode(AccessEvidence.self, from: Data(contentsOf: URL(filePath: path)))
        #expect(try kept.verified(by: [log.signer.verifier]).entry.seq == 5)
        #expect(try LocalFileSystem().mode(path) == 0o600)
        // The same access again, with a newer checkpoint or the same: what is there stays.
        let again = try home.take(log.receipt(access), of: access, to: log.recording)
        #expect(again.trouble == nil && again.path == path)
        // Another key under this name is no other origin.
        let forger = try NoteSigner(name: log.signer.name, privateKey: .init())
        let other = AccessID()
        let forged = try home.take(log.receipt(other, by: forger), of: other, to: log.recording)
        #expect(forged.trouble?.code == .logMismatch)
        let refused = try #require(forged.path)
        #expect(refused.contains("/\(other).refused-"))
    }

    @Test func anotherOriginIsTakenAndSaid() throws {
        let (old, new) = (try Log("arsip.example/old"), try Log("arsip.example/new"))
        let accesses = [AccessID(), AccessID(), AccessID()]
        #expect(try home.take(old.receipt(accesses[0]), of: accesses[0], to: old.recording).newOrigin == nil)
        let said = try home.take(new.receipt(accesses[1]), of: accesses[1], to: new.recording)
        #expect(said.newOrigin == new.signer.name && said.trouble == nil)
        let later = try home.take(new.receipt(accesses[2]), of: accesses[2], to: new.recording)
        #expect(later.newOrigin == nil && later.trouble == nil)
        #expect(try names().count == 4)
    }

    /// A key that came on paper counts before any that comes from the archive.
    @Test func theKeyOnPaperCountsFirst() throws {
        let log = try Log()
        let forger = try NoteSigner(name: log.signer.name, privateKey: .init())
        try Data("\(log.signer.verifier.vkey)\n".utf8).write(to: URL(filePath: home.logKeyFile))
        let access = AccessID()
        let forged = try home.take(log.receipt(access, by: forger), of: access, to: log.recording)
        #expect(forged.trouble?.code == .logMismatch)
        #expect(try home.take(log.receipt(access), of: access, to: log.recording).trouble == nil)
    }

    @Test func whatShowsNothingIsKeptApart() throws {
        let log = try Log()
        let access = AccessID()
        let none = try home.take(nil, of: access, to: log.recording)
        #expect(none.trouble?.code == .logMismatch && none.path == nil)
        var wrong = try log.receipt(access)
        wrong.entry += 1
        let other = AccessID()
        for (receipt, of) in [(wrong, access), (try log.receipt(other), access)] {
            let taken = try home.take(receipt, of: of, to: log.recording)
            #expect(taken.trouble?.code == .logMismatch)
            let path = try #require(taken.path)
            #expect(taken.trouble?.hint?.contains(path) == true)
        }
        // No key was believed because of them.
        #expect(try names().allSatisfy { $0.hasPrefix("\(access).refused-") && $0.hasSuffix(".json") })
        #expect(try names().count == 2)
        // And the true one still has its place; another entry for the same access has not.
        #expect(try home.take(log.receipt(access), of: access, to: log.recording).trouble == nil)
        let twice = try home.take(log.receipt(access, at: 6), of: access, to: log.recording)
        #expect(twice.trouble?.message.contains("entry 6") == true)
        #expect(try names().count == 5)
    }
}
