public import ArchiveCore
public import Foundation
import TransparencyLog

/// A folder with a log as static files, as C2SP tlog-tiles lays them out: `checkpoint`, `vkey`, `tile/…`, `tile/entries/…`.
public struct LogExport: Sendable {
    private let folder: String
    private let checkpoint: String
    private let verificationKey: String
    private let files: any FileSystem

    /// The export of a log to `folder`.
    ///
    /// - Parameters:
    ///   - checkpoint: the signed note up to which it goes.
    ///   - verificationKey: the vkey of the log.
    public init(
        folder: String,
        checkpoint: String,
        verificationKey: String,
        files: any FileSystem = LocalFileSystem()
    ) {
        self.folder = folder
        self.checkpoint = checkpoint
        self.verificationKey = verificationKey
        self.files = files
    }

    /// Writes what is not there, the checkpoint last: it never promises a file that is missing.
    ///
    /// The folder belongs to one export at a time, and an export never goes back behind the checkpoint that is there.
    ///
    /// - Parameters:
    ///   - patience: how long to wait for another process that writes to this folder.
    ///   - file: the bytes of the tile or bundle at a path.
    /// - Returns: the entries of the log, and how many files were written.
    /// - Throws: `conflict` where the folder has the export of another log, or another process does not let go of it.
    public func write(
        patience: Duration = .seconds(30),
        _ file: (String) async throws -> Data
    ) async throws -> (size: Int, files: Int) {
        let verifier = try NoteVerifier(vkey: verificationKey)
        let size = try verifier.checkpoint(in: SignedNote(parsing: checkpoint)).size
        let key = Data("\(verificationKey)\n".utf8)
        try files.makeFolder(folder, label: "export.make-folder")
        let lock = try await lock(patience: patience)
        defer { lock.release() }
        // Under the lock: another export may have begun it just now.
        let there = try files.contents("\(folder)/vkey", limit: 4096).map { Data($0) }
        guard there ?? key == key else { throw otherLog }
        try files.replace("\(folder)/vkey", with: key, label: "export.vkey")
        var written = 1
        for level in Tile.levels(treeSize: size) {
            for tile in Tile.all(level: level, treeSize: size) {
                for path in level == 0 ? [tile.bundlePath, tile.path] : [tile.path] {
                    let place = "\(folder)/\(path)"
                    // A tile never changes, and one that stands under its name is whole.
                    guard try files.length(place) == nil else { continue }
                    try files.makeFolder(place.parentFolder, label: "export.make-folder")
                    try await files.replace(place, with: file(path), label: "export.tile")
                    written += 1
                }
            }
        }
        guard try sizeThere(by: verifier) ?? 0 <= size else { return (size, written) }
        try files.replace("\(folder)/checkpoint", with: checkpoint.utf8, label: "export.checkpoint")
        return (size, written + 1)
    }

    /// How far the export goes that is there; nil where none does, or none of this log.
    private func sizeThere(by verifier: NoteVerifier) throws -> Int? {
        guard let bytes = try files.contents("\(folder)/checkpoint") else { return nil }
        return try? verifier.checkpoint(in: SignedNote(parsing: Data(bytes))).size
    }

    private func lock(patience: Duration) async throws -> FileLock {
        let deadline = ContinuousClock.now + patience
        while true {
            // With the point it may be a link to a folder.
            if let lock = try FileLock(folder: "\(folder)/.") { return lock }
            guard ContinuousClock.now < deadline else {
                throw ArchiveError(
                    .conflict,
                    "another process writes an export to \(folder)",
                    hint: "try again when it is done"
                )
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private var otherLog: ArchiveError {
        ArchiveError(
            .conflict,
            "\(folder) has the export of another log",
            hint: "choose another folder for --to"
        )
    }
}
