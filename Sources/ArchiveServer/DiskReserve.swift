import ArchiveCore

/// Room that is kept apart for the log and for destruction when others have filled the disk (DESIGN.md invariant 14): files
/// that hold the place, and give it back when it is needed.
public struct DiskReserve: Sendable {
    /// Bytes.
    public struct Sizes: Sendable, Equatable {
        /// Below this free, nothing new is taken but live recordings.
        public var bulk: Int
        /// Below this free, no bytes are taken.
        public var live: Int
        /// Kept for the log.
        public var log: Int
        /// Kept for destruction.
        public var destruction: Int
    }

    /// Less free than this, and the next entries of the log may find no room.
    static let tight = 32 << 20

    private let layout: StorageLayout
    private let sizes: Sizes
    private let files: any FileSystem

    /// The reserves of the Storage of `layout`.
    init(layout: StorageLayout, sizes: Sizes, files: any FileSystem) {
        self.layout = layout
        self.sizes = sizes
        self.files = files
    }

    /// Takes the places where there is room beside what ingest leaves free, and gives the log its own where there is hardly
    /// any. Called again and again; a place that cannot be taken now is taken later. Whether the log was given its place now.
    @discardableResult
    func keep() throws(ArchiveError) -> Bool {
        let free = try files.available(at: layout.storage)
        if free < Self.tight { return try release(layout.logReserve) }
        try take(layout.logReserve, sizes.log)
        try take(layout.destructionReserve, sizes.destruction)
        return false
    }

    /// Gives destruction its place, where the disk is short of it; whether it was given now.
    @discardableResult
    func releaseForDestruction() throws(ArchiveError) -> Bool {
        guard try files.available(at: layout.storage) < sizes.destruction else { return false }
        return try release(layout.destructionReserve)
    }

    private func take(_ path: String, _ size: Int) throws(ArchiveError) {
        let held = try files.length(path) ?? 0
        if held == size { return }
        try files.remove(path, label: "reserve.release")
        guard size > 0, try files.available(at: layout.storage) >= sizes.live + size else { return }
        do {
            let file = try files.open(path, writing: true, create: true, label: "reserve.take")
            try file.allocate(size, label: "reserve.take")
        } catch {
            // Half a place helps nobody.
            try? files.remove(path, label: "reserve.release")
            throw error
        }
    }

    private func release(_ path: String) throws(ArchiveError) -> Bool {
        let isHeld = try files.length(path) ?? 0 > 0
        try files.remove(path, label: "reserve.release")
        return isHeld
    }
}
