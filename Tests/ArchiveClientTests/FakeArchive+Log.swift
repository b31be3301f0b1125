import ArchiveCore
import ArchiveInterface
import Crypto
import Foundation
import NIOHTTP1
import TransparencyLog

extension FakeArchive {
    func audit(_ request: TestRequest, _ state: State) throws -> TestReply {
        let path = request.path.trimmingPrefix("/v1/audit/")
        let log = try FakeLog.shared.get()
        switch path {
        case "checkpoint": return TestReply(status: .ok, body: Array(log.note.utf8))
        case "verification":
            let whole = state.faults.logIsWhole
            return try json(
                LogVerification(
                    whole: whole,
                    size: log.leaves.count,
                    root: log.root.description,
                    firstBad: whole ? nil : 3,
                    reason: whole ? nil : "leaf and columns differ",
                    erased: 0
                )
            )
        case "origins":
            let key = log.verifier
            return try json(
                LogOriginList(origins: [
                    LogOrigin(
                        origin: key.name,
                        verificationKey: key.vkey,
                        begins: 0,
                        checkpoint: nil,
                        superseded: nil,
                        lost: false
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
        case "tile/entries/000.p/\(log.leaves.count)":
            return TestReply(status: .ok, body: Array(try EntryBundle.encode(log.leaves)))
        default: throw ArchiveError.notFound
        }
    }
}

/// The log of every fake archive: five entries of the service.
struct FakeLog {
    let leaves: [Data]
    let root: TreeHash
    let verifier: NoteVerifier
    let note: String
    private let signer: NoteSigner

    /// Made once; whoever asks is told where it could not be made.
    static let shared = Result { try FakeLog() }

    private init() throws {
        leaves = try (0..<5).map { seq in
            try LogEntry(
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
        let tree = leaves.reduce(into: TreeFrontier()) { $0.append(leafBytes: $1) }
        signer = try NoteSigner(name: "archive.example/log", privateKey: Curve25519.Signing.PrivateKey())
        root = tree.root
        verifier = signer.verifier
        note = try signer.sign(Checkpoint(origin: signer.name, size: tree.size, root: tree.root)).serialized
    }

    /// What an opening is answered with: its entry as the last of this log.
    func receipt(of access: AccessID, to recording: RecordingID) throws -> AccessReceipt {
        let leaf = try LogEntry(
            time: Date(timeIntervalSince1970: 1_800_000_010),
            actor: .service,
            action: "access.open",
            object: recording.description,
            label: nil,
            decision: .allow,
            details: ["access": access.description, "state": "open"],
            commitments: [:]
        ).leaf()
        let hashes = (leaves + [leaf]).map { TreeHash.leaf($0) }
        let inclusion = try InclusionProof(leafIndex: leaves.count, leaves: hashes)
        let tree = hashes.reduce(into: TreeFrontier()) { $0.append(leaf: $1) }
        let note = try signer.sign(Checkpoint(origin: signer.name, size: tree.size, root: tree.root))
        let proof = try LogProof(extra: leaf, inclusion: inclusion, note: note)
        return AccessReceipt(entry: leaves.count, key: verifier.vkey, proof: proof.text)
    }
}
