public import ArchiveCore

/// Knows which entries of the log witnesses have cosigned, and can have more cosigned.
public protocol CosignatureSource: Sendable {
    /// Returns when one checkpoint that covers the entry `seq` bears valid cosignatures of `count` different witnesses; asks
    /// them at once where it does not yet, and waits a few seconds at most.
    ///
    /// - Throws: `awaiting-witness` where there are not enough.
    func require(_ count: Int, over seq: Int) async throws
}

/// For an archive that no witness cosigns: what has to be cosigned is not released.
public struct NoWitnesses: CosignatureSource {
    /// No witnesses.
    public init() {}

    /// Throws `awaiting-witness` unless `count` is 0.
    public func require(_ count: Int, over seq: Int) throws {
        guard count == 0 else { throw ArchiveError.awaitingWitness(count, have: 0) }
    }
}

extension ArchiveError {
    /// So many witnesses have to cosign the entry of an access before anything is released.
    public static func awaitingWitness(_ count: Int, have: Int) -> ArchiveError {
        ArchiveError(
            .awaitingWitness,
            "\(count == 1 ? "a witness has" : "\(count) witnesses have") to cosign the log first; so far \(have)",
            hint: "ask again in a minute: the access stays open, and nothing more is counted"
        )
    }
}
