import Crypto
import Foundation
import TransparencyLog

/// A log in memory that signs whatever it is told to.
struct MadeLog {
    let signer: NoteSigner
    private(set) var leaves: [TreeHash] = []

    init(_ origin: String = "arsip.example/log", key: Curve25519.Signing.PrivateKey = .init()) throws {
        signer = try NoteSigner(name: origin, privateKey: key)
    }

    var verifier: NoteVerifier { signer.verifier }

    /// Adds entries until there are `size`, in which `text` stands.
    mutating func grow(to size: Int, _ text: String = "entry") {
        while leaves.count < size { leaves.append(.leaf(Data("\(text) \(leaves.count)".utf8))) }
    }

    func checkpoint(of size: Int? = nil) throws -> Checkpoint {
        var frontier = TreeFrontier()
        for leaf in leaves.prefix(size ?? leaves.count) { frontier.append(leaf: leaf) }
        return try Checkpoint(origin: signer.name, size: frontier.size, root: frontier.root)
    }

    func note(of size: Int? = nil) throws -> SignedNote { try signer.sign(checkpoint(of: size)) }

    func proof(from old: Int, to size: Int? = nil) throws -> [TreeHash] {
        let part = leaves.prefix(size ?? leaves.count)
        guard old > 0, old < part.count else { return [] }
        return try ConsistencyProof(oldSize: old, leaves: part).hashes
    }

    /// The body of a request, as an honest log sends it.
    func request(old: Int, to size: Int? = nil) throws -> Data {
        let request = try AddCheckpoint(oldSize: old, proof: proof(from: old, to: size), note: note(of: size))
        return Data(request.serialized.utf8)
    }
}

extension SignedNote {
    /// The note with one more signature.
    func adding(_ signature: SignedNote.Signature) throws -> SignedNote {
        try SignedNote(text: text, signatures: signatures + [signature])
    }
}
