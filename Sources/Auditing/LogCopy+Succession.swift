import ArchiveCore
public import ArchiveInterface
import Foundation
public import TransparencyLog

/// A copy belongs to one process at a time that changes it, and so does its successor.
///
/// The lock lies beside the folder, which may be moved aside. Whoever has it holds it from looking whether there is a copy
/// to the end of giving way: between the two renames there seems to be none.
extension LogCopy {
    /// The right to change a copy and its successor, until it is released.
    public final class Turn: Sendable {
        private let lock: FileLock
        fileprivate init(_ lock: FileLock) { self.lock = lock }
        /// Lets the next one in.
        public func release() { lock.release() }
    }

    /// Waits for the right to change this copy. What a crash left of giving way is finished first.
    ///
    /// - Throws: `conflict` where another process does not let go of it within `patience`.
    public func turn(patience: Duration = .seconds(30)) async throws -> Turn {
        try files.makeFolder(path.parentFolder, label: "copy.folder")
        let deadline = ContinuousClock.now + patience
        while true {
            if let lock = try FileLock(file: "\(path).lock") {
                let turn = Turn(lock)
                try finishGivingWay()
                return turn
            }
            guard ContinuousClock.now < deadline else {
                throw ArchiveError(
                    .conflict,
                    "another process changes the copy in \(path)",
                    hint: "try again when it is done"
                )
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Goes on with the copy as ``sync(from:trusting:in:)`` does, and where the log has another origin now, with a copy of
    /// that, once it was compared with this one and `accept` has not thrown.
    ///
    /// Order: the copy of the next origin is complete and compared, then marked as accepted, then this one is moved aside,
    /// then the next one takes its place. A crash before the mark leaves this one in its place; one after it is finished by
    /// who comes next.
    ///
    /// - Parameters:
    ///   - origins: what the archive says of the origins of its log, oldest first.
    ///   - accept: throws where nobody wants to go on.
    /// - Throws: ``LogFault`` as ``sync(from:trusting:in:)``, and where what is said of the origins does not hold up, kept as
    ///   evidence; what `accept` throws.
    public func follow(
        _ source: some LogSource,
        trusting key: NoteVerifier?,
        in turn: Turn,
        origins: () async throws -> [LogOrigin],
        accepting accept: (ComparedSuccession) async throws -> Void
    ) async throws -> Synced {
        do {
            return try await sync(from: source, trusting: key, in: turn)
        } catch let fault as LogFault where fault.kind == .otherOrigin {
            // Without a copy there is nothing that another origin could have come of.
            guard let head = try head() else { throw fault }
            let said = try await origins()
            let succession: LogSuccession
            do {
                succession = try LogSuccession(from: head, said)
            } catch let contradiction {
                throw try await keep(
                    contradiction,
                    received: source.checkpoint(),
                    attachments: ["origins.json": CanonicalJSON.encode(LogOriginList(origins: said))]
                )
            }
            try successor.setAside(unlessOf: succession.newKey)
            let synced = try await successor.sync(from: source, trusting: succession.newKey, in: turn)
            try await accept(compare(succession, explaining: fault))
            return Synced(before: synced.before, head: synced.head, aside: try giveWay(in: turn))
        }
    }

    // MARK: Giving way

    /// Says of a next copy that it was checked and is to take the place of this one.
    private static let accepted = "accepted"

    /// Puts ``successor`` in the place of this copy, which is moved aside whole, evidence included.
    ///
    /// - Returns: where this copy is now.
    public func giveWay(in turn: Turn) throws -> LogCopy {
        // What a crash between the two leaves is finished only where this was there before.
        try files.replace(successor.path(of: Self.accepted), with: [], label: "copy.accept")
        let aside = "\(path).before-\(Timestamp.text(clock.now).replacing(":", with: "."))"
        try files.rename(path, to: aside, label: "copy.aside")
        try files.rename(successor.path, to: path, label: "copy.succeed")
        try files.syncFolder(path.parentFolder, label: "copy.sync-folder")
        try files.remove(path(of: Self.accepted), label: "copy.accepted")
        return LogCopy(path: aside, files: files, clock: clock)
    }

    /// The next copy was complete before this one was moved aside.
    private func finishGivingWay() throws {
        guard try files.length(path) == nil, try files.length(successor.path(of: Self.accepted)) != nil else { return }
        try files.rename(successor.path, to: path, label: "copy.succeed")
        try files.syncFolder(path.parentFolder, label: "copy.sync-folder")
    }

    /// Moves a next copy aside that is of another key than `key`: the log has gone on under another origin since.
    private func setAside(unlessOf key: NoteVerifier) throws {
        guard try files.length(path) != nil, let own = try self.key(), own != key else { return }
        let aside = "\(path)-\(Timestamp.text(clock.now).replacing(":", with: "."))"
        try files.rename(path, to: aside, label: "copy.aside")
        try files.syncFolder(path.parentFolder, label: "copy.sync-folder")
    }

    /// The copies of earlier origins that were moved aside, and this one.
    public func allOrigins() throws -> [LogCopy] {
        let prefix = "\(path.split(separator: "/").last ?? "").before-"
        return try files.names(in: path.parentFolder).filter { $0.hasPrefix(prefix) && !$0.hasSuffix(".lock") }.map {
            LogCopy(path: "\(path.parentFolder)/\($0)", files: files, clock: clock)
        } + [self]
    }

    /// The key that signs the log `origin`, among those of this copy and of the copies of earlier origins.
    public func key(of origin: String) throws -> NoteVerifier? {
        try allOrigins().compactMap { try $0.key() }.last { $0.name.utf8.elementsEqual(origin.utf8) }
    }
}
