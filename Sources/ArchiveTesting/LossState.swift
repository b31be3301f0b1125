import ArchiveCore
import Glibc

/// What a ``LossyFileSystem`` knows of what is not durable yet.
struct LossState {
    /// A file since it was last synced.
    private struct Unsynced {
        /// Its length then.
        var length: Int
        /// What its blocks held then, where they were changed since; up to that length.
        var blocks: [Int: [UInt8]] = [:]
    }

    private enum NameChange {
        case created(String)
        /// The place in the attic of what had the new name before.
        case renamed(String, to: String, replaced: String?)
        case removed(String, kept: String)
    }

    private let attic: String
    private let base = LocalFileSystem()
    private var ids: [String: Int] = [:]
    private var paths: [Int: String] = [:]
    private var unsynced: [Int: Unsynced] = [:]
    /// In the order in which they came, each with the folders that it waits for.
    private var changes: [(change: NameChange, folders: Set<String>)] = []
    private var next = 0

    init(attic: String) { self.attic = attic }

    // MARK: What happens

    /// The number by which the file at `path` goes from now on, whatever its name becomes.
    mutating func identify(_ path: String, isNew: Bool) -> Int {
        if let id = ids[path] { return id }
        let id = number()
        ids[path] = id
        paths[id] = path
        if isNew { unsynced[id] = Unsynced(length: 0) }
        return id
    }

    /// Gives the file at `path` a second name in the attic; nil where there is none.
    mutating func keep(_ path: String) -> String? {
        let kept = "\(attic)/\(number())"
        return link(path, kept) == 0 ? kept : nil
    }

    mutating func noteCreated(_ path: String) {
        forget(path)
        changes.append((.created(path), [path.parentFolder]))
    }

    mutating func noteRenamed(_ from: String, to: String, replaced: String?) {
        if let replaced { move(to, to: replaced) }
        move(from, to: to)
        changes.append((.renamed(from, to: to, replaced: replaced), [from.parentFolder, to.parentFolder]))
    }

    mutating func noteRemoved(_ path: String, kept: String) {
        move(path, to: kept)
        changes.append((.removed(path, kept: kept), [path.parentFolder]))
    }

    mutating func noteSynced(folder: String) {
        for index in changes.indices { changes[index].folders.remove(folder) }
        for change in changes where change.folders.isEmpty { discard(change.change) }
        changes.removeAll(where: \.folders.isEmpty)
    }

    mutating func noteSynced(_ id: Int) { unsynced[id] = nil }

    /// Remembers what stands in `range` of a file, before it is changed.
    mutating func keepBlocks(of id: Int, in range: Range<Int>) throws(ArchiveError) {
        guard let path = paths[id] else { return }
        let length = try base.length(path)
        var found = unsynced[id] ?? Unsynced(length: length ?? 0)
        let changed = range.clamped(to: 0..<found.length)
        if !changed.isEmpty {
            let file = try base.open(path, writing: false, create: false, label: "lossy.keep")
            let size = LossyFileSystem.block
            for block in (changed.lowerBound / size)...((changed.upperBound - 1) / size)
            where found.blocks[block] == nil {
                var bytes = [UInt8](repeating: 0, count: min(size, found.length - block * size))
                let read = bytes.withUnsafeMutableBytes { buffer in
                    Result { () throws(ArchiveError) in try file.read(into: buffer, at: block * size) }
                }
                _ = try read.get()
                found.blocks[block] = bytes
            }
        }
        unsynced[id] = found
    }

    private mutating func number() -> Int {
        next += 1
        return next
    }

    private mutating func move(_ from: String, to: String) {
        forget(to)
        guard let id = ids.removeValue(forKey: from) else { return }
        ids[to] = id
        paths[id] = to
    }

    private mutating func forget(_ path: String) {
        guard let id = ids.removeValue(forKey: path) else { return }
        paths[id] = nil
        unsynced[id] = nil
    }

    private mutating func discard(_ change: NameChange) {
        switch change {
        case .created: return
        case .renamed(_, to: _, replaced: let kept?), .removed(_, let kept):
            forget(kept)
            unlink(kept)
        case .renamed: return
        }
    }

    // MARK: Loss

    mutating func lose(_ chance: inout some RandomNumberGenerator) throws(ArchiveError) {
        // In one order, so that a seed loses the same again.
        for (id, file) in unsynced.sorted(by: { $0.key < $1.key }) {
            guard let path = paths[id], try base.length(path) != nil else { continue }
            try lose(file, path, &chance)
        }
        // A journal keeps the order: what is lost is lost from some change on.
        let first = Bool.random(using: &chance) ? 0 : Int.random(in: 0...changes.count, using: &chance)
        for (change, folders) in changes[first...].reversed() { undo(change, folders) }
        for (change, _) in changes[..<first] { discard(change) }
        changes = []
        unsynced = [:]
        ids = [:]
        paths = [:]
    }

    private func lose(_ file: Unsynced, _ path: String, _ chance: inout some RandomNumberGenerator) throws(ArchiveError)
    {
        let share = Int.random(in: 0...4, using: &chance)
        // 0: nothing of it is lost; 1 to 3: some; 4: all.
        guard share > 0 else { return }
        let mode = try base.mode(path)
        try base.setMode(path, 0o600, label: "lossy.lose")
        let handle = try base.open(path, writing: true, create: false, label: "lossy.lose")
        let present = try handle.length
        let size = LossyFileSystem.block
        func isLost() -> Bool { share == 4 || Int.random(in: 1...4, using: &chance) <= share }
        // The length is one thing: the old or the new.
        let isLengthLost = isLost()
        let isCut = present < file.length
        if isLengthLost && isCut { try handle.truncate(to: file.length, label: "lossy.lose") }
        for (block, bytes) in file.blocks.sorted(by: { $0.key < $1.key }) {
            let isGone = isCut && block * size + bytes.count > present
            guard isGone ? isLengthLost : isLost() else { continue }
            try write(bytes, to: handle, at: block * size)
        }
        guard present > file.length else { return try base.setMode(path, mode, label: "lossy.lose") }
        if isLengthLost {
            try handle.truncate(to: file.length, label: "lossy.lose")
        } else {
            // Blocks that never reached the disk read as zeros, where the length did.
            for offset in stride(from: (file.length + size - 1) / size * size, to: present, by: size) where isLost() {
                try write([UInt8](repeating: 0, count: min(size, present - offset)), to: handle, at: offset)
            }
        }
        try base.setMode(path, mode, label: "lossy.lose")
    }

    private func write(_ bytes: [UInt8], to file: any OpenFile, at offset: Int) throws(ArchiveError) {
        let written = bytes.withUnsafeBytes { buffer in
            Result { () throws(ArchiveError) in try file.write(buffer, at: offset, label: "lossy.lose") }
        }
        try written.get()
    }

    /// What cannot be undone, for its folder is gone, is not.
    private func undo(_ change: NameChange, _ folders: Set<String>) {
        switch change {
        case .created(let path): unlink(path)
        case .removed(let path, let kept): rename(kept, path)
        case .renamed(let from, let to, let replaced):
            guard folders.contains(to.parentFolder) else {
                // The new name is certain; the old one may be there still.
                _ = link(to, from)
                if let replaced { unlink(replaced) }
                return
            }
            rename(to, from)
            if let replaced { rename(replaced, to) }
        }
    }
}
