internal import ArchiveCore

/// The room that all spooled recordings may take together; used by the one thread that writes.
final class SpoolRoom {
    /// What is kept for each recording, so that its end can still be sealed: the chunk under way and the last pages.
    private static let reserve: Int64 = 160 << 10

    private let limit: Int64
    private var used: Int64
    /// The recordings that are growing.
    private var entries: [SpoolEntry] = []

    /// Room of `limit` bytes, of which `used` are taken.
    init(limit: Int64, used: Int64) {
        self.limit = limit
        self.used = used
    }

    /// `entry` takes part.
    func add(_ entry: SpoolEntry) { entries.append(entry) }

    /// Writes `bytes` to `entry`; where there is no room, what the archive has of the growing recordings is given back
    /// first. The last bytes of a recording do not ask for room.
    ///
    /// - Throws: `exhausted` where there is none, by the limit or on the disk.
    func append(_ bytes: UnsafeRawBufferPointer, to entry: SpoolEntry, isLast: Bool) throws(ArchiveError) {
        let count = Int64(bytes.count)
        if !hasRoom(count, isLast: isLast) {
            giveBack()
            guard hasRoom(count, isLast: isLast) else {
                throw ArchiveError(
                    .exhausted,
                    "the spool is full: \(used) of \(limit) bytes",
                    hint:
                        "what was recorded is kept and sent; make room with risalah uploads --finish, or raise --spool-limit"
                )
            }
        }
        do {
            try entry.append(bytes)
        } catch  where error.code == .exhausted {
            guard giveBack() > 0 else { throw error }
            try entry.append(bytes)
        }
        used += count
    }

    private func hasRoom(_ count: Int64, isLast: Bool) -> Bool {
        isLast || used + count <= limit - Self.reserve * Int64(entries.count)
    }

    @discardableResult
    private func giveBack() -> Int64 {
        // Not every file system can; then there is no more room than before.
        let given = entries.reduce(Int64(0)) { $0 + ((try? $1.releaseFront()) ?? 0) }
        used -= given
        return given
    }
}
