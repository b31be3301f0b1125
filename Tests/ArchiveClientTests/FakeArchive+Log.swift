import ArchiveCore
import ArchiveInterface
import Crypto
import Foundation
import NIOHTTP1
import TransparencyLog

extension FakeArchive {
    func audit(_ request: TestRequest, _ state: State) throws -> TestReply {
        let path = request.path.trimmingPrefix("/v1/audit/")
        switch path {
        case "checkpoint": return TestReply(status: .ok, body: Array(FakeLog.note.utf8))
        case "verification":
            let whole = state.faults.logIsWhole
            return try json(
                LogVerification(
                    whole: whole,
                    size: FakeLog.leaves.count,
                    root: FakeLog.tree.root.description,
                    firstBad: whole ? nil : 3,
                    reason: whole ? nil : "leaf and columns differ",
                    erased: 0
                )
            )
        case "origins":
            let key = FakeLog.signer.verifier
            return try json(
                LogOriginList(origins: [
                    LogOrigin(
                        origin: key.name,
                        verificationKey: key.vkey,
                        begins: 0,
                        checkpoint: nil,
                        superseded: nil
                    )
                ])
            )
        case "directory":
            return try json(
                AuditDirectory(
                    archive: "archive.example",
                    timezone: "Asia/Jakarta",
                    office: nil,
                    levels: [],
                    units: [],
                    principals: []
                )
            )
        case "texts": return try json(EntryTexts(texts: []))
        case "tile/entries/000.p/\(FakeLog.leaves.count)":
            return TestReply(status: .ok, body: Array(try EntryBundle.encode(FakeLog.leaves)))
        default: throw ArchiveError.notFound
        }
    }
}

/// The log of every fake archive: five entries of the service.
enum FakeLog {
    static let leaves: [Data] = (0..<5).compactMap { seq in
        try? LogEntry(
            time: Date(timeIntervalSince1970: 1_800_000_000 + Double(seq)),
            actor: .service,
            action: "open",
            object: nil,
            label: nil,
            decision: .allow,
            details: [:],
            commitments: [:]
        ).leaf()
    }

    static let tree = leaves.reduce(into: TreeFrontier()) { $0.append(leafBytes: $1) }

    static let signer: NoteSigner = {
        do {
            return try NoteSigner(name: "archive.example/log", privateKey: Curve25519.Signing.PrivateKey())
        } catch {
            preconditionFailure("the name of a fake log is refused: \(error)")
        }
    }()

    static let note: String = {
        do {
            return try signer.sign(Checkpoint(origin: signer.name, size: tree.size, root: tree.root)).serialized
        } catch {
            preconditionFailure("a fake log cannot be signed: \(error)")
        }
    }()
}
