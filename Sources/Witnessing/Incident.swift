import Foundation

/// What a witness keeps when a log's own signature stands under something that does not continue what the witness cosigned.
struct Incident: Encodable, Sendable {
    enum Kind: String, Encodable, Sendable, CaseIterable {
        /// Two roots for one size, both signed by the log: proof that it was rewritten.
        case otherRoot = "other-root"
        /// A larger checkpoint for which no proof came that it continues the smaller. Anybody who has seen that checkpoint
        /// can send it with a wrong proof: who has both sizes of the log can tell which it was.
        case notConsistent = "not-consistent"
    }

    let kind: Kind
    let time: Date
    /// The vkey of the log.
    let log: String
    /// What was cosigned before, as a note; nil where nothing was.
    let cosigned: String?
    /// What was refused, as a note with the log's signatures alone.
    let refused: String
    /// The proof that came with it, from ``oldSize``, in base64.
    let proof: [String]
    let oldSize: Int
}
