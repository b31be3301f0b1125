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
    /// - Parameter file: the bytes of the tile or bundle at a path.
    /// - Returns: the entries of the log, and how many files were written.
    public func write(_ file: (String) async throws -> Data) async throws -> (size: Int, files: Int) {
        let size = try NoteVerifier(vkey: verificationKey).checkpoint(in: SignedNote(parsing: checkpoint)).size
        let key = Data("\(verificationKey)\n".utf8)
        let known = try files.contents("\(folder)/vkey", limit: 4096)
        guard known.map({ Data($0) == key }) ?? true else {
            throw ArchiveError(
                .conflict,
                "\(folder) has the export of another log",
                hint: "choose another folder for --to"
            )
        }
        try files.makeFolder(folder, label: "export.make-folder")
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
        try files.replace("\(folder)/checkpoint", with: checkpoint.utf8, label: "export.checkpoint")
        return (size, written + 1)
    }
}
