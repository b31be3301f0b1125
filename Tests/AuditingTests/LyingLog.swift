import ArchiveCore
import Auditing
import Crypto
import Foundation
import Synchronization
import TransparencyLog

/// A log made of leaves and a key, which tells the truth unless a test has it lie.
final class LyingLog: LogSource {
    /// What a test has it lie about.
    struct Lies: Sendable {
        /// The checkpoint that is shown in place of its own.
        var checkpoint: Data?
        /// Entries that are given out as another.
        var edited: [Int: Data] = [:]
        /// From this entry on nothing is given out, though it was signed for.
        var end: Int?
        /// Bundles that are given out as these bytes, by number.
        var bundles: [Int: Data] = [:]
        /// Whether bundles beyond the end are absent rather than short.
        var isAbsent = false
        /// Whether the tiles tell the edited entries too.
        var editsTiles = false
        /// Bundles after which the connection is lost.
        var reach: Int?
    }

    let leaves: [Data]
    let signer: NoteSigner
    private let lies = Mutex(Lies())
    private let asked = Mutex<[String]>([])

    init(_ leaves: [Data], signer: NoteSigner) {
        self.leaves = leaves
        self.signer = signer
    }

    static func signer(_ origin: String = "arsip.example/log") throws -> NoteSigner {
        try NoteSigner(name: origin, privateKey: Curve25519.Signing.PrivateKey())
    }

    /// `count` entries of a log, the same for the same numbers.
    static func leaves(_ count: Int, variant: String = "a", from first: Int = 0) throws -> [Data] {
        let actions = ["access.open", "access.close", "recording.list"]
        return try (first..<first + count).map { seq -> Data in
            let object: String? = seq % 3 == 2 ? nil : "object-\(seq % 50)"
            let entry = LogEntry(
                time: Date(timeIntervalSince1970: 1_790_000_000 + Double(seq)),
                actor: .hostUser(UInt32(seq % 7)),
                action: actions[seq % 3],
                object: object,
                label: nil,
                decision: seq % 10 == 0 ? .refuse : .allow,
                details: ["variant": variant, "object": "object-1"],
                commitments: [:]
            )
            return try entry.leaf()
        }
    }

    /// A log of `count` entries as ``leaves(_:variant:from:)`` makes them.
    static func made(_ count: Int, by signer: NoteSigner) throws -> LyingLog {
        LyingLog(try leaves(count), signer: signer)
    }

    var hashes: [TreeHash] { leaves.map { .leaf($0) } }

    /// Has it lie from now on; what it was asked before is forgotten.
    func lie(_ change: (inout Lies) -> Void) {
        lies.withLock { change(&$0) }
        asked.withLock { $0 = [] }
    }

    /// The paths of bundles and tiles that were asked for.
    var paths: [String] { asked.withLock(\.self) }

    func note(size: Int? = nil, by other: NoteSigner? = nil) throws -> Data {
        var tree = TreeFrontier()
        for leaf in leaves.prefix(size ?? leaves.count) { tree.append(leafBytes: leaf) }
        let signer = other ?? signer
        return Data(try signer.sign(Checkpoint(origin: signer.name, size: tree.size, root: tree.root)).serialized.utf8)
    }

    func checkpoint() async throws -> Data { try lies.withLock(\.checkpoint) ?? note() }

    func bundle(_ tile: Tile) async throws -> Data {
        asked.withLock { $0.append(tile.bundlePath) }
        let lies = lies.withLock(\.self)
        if let reach = lies.reach, tile.number >= reach {
            throw ArchiveError(.unreachable, "the test cuts the line")
        }
        if let bytes = lies.bundles[tile.number] { return bytes }
        let end = min(lies.end ?? leaves.count, tile.nodes.upperBound)
        guard tile.nodes.lowerBound < end, !lies.isAbsent || end == tile.nodes.upperBound else {
            throw ArchiveError.notFound
        }
        return try EntryBundle.encode((tile.nodes.lowerBound..<end).map { lies.edited[$0] ?? leaves[$0] })
    }

    func tile(_ tile: Tile) async throws -> Data {
        asked.withLock { $0.append(tile.path) }
        let lies = lies.withLock(\.self)
        guard tile.level == 0, tile.nodes.upperBound <= leaves.count else { throw ArchiveError.notFound }
        return tile.nodes.reduce(into: Data()) { bytes, seq in
            bytes += TreeHash.leaf(lies.editsTiles ? lies.edited[seq] ?? leaves[seq] : leaves[seq]).data
        }
    }
}
