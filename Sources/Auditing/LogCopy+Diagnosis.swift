import ArchiveCore
import Foundation
import TransparencyLog

extension LogCopy {
    /// What is wrong where the entries do not lead to the root of the checkpoint that was signed for them.
    ///
    /// The tiles of hashes tell the two lies apart: where they lead to the root, the entry that does not hash to its place
    /// is not what was signed; it is a fork where that entry was in the copy before, and edited where it came just now.
    func diagnosis(of received: Checkpoint, from source: some LogSource, _ intake: Intake) async throws -> Contradiction
    {
        if let changed = intake.firstChanged, intake.tree.root == received.root {
            return Contradiction(
                LogFault(
                    .edited,
                    "entry \(changed) is given out as another than it was, and than was signed for",
                    entry: changed
                ),
                try attachments(changed, in: received.size, tile: nil)
            )
        }
        var tree = TreeFrontier()
        var different: (seq: Int, tile: Data)?
        do {
            for first in stride(from: 0, to: received.size, by: Tile.fullWidth) {
                let number = first / Tile.fullWidth
                let place = try Self.bundle(number, in: received.size)
                let tile = try await source.tile(place)
                guard tile.count == place.width * TreeHash.byteCount else {
                    throw ArchiveError(.notFound, "tile \(place.path) has \(tile.count) bytes")
                }
                let known = try leaves(ofBundle: number, in: received.size)
                for index in 0..<place.width {
                    let hash = try TreeHash(
                        bytes: tile.dropFirst(index * TreeHash.byteCount).prefix(TreeHash.byteCount)
                    )
                    tree.append(leaf: hash)
                    guard different == nil else { continue }
                    let old = first + index < intake.held ? try leaves(ofBundle: number, in: intake.held) : known
                    if TreeHash.leaf(old[index]) != hash { different = (first + index, tile) }
                }
            }
        } catch let error as ArchiveError where error.code != .logMismatch {
            return Contradiction(unexplained(received, intake, "its tiles cannot be read: \(error.message)"), [:])
        }
        guard let different else {
            return Contradiction(unexplained(received, intake, "nor do its tiles"), [:])
        }
        return Contradiction(
            fault(received, intake, different.seq, tilesLead: tree.root == received.root),
            try attachments(different.seq, in: received.size, tile: different.tile)
        )
    }

    private func fault(_ received: Checkpoint, _ intake: Intake, _ seq: Int, tilesLead: Bool) -> LogFault {
        if seq < intake.held {
            return LogFault(
                .forked,
                "the log of \(received.size) entries does not go on from the \(intake.held) that it had: "
                    + "entry \(seq) is another",
                entry: seq
            )
        }
        guard tilesLead else { return unexplained(received, intake, "nor do its tiles, which differ at entry \(seq)") }
        return LogFault(.edited, "entry \(seq) is not the one that the checkpoint was signed for", entry: seq)
    }

    private func unexplained(_ received: Checkpoint, _ intake: Intake, _ detail: String) -> LogFault {
        intake.held == 0
            ? LogFault(
                .edited,
                "the \(received.size) entries do not lead to the root of their checkpoint, \(detail)"
            )
            : LogFault(
                .forked,
                "the checkpoint of \(received.size) entries does not go on from that of \(intake.held), \(detail)"
            )
    }

    private func attachments(_ seq: Int, in size: Int, tile: Data?) throws -> [String: Data] {
        let place = try Self.bundle(seq / Tile.fullWidth, in: size)
        var found: [String: Data] = [:]
        found["bundle"] = try bundleBytes(place).map { Data($0) }
        found["tile"] = tile
        return found
    }
}
