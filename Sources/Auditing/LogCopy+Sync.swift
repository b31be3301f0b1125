import ArchiveCore
import Foundation
public import TransparencyLog

extension LogCopy {
    /// What copying has come to.
    public struct Synced: Sendable {
        /// How many entries there were before.
        public let before: Int
        /// How far the copy goes now.
        public let head: Head
        /// The copy of the origin that ended, where this one took its place.
        public var aside: LogCopy?
    }

    /// Bundles that are fetched at once.
    private static let parallel = 4

    /// Goes on with the copy up to the newest checkpoint of `source`, or begins it.
    ///
    /// The order that makes a crash harmless: bundles → frontier → key → checkpoint, each durable before the next. Only the
    /// checkpoint says that entries were checked; whatever lies beyond it is checked again, or fetched again.
    ///
    /// - Parameters:
    ///   - key: the key of the log, for a copy that is begun; where there is one, it has to be the same.
    ///   - turn: the right to change this copy, or the one that it is to succeed.
    /// - Throws: ``LogFault``, with the folder of its evidence, where the log is not what it was or not what it signed;
    ///   `log-mismatch` for another `key` than the copy's, and where the copy itself is damaged; what `source` throws.
    public func sync(
        from source: some LogSource,
        trusting key: NoteVerifier? = nil,
        in turn: Turn
    ) async throws -> Synced {
        try files.makeFolder(path, label: "copy.folder")
        let trusted = try agreed(on: key)
        let held = try head()
        let note = try await source.checkpoint()
        do {
            let received = try Self.checkpoint(in: note, by: trusted)
            if let held, try !Self.grows(held.checkpoint, to: received) {
                return Synced(before: held.checkpoint.size, head: held)
            }
            let frontier = try await fetch(source, from: held?.checkpoint, to: received)
            let head = Head(key: trusted, note: note, checkpoint: received)
            try commit(head, frontier, after: held?.checkpoint.size ?? 0)
            return Synced(before: held?.checkpoint.size ?? 0, head: head)
        } catch let fault as Contradiction {
            let counted = try await counted(fault.fault, held, note, by: trusted, from: source)
            throw try keep(counted, received: note, attachments: fault.attachments)
        } catch let fault as LogFault {
            throw try await keep(counted(fault, held, note, by: trusted, from: source), received: note)
        }
    }

    /// The same in a turn of its own.
    ///
    /// - Parameter patience: how long to wait for another process that changes this copy.
    /// - Throws: also `conflict` where another process does not let go of it.
    public func sync(
        from source: some LogSource,
        trusting key: NoteVerifier? = nil,
        patience: Duration = .seconds(30)
    ) async throws -> Synced {
        let turn = try await turn(patience: patience)
        defer { turn.release() }
        return try await sync(from: source, trusting: key, in: turn)
    }

    /// The key that the copy was begun with, else the one that is given.
    private func agreed(on given: NoteVerifier?) throws -> NoteVerifier {
        let kept = try key()
        guard let key = kept ?? given else {
            throw ArchiveError(.configuration, "nothing says by which key the log is signed", hint: "give --vkey")
        }
        if let given, given != key {
            throw ArchiveError(
                .logMismatch,
                "the copy in \(path) is of the log of \(key.vkey), not of \(given.vkey)",
                hint: "which of the two is on the paper of the archive?"
            )
        }
        return key
    }

    /// The checkpoint that the log signed in `note`.
    ///
    /// - Throws: ``LogFault``.
    static func checkpoint(in note: Data, by key: NoteVerifier) throws(LogFault) -> Checkpoint {
        do {
            let signed = try SignedNote(parsing: note)
            let claimed = try Checkpoint(parsing: signed.text)
            // Looked at before the signature: another origin has another key.
            guard claimed.origin.utf8.elementsEqual(key.name.utf8) else {
                throw LogFault(
                    .otherOrigin,
                    "the archive shows the log \(claimed.origin), this copy is of \(key.name)"
                )
            }
            return try key.checkpoint(in: signed)
        } catch let fault as LogFault {
            throw fault
        } catch {
            throw LogFault(.unsigned, "the archive shows no checkpoint that \(key.vkey) signed: \(error)")
        }
    }

    /// Whether there is anything new; throws where the newer is no extension by its size alone.
    static func grows(_ held: Checkpoint, to received: Checkpoint) throws(LogFault) -> Bool {
        guard received.size >= held.size else {
            throw LogFault(
                .rolledBack,
                "the log has \(received.size) entries, and it had \(held.size) before"
            )
        }
        guard received.size == held.size else { return true }
        guard received.root == held.root else {
            throw LogFault(.forked, "the log has two trees of \(held.size) entries, both signed")
        }
        return false
    }

    // MARK: Fetching

    private func fetch(
        _ source: some LogSource,
        from held: Checkpoint?,
        to received: Checkpoint
    ) async throws -> TreeFrontier {
        let start = try held.map(frontier) ?? TreeFrontier()
        // What an interrupted copy left is used, but whoever might have made it is not the archive.
        for reusing in [true, false] {
            var intake = Intake(start)
            let hasReused = try await take(from: source, to: received.size, reusing: reusing, into: &intake)
            if intake.tree.root == received.root, intake.firstChanged == nil { return intake.tree }
            guard !hasReused else { continue }
            throw try await diagnosis(of: received, from: source, intake)
        }
        throw ArchiveError(.unexpected, "fetching ended without a verdict")
    }

