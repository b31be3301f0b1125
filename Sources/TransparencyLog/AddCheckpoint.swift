public import Foundation

/// What a log asks a witness to cosign: the body of `POST …/add-checkpoint` (C2SP tlog-witness).
public struct AddCheckpoint: Sendable {
    /// The most hashes in a proof.
    public static let maximumProofCount = 63
    /// The longest body, in bytes. The proof takes at most 3 kB; the rest is for the checkpoint.
    public static let maximumByteCount = 64 << 10
    /// The media type of a body that says which size the witness knows.
    public static let sizeMediaType = "text/x.tlog.size"

    /// The size of the newest checkpoint that the witness cosigned, as the log believes.
    public let oldSize: Int
    /// The consistency proof from ``oldSize``, from the bottom up; empty where that is zero.
    public let proof: [TreeHash]
    /// The checkpoint with its signatures; nothing of it is verified yet.
    public let note: SignedNote

    /// A request put together.
    ///
    /// - Throws: ``LogError/Code/treeSize`` where `oldSize` is negative; ``LogError/Code/proofLength`` where there are
    ///   more hashes than the specification allows.
    public init(oldSize: Int, proof: [TreeHash], note: SignedNote) throws(LogError) {
        guard oldSize >= 0 else { throw LogError(.treeSize, "a tree cannot have \(oldSize) leaves") }
        guard proof.count <= Self.maximumProofCount else { throw Self.tooManyHashes(offset: nil) }
        self.oldSize = oldSize
        self.proof = proof
        self.note = note
    }

    /// Reads a body.
    ///
    /// - Throws: ``LogError/Code/malformedRequest``, ``LogError/Code/proofLength``, ``LogError/Code/tooLarge`` and what
    ///   reading a note throws, with the byte of the body where it was seen.
    public init(parsing body: Data) throws(LogError) {
        guard body.count <= Self.maximumByteCount else {
            throw LogError(.tooLarge, "the body has \(body.count) bytes, at most \(Self.maximumByteCount) are accepted")
        }
        let bytes = Array(body)
        var start = 0
        let first = try Self.line(of: bytes, from: &start)
        guard first.starts(with: Self.oldPrefix), let oldSize = DecimalSize.read(first.dropFirst(Self.oldPrefix.count))
        else {
            throw LogError(.malformedRequest, "line 1 is not old and a size without leading zeroes", offset: 0)
        }
        var proof: [TreeHash] = []
        while true {
            let offset = start
            let line = try Self.line(of: bytes, from: &start)
            if line.isEmpty { break }
            guard proof.count < Self.maximumProofCount else { throw Self.tooManyHashes(offset: offset) }
            guard let decoded = Base64.decode(line), let hash = try? TreeHash(bytes: decoded) else {
                throw LogError(
                    .malformedRequest,
                    "line \(proof.count + 2) is not a hash of 32 bytes in base64",
                    offset: offset
                )
            }
            proof.append(hash)
        }
        do {
            try self.init(oldSize: oldSize, proof: proof, note: SignedNote(parsing: Data(bytes[start...])))
        } catch {
            throw LogError(error.code, error.message, offset: start + (error.offset ?? 0))
        }
    }

    /// The body as it is sent.
    public var serialized: String {
        (["old \(oldSize)"] + proof.map(\.description) + [""]).map { $0 + "\n" }.joined() + note.serialized
    }

    private static let oldPrefix = Array("old ".utf8)

    /// The bytes up to the next newline, after which `start` then stands.
    private static func line(of bytes: [UInt8], from start: inout Int) throws(LogError) -> ArraySlice<UInt8> {
        guard let end = bytes[start...].firstIndex(of: NoteSyntax.newline) else {
            throw LogError(.malformedRequest, "the body ends before the checkpoint", offset: bytes.count)
        }
        defer { start = end + 1 }
        return bytes[start..<end]
    }

    private static func tooManyHashes(offset: Int?) -> LogError {
        LogError(.proofLength, "there are more than \(maximumProofCount) hashes", offset: offset)
    }
}
