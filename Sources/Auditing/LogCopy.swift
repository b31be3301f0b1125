public import ArchiveCore
public import Foundation
public import TransparencyLog

/// A copy of a log on an auditor's disk, in the layout of C2SP tlog-tiles, of which every entry was checked against a
/// checkpoint that the log's key signed (Docs/format.md, Copy of an auditor).
///
/// The file `checkpoint` says how far it goes; what lies beyond was fetched and not checked yet. Entries stay as they are
/// in the log, so there are commitments in it and neither names nor texts.
public struct LogCopy: Sendable {
    /// The folder.
    public let path: String
    let files: any FileSystem
    let clock: any ArchiveClock

    /// The copy in the folder `path`, which need not be there yet.
    public init(path: String, files: any FileSystem = LocalFileSystem(), clock: any ArchiveClock = SystemClock()) {
        self.path = path
        self.files = files
        self.clock = clock
    }

    /// How far a copy goes.
    public struct Head: Sendable {
        /// The key of the log.
        public let key: NoteVerifier
        /// The newest checkpoint as it was signed, cosignatures included.
        public let note: Data
        /// What it says.
        public let checkpoint: Checkpoint
    }

    /// A bundle may have as many bytes as this: 256 of the longest leaves with their lengths.
    static let largestBundle = Tile.fullWidth * (LogEntry.maximumLength + 2)

    // MARK: What is there

    /// The key of the log; nil where nothing was copied yet.
    public func key() throws -> NoteVerifier? {
        guard let bytes = try files.contents(path(of: "vkey")) else { return nil }
        do {
            return try NoteVerifier(vkey: String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines))
        } catch {
            throw damage("\(path(of: "vkey")) is no key of a log: \(error)")
        }
    }

    /// How far the copy goes; nil where nothing was copied yet.
    ///
    /// - Throws: `log-mismatch` where its own files do not fit each other.
    public func head() throws -> Head? {
        guard let key = try key(), let note = try storedNote() else { return nil }
        do {
            return Head(key: key, note: note, checkpoint: try key.checkpoint(in: SignedNote(parsing: note)))
        } catch {
            throw damage("\(path(of: "checkpoint")) is not signed by \(path(of: "vkey")): \(error)")
        }
    }

    /// The same, where it has to be there.
    public func requiredHead() throws -> Head {
        guard let head = try head() else {
            throw ArchiveError(
                .notFound,
                "there is no copy of a log in \(path)",
                hint: "run `risalah audit verify` where the archive can be reached"
            )
        }
        return head
    }

    /// The leaf at `seq`.
    ///
    /// - Throws: `not-found` beyond the end of the copy.
    public func leaf(_ seq: Int) throws -> Data {
        let size = try requiredHead().checkpoint.size
        guard (0..<size).contains(seq) else {
            throw ArchiveError(.notFound, "the copy has the entries 0 to \(size - 1), and not \(seq)")
        }
        return Data(try leaves(ofBundle: seq / Tile.fullWidth, in: size)[seq % Tile.fullWidth])
    }

    // MARK: Files

    func path(of name: String) -> String { "\(path)/\(name)" }

    func storedNote() throws -> Data? { try files.contents(path(of: "checkpoint")).map { Data($0) } }

    /// The place of a bundle as a tree of `size` leaves has it.
    static func bundle(_ number: Int, in size: Int) throws -> Tile {
        try Tile(level: 0, number: number, width: min(Tile.fullWidth, size - number * Tile.fullWidth))
    }

    /// The bytes of a bundle; nil where it is not there in this width.
    func bundleBytes(_ tile: Tile) throws -> [UInt8]? {
        try files.contents(path(of: tile.bundlePath), limit: Self.largestBundle)
    }

    /// The leaves of a bundle as a tree of `size` leaves has them.
    ///
    /// - Throws: `log-mismatch` where the copy does not have them all.
    func leaves(ofBundle number: Int, in size: Int) throws -> LeafList {
        let tile = try Self.bundle(number, in: size)
        guard let bytes = try bundleBytes(tile) ?? widerBundle(tile) else {
            throw damage("\(path(of: tile.bundlePath)) is missing")
        }
        guard let list = LeafList(bytes), list.count >= tile.width else {
            throw damage("\(path(of: tile.bundlePath)) does not have \(tile.width) entries")
        }
        return list
    }

    /// Another process may have gone on meanwhile, and removed the narrow bundle after it had written a wider one.
    private func widerBundle(_ tile: Tile) throws -> [UInt8]? {
        let full = try Tile(level: 0, number: tile.number, width: Tile.fullWidth)
        if let bytes = try bundleBytes(full) { return bytes }
        let widths = try files.names(in: path(of: "\(full.bundlePath).p")).compactMap { Int($0) }
        guard let width = widths.max(), width > tile.width else { return nil }
        return try bundleBytes(Tile(level: 0, number: tile.number, width: width))
    }

    /// Calls `body` with each of the first `size` leaves in order.
    func forEachLeaf(upTo size: Int, _ body: (_ seq: Int, _ leaf: ArraySlice<UInt8>) throws -> Void) throws {
        for first in stride(from: 0, to: size, by: Tile.fullWidth) {
            let list = try leaves(ofBundle: first / Tile.fullWidth, in: size)
            for index in 0..<min(Tile.fullWidth, size - first) { try body(first + index, list[index]) }
        }
    }

    func damage(_ message: String) -> ArchiveError {
        ArchiveError(
            .logMismatch,
            "the copy is damaged: \(message)",
            hint: "move \(path) aside, keep it, and copy the log again"
        )
    }
}
