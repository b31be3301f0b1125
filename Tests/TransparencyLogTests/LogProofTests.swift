import Crypto
import Foundation
import Testing
import TransparencyLog

@Suite struct `Proofs to be carried about` {
    private let signer: NoteSigner
    private let leaves = ReferenceTree.leaves(300)

    init() throws {
        signer = try NoteSigner(name: "archive.example/log", privateKey: Curve25519.Signing.PrivateKey())
    }

    private func proof(_ index: Int, extra: Data? = nil) throws -> LogProof {
        let root = ReferenceTree.root(leaves[...])
        let note = try signer.sign(Checkpoint(origin: signer.name, size: leaves.count, root: root))
        return try LogProof(extra: extra, inclusion: InclusionProof(leafIndex: index, leaves: leaves), note: note)
    }

    @Test(arguments: [0, 255, 256, 299]) func `are read as they were written`(_ index: Int) throws {
        let leaf = Data("leaf \(index)".utf8)
        let written = try proof(index, extra: leaf)
        let read = try LogProof(parsing: written.text)
        #expect(read.text == written.text && read.extra == leaf && read.inclusion == written.inclusion)
        #expect(try read.verify(leaf: .leaf(leaf), by: signer.verifier).size == 300)
        #expect(throws: LogError.self) { try read.verify(leaf: .leaf(Data("leaf".utf8)), by: signer.verifier) }
    }

    @Test func `need no extra line, and no hash in a tree of one leaf`() throws {
        let one = [TreeHash.leaf(Data("only".utf8))]
        let note = try signer.sign(Checkpoint(origin: signer.name, size: 1, root: one[0]))
        let text = try LogProof(extra: nil, inclusion: InclusionProof(leafIndex: 0, leaves: one), note: note).text
        #expect(text.hasPrefix("c2sp.org/tlog-proof@v1\nindex 0\n\narchive.example/log\n1\n"))
        try LogProof(parsing: text).verify(leaf: one[0], by: signer.verifier)
    }

    @Test func `by another key, or for another tree, are refused`() throws {
        let proof = try proof(7)
        let other = try NoteSigner(name: signer.name, privateKey: Curve25519.Signing.PrivateKey())
        #expect(throws: LogError.self) { try proof.verify(leaf: leaves[7], by: other.verifier) }
        #expect(throws: LogError.self) {
            try LogProof(
                extra: nil,
                inclusion: InclusionProof(leafIndex: 7, leaves: leaves.dropLast()),
                note: proof.note
            )
        }
    }

    /// Nothing but the signature lines may be changed without being found, except that extra says what it likes.
    @Test func `that were changed anywhere do not verify`() throws {
        let index = 41
        let text = try proof(index).text
        let bytes = Array(text.utf8)
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 0x01
            guard let string = String(validating: changed, as: UTF8.self) else { continue }
            #expect(throws: LogError.self, "byte \(place)") {
                try LogProof(parsing: string).verify(leaf: leaves[index], by: signer.verifier)
            }
        }
        for length in 0..<text.utf8.count {
            let cut = String(decoding: bytes.prefix(length), as: UTF8.self)
            #expect(throws: LogError.self) { try LogProof(parsing: cut) }
        }
    }

    @Test(arguments: [
        "", "\n\n", "c2sp.org/tlog-proof@v2\nindex 0\n\n", "c2sp.org/tlog-proof@v1\n\n",
        "c2sp.org/tlog-proof@v1\nindex 00\n\n", "c2sp.org/tlog-proof@v1\nindex -1\n\n",
        "c2sp.org/tlog-proof@v1\nindex +1\n\n", "c2sp.org/tlog-proof@v1\nindex 1\nextra AA==\n\n",
        "c2sp.org/tlog-proof@v1\nextra !\nindex 1\n\n", "c2sp.org/tlog-proof@v1\nindex 1\nAA==\n\n",
        "c2sp.org/tlog-proof@v1\nindex 1\n\nno note",
    ])
    func `that break the format are refused`(_ text: String) {
        #expect(throws: LogError.self) { try LogProof(parsing: text) }
    }
}