    /// The tree as bundles come in.
    struct Intake {
        /// The tree with all that came.
        private(set) var tree: TreeFrontier
        /// How many leaves were there before.
        let held: Int
        /// The first leaf of those that were there and came once more, that is another now.
        private(set) var firstChanged: Int?

        init(_ tree: TreeFrontier) {
            self.tree = tree
            held = tree.size
        }

        /// Takes the next bundle; `known` is what the copy has of it.
        mutating func take(_ list: LeafList, number: Int, known: LeafList?) {
            let first = number * Tile.fullWidth
            for index in 0..<list.count {
                let seq = first + index
                if seq >= held {
                    tree.append(leafBytes: list[index])
                } else if let known, !known[index].elementsEqual(list[index]) {
                    firstChanged = firstChanged ?? seq
                }
            }
        }
    }

    /// Fetches the bundles from the end of the tree to `size`, some at once, and takes them in their order.
    ///
    /// - Returns: whether any of them was there from before.
    private func take(
        from source: some LogSource,
        to size: Int,
        reusing: Bool,
        into intake: inout Intake
    ) async throws -> Bool {
        let numbers = intake.held / Tile.fullWidth..<(size + Tile.fullWidth - 1) / Tile.fullWidth
        var hasReused = false
        try await withThrowingTaskGroup(of: (number: Int, list: LeafList, isLocal: Bool).self) { group in
            var (next, due) = (numbers.lowerBound, numbers.lowerBound)
            var waiting: [Int: (list: LeafList, isLocal: Bool)] = [:]
            while due < numbers.upperBound {
                // At most so many in memory, whether they are on their way or wait for one before them.
                while next < min(due + Self.parallel, numbers.upperBound) {
                    let number = next
                    group.addTask {
                        let (list, isLocal) = try await self.bundle(number, in: size, from: source, reusing: reusing)
                        return (number, list, isLocal)
                    }
                    next += 1
                }
                guard let (list, isLocal) = waiting.removeValue(forKey: due) else {
                    guard let come = try await group.next() else { return }
                    waiting[come.number] = (come.list, come.isLocal)
                    continue
                }
                let known =
                    due * Tile.fullWidth < intake.held ? try leaves(ofBundle: due, in: intake.held) : nil
                intake.take(list, number: due, known: known)
                hasReused = hasReused || isLocal
                if !isLocal { try store(list, as: Self.bundle(due, in: size)) }
                due += 1
            }
        }
        return hasReused
    }

    private func bundle(
        _ number: Int,
        in size: Int,
        from source: some LogSource,
        reusing: Bool
    ) async throws -> (list: LeafList, isLocal: Bool) {
        let tile = try Self.bundle(number, in: size)
        if reusing, let bytes = try bundleBytes(tile), let list = LeafList(bytes), list.count == tile.width {
            return (list, true)
        }
        let first = number * Tile.fullWidth
        let fetched: Data
        do {
            fetched = try await source.bundle(tile)
        } catch let error as ArchiveError where error.code == .notFound {
            throw LogFault(
                .truncated,
                "the log has \(size) entries, and the archive does not give out those from \(first) on",
                entry: first
            )
        }
        let attachments = ["bundle": fetched]
        guard fetched.count <= Self.largestBundle, let list = LeafList(Array(fetched)) else {
            throw Contradiction(
                LogFault(.truncated, "the bundle of the entries from \(first) on ends within one", entry: first),
                attachments
            )
        }
        guard list.count >= tile.width else {
            let missing = first + list.count
            throw Contradiction(
                LogFault(.truncated, "the log has \(size) entries, and entry \(missing) is missing", entry: missing),
                attachments
            )
        }
        guard list.count == tile.width else {
            throw Contradiction(
                LogFault(
                    .edited,
                    "the bundle of the entries from \(first) on has \(list.count) instead of \(tile.width)",
                    entry: first + tile.width
                ),
                attachments
            )
        }
        return (list, false)
    }

    private func store(_ list: LeafList, as tile: Tile) throws {
        let target = path(of: tile.bundlePath)
        try files.makeFolder(target.parentFolder, label: "copy.folder")
        try files.replace(target, with: list.bytes, label: "copy.bundle")
    }

    // MARK: Going on

    private func commit(_ head: Head, _ frontier: TreeFrontier, after held: Int) throws {
        try store(frontier)
        if try key() == nil {
            try files.replace(path(of: "vkey"), with: Array("\(head.key.vkey)\n".utf8), label: "copy.vkey")
        }
        try files.replace(path(of: "checkpoint"), with: head.note, label: "copy.checkpoint")
        try removeNarrow(held / Tile.fullWidth, in: head.checkpoint.size)
        try removeNarrow(head.checkpoint.size / Tile.fullWidth, in: head.checkpoint.size)
    }

    /// Removes the partial bundles at `number` that a wider one has replaced.
    private func removeNarrow(_ number: Int, in size: Int) throws {
        let folder = path(of: "\(try Tile(level: 0, number: number, width: Tile.fullWidth).bundlePath).p")
        let width = size - number * Tile.fullWidth
        for name in try files.names(in: folder) where width >= Tile.fullWidth || name != String(width) {
            try files.remove("\(folder)/\(name)", label: "copy.remove")
        }
        if width >= Tile.fullWidth { try files.removeFolder(folder, label: "copy.remove") }
    }
}

/// A fault with what shows it, on its way to the evidence.
struct Contradiction: Error {
    let fault: LogFault
    let attachments: [String: Data]

    init(_ fault: LogFault, _ attachments: [String: Data]) {
        self.fault = fault
        self.attachments = attachments
    }
}
