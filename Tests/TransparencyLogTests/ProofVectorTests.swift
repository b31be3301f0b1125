import Foundation
import TestSupport
import Testing
import TransparencyLog

/// The published proofs, each with the verdict that it must get.
@Suite struct ProofVectorTests {
    private struct Inclusion: Decodable {
        let leafIdx: UInt64
        let treeSize: UInt64
        let root: Data?
        let leafHash: Data?
        let proof: [Data]?
        let wantErr: Bool
    }

    private struct Consistency: Decodable {
        let size1: UInt64
        let size2: UInt64
        let root1: Data?
        let root2: Data?
        let proof: [Data]?
        let wantErr: Bool
    }

    private struct Verdicts: Equatable {
        var accepted = 0
        var refused = 0
    }

    private func vectors<Vector: Decodable>(_ kind: String, as _: Vector.Type) throws -> [(String, Vector)]? {
        guard let folder = SharedData.folder("vectors/tlog/proofs/\(kind)") else { return nil }
        let walk = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        let files = walk.compactMap { $0 as? URL }.filter { $0.pathExtension == "json" }
        return try files.map { ($0.path, try JSONDecoder().decode(Vector.self, from: Data(contentsOf: $0))) }
    }

    /// One consistency vector that must be accepted has short texts for roots, which a verifier that only compares
    /// would take. A `TreeHash` is 32 bytes by type; what is not becomes its own hash, so that equal stays equal
    /// and different different, and the refusal of the others is the verifier's and not the type's.
    private func opaqueRoot(_ bytes: Data?) throws -> TreeHash {
        let bytes = bytes ?? Data()
        return bytes.count == TreeHash.byteCount ? try TreeHash(bytes: bytes) : .leaf(bytes)
    }

    private func hashes(_ proof: [Data]?) throws -> [TreeHash] {
        try (proof ?? []).map { try TreeHash(bytes: $0) }
    }

    private func judge(
        _ file: String,
        refuse: Bool,
        into verdicts: inout Verdicts,
        _ verify: () throws -> Void
    ) {
        do {
            try verify()
            verdicts.accepted += 1
            #expect(!refuse, "accepted: \(file)")
        } catch {
            verdicts.refused += 1
            #expect(refuse, "refused: \(file): \(error)")
            #expect(error is LogError)
        }
    }

    @Test func `98 inclusion proofs get their verdict`() throws {
        guard let vectors = try vectors("inclusion", as: Inclusion.self) else { return }
        var verdicts = Verdicts()
        for (file, vector) in vectors {
            judge(file, refuse: vector.wantErr, into: &verdicts) {
                try InclusionProof(
                    // Numbers above Int's become negative, which is no index either.
                    leafIndex: Int(truncatingIfNeeded: vector.leafIdx),
                    treeSize: Int(truncatingIfNeeded: vector.treeSize),
                    hashes: hashes(vector.proof)
                ).verify(
                    leaf: TreeHash(bytes: vector.leafHash ?? Data()),
                    root: TreeHash(bytes: vector.root ?? Data())
                )
            }
        }
        #expect(verdicts == Verdicts(accepted: 6, refused: 92))
    }

    @Test func `98 consistency proofs get their verdict`() throws {
        guard let vectors = try vectors("consistency", as: Consistency.self) else { return }
        var verdicts = Verdicts()
        for (file, vector) in vectors {
            judge(file, refuse: vector.wantErr, into: &verdicts) {
                try ConsistencyProof(
                    oldSize: Int(truncatingIfNeeded: vector.size1),
                    newSize: Int(truncatingIfNeeded: vector.size2),
                    hashes: hashes(vector.proof)
                ).verify(oldRoot: opaqueRoot(vector.root1), newRoot: opaqueRoot(vector.root2))
            }
        }
        #expect(verdicts == Verdicts(accepted: 6, refused: 92))
    }
}
