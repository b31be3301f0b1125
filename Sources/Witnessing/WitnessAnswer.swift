public import TransparencyLog

/// What a witness says to a checkpoint (C2SP tlog-witness, add-checkpoint).
public enum WitnessAnswer: Sendable {
    /// The checkpoint continues what was cosigned before.
    case cosigned(SignedNote.Signature)
    /// The request does not begin at the size that was cosigned last, or has another root for it.
    case conflict(size: Int)
    /// The request cannot be understood.
    case malformed(String)
    /// No trusted key signed the checkpoint.
    case notSigned
    /// The checkpoint is of no log that this witness knows.
    case unknownLog
    /// The proof does not show that the checkpoint continues what was cosigned before.
    case notConsistent(String)

    /// The HTTP status.
    public var status: Int {
        switch self {
        case .cosigned: 200
        case .malformed: 400
        case .notSigned: 403
        case .unknownLog: 404
        case .conflict: 409
        case .notConsistent: 422
        }
    }

    /// The body, with its final newline.
    public var body: String {
        switch self {
        case .cosigned(let signature): signature.line
        case .conflict(let size): "\(size)\n"
        case .malformed(let reason), .notConsistent(let reason): "\(reason)\n"
        case .notSigned: "the checkpoint bears no valid signature by a key that is trusted here for its origin\n"
        case .unknownLog: "no log of this origin is known here\n"
        }
    }

    /// The media type of ``body``.
    public var mediaType: String {
        if case .conflict = self { return AddCheckpoint.sizeMediaType }
        return "text/plain; charset=utf-8"
    }
}
