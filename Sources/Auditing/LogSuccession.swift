import ArchiveCore
public import ArchiveInterface
import Foundation
public import TransparencyLog

/// How the archive says that its log went on under another origin, after a database was put back that is behind what it had
/// answered. What of it can be checked was checked.
public struct LogSuccession: Sendable {
    /// An origin that came after the one that the copy is of.
    public struct Step: Sendable {
        /// The key of its checkpoints, named after it.
        public let key: NoteVerifier
        /// The place of its first entry, which says what was lost and why.
        public let begins: Int
        /// Its first checkpoint.
        public let first: Checkpoint
        /// That checkpoint as it was signed.
        public let note: String
        /// Whether the key of the origin before signed that checkpoint too.
        public let isSignedByOld: Bool
    }

    /// The origins since, oldest first; the last one signs now.
    public let steps: [Step]
    /// The key that the copy was made under.
    public let oldKey: NoteVerifier
    /// Entries that the copy has and the log does not have any more, by what the archive says.
    public let missing: Range<Int>
    /// Entries that the copy and the log should have in common.
    public let common: Int

    /// Whether every key on the way was introduced by the one before it.
    public var isVouchedFor: Bool { steps.allSatisfy(\.isSignedByOld) }

    /// The key that signs now.
    public var newKey: NoteVerifier { steps.last?.key ?? oldKey }

    /// Reads what `origins` (`GET /v1/audit/origins`, oldest first) say of the log that `head` is of.
    ///
    /// - Throws: ``LogFault`` where they do not say how one came of the other.
    public init(from head: LogCopy.Head, _ origins: [LogOrigin]) throws(LogFault) {
        guard let own = origins.firstIndex(where: { $0.verificationKey.utf8.elementsEqual(head.key.vkey.utf8) }) else {
            throw LogFault(.otherOrigin, "the archive does not say that its log ever was \(head.key.vkey)")
        }
        guard own + 1 < origins.count else {
            throw LogFault(.otherOrigin, "the archive says that its log is \(head.key.name), and shows another")
        }
        var key = head.key
        var steps: [Step] = []
        for origin in origins[(own + 1)...] {
            let step = try Self.step(origin, after: key)
            steps.append(step)
            key = step.key
        }
        self.steps = steps
        oldKey = head.key
        common = min(head.checkpoint.size, steps.map(\.begins).min() ?? head.checkpoint.size)
        missing = common..<head.checkpoint.size
    }

    private static func step(_ origin: LogOrigin, after old: NoteVerifier) throws(LogFault) -> Step {
        let text = origin.checkpoint ?? ""
        do {
            let key = try NoteVerifier(vkey: origin.verificationKey)
            let note = try SignedNote(parsing: text)
            let first = try key.checkpoint(in: note)
            guard first.size > origin.begins, origin.begins >= 0 else {
                throw LogFault(
                    .otherOrigin,
                    "the origin \(key.name) is said to begin at entry \(origin.begins), which its first checkpoint of "
                        + "\(first.size) entries does not have"
                )
            }
            let isSignedByOld = (try? old.verify(note)) != nil
            return Step(key: key, begins: origin.begins, first: first, note: text, isSignedByOld: isSignedByOld)
        } catch let fault as LogFault {
            throw fault
        } catch {
            throw LogFault(.otherOrigin, "the first checkpoint of the origin \(origin.origin) is none: \(error)")
        }
    }
}

extension LogCopy {
    /// Where the copy of the next origin is made, beside this one.
    public var successor: LogCopy { LogCopy(path: "\(path).next", files: files, clock: clock) }

    /// Demands that `newer`, a copy of the next origin, begins as this one does.
    ///
    /// - Throws: ``LogFault``, kept as evidence in this copy, with the first entry that is another.
    public func require(_ newer: LogCopy, toBeginAs succession: LogSuccession) throws {
        let head = try newer.requiredHead()
        guard head.checkpoint.size >= succession.common else {
            let fault = LogFault(
                .rolledBack,
                "the log of \(head.key.name) has \(head.checkpoint.size) entries, and was to keep \(succession.common)"
            )
            throw try keep(fault, received: head.note)
        }
        for first in stride(from: 0, to: succession.common, by: Tile.fullWidth) {
            let (own, others) = (
                try leaves(ofBundle: first / Tile.fullWidth, in: requiredHead().checkpoint.size),
                try newer.leaves(ofBundle: first / Tile.fullWidth, in: head.checkpoint.size)
            )
            for index in 0..<min(Tile.fullWidth, succession.common - first) where own[index] != others[index] {
                let fault = LogFault(
                    .forked,
                    "the log of \(head.key.name) was to keep the first \(succession.common) entries, and entry "
                        + "\(first + index) is another",
                    entry: first + index
                )
                throw try keep(fault, received: head.note)
            }
        }
        for step in succession.steps where try newer.tree(upTo: step.first.size).root != step.first.root {
            let fault = LogFault(.forked, "the log of \(head.key.name) is not the one that \(step.key.name) began as")
            throw try keep(fault, received: head.note)
        }
    }

    /// Puts ``successor`` in the place of this copy, which is moved aside whole, evidence included.
    ///
    /// - Returns: where this copy is now.
    /// - Throws: `conflict` where another process does not let go of it.
    public func giveWay(patience: Duration = .seconds(30)) async throws -> LogCopy {
        let lock = try await lock(patience: patience)
        defer { lock.release() }
        // What a crash between the two leaves is finished only where this was there before.
        try files.replace(successor.path(of: Self.accepted), with: [], label: "copy.accept")
        let aside = "\(path).before-\(Timestamp.text(clock.now).replacing(":", with: "."))"
        try files.rename(path, to: aside, label: "copy.aside")
        try files.rename(successor.path, to: path, label: "copy.succeed")
        try files.syncFolder(path.parentFolder, label: "copy.sync-folder")
        try files.remove(path(of: Self.accepted), label: "copy.accepted")
        return LogCopy(path: aside, files: files, clock: clock)
    }

    /// Says of a next copy that it was checked and is to take the place of this one.
    private static let accepted = "accepted"

    /// Moves a next copy aside that is not wanted: one that did not begin as it should, or one of another key than `key`.
    public func setAside(unlessOf key: NoteVerifier? = nil) throws {
        guard try files.length(path) != nil else { return }
        if let key, try self.key() == key { return }
        let aside = "\(path)-\(Timestamp.text(clock.now).replacing(":", with: "."))"
        try files.rename(path, to: aside, label: "copy.aside")
        try files.syncFolder(path.parentFolder, label: "copy.sync-folder")
    }

    /// Finishes what a crash left of ``giveWay()``: the next copy was complete before this one was moved aside.
    public func finishGivingWay() throws {
        guard try files.length(path) == nil, try files.length(successor.path(of: Self.accepted)) != nil else { return }
        try files.rename(successor.path, to: path, label: "copy.succeed")
        try files.syncFolder(path.parentFolder, label: "copy.sync-folder")
    }

    /// The copies of earlier origins that were moved aside, and this one.
    public func allOrigins() throws -> [LogCopy] {
        let prefix = "\(path.split(separator: "/").last ?? "").before-"
        return try files.names(in: path.parentFolder).filter { $0.hasPrefix(prefix) && !$0.hasSuffix(".lock") }.map {
            LogCopy(path: "\(path.parentFolder)/\($0)", files: files, clock: clock)
        } + [self]
    }
}
