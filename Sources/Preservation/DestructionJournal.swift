public import ArchiveCore
public import Catalogue
import Foundation

/// What was destroyed, one line of canonical JSON each, in the order in which it was written; lines are only added.
///
/// A catalogue that is put back from before a destruction knows nothing of it. This does, so it is done again.
public struct DestructionJournal: Sendable {
    private let path: String
    private let files: any FileSystem

    /// The journal in the file at `path`.
    public init(path: String, files: any FileSystem = LocalFileSystem()) {
        self.path = path
        self.files = files
    }

    /// A line of a million destructions has some 150 bytes.
    private static let limit = 1 << 30
    private static let lineFeed = UInt8(ascii: "\n")

    /// What is in it.
    ///
    /// - Throws: `storage` where a line is none of ours.
    public func destructions() throws -> [DestroyedRecording] {
        try lines().map { line in
            do {
                return try CanonicalJSON.decode(DestroyedRecording.self, from: Data(line))
            } catch {
                throw ArchiveError(
                    .storage,
                    "a line of \(path) is not that of a destruction: \(String(decoding: line.prefix(80), as: UTF8.self))",
                    hint: "somebody has changed it: compare it with that of another destination"
                )
            }
        }
    }

    /// Whole lines. What stands behind the last line feed was cut off by a crash, and nobody was told that it is there.
    private func lines() throws -> [ArraySlice<UInt8>] {
        let bytes = try files.contents(path, limit: Self.limit) ?? []
        guard let end = bytes.lastIndex(of: Self.lineFeed) else { return [] }
        return bytes[..<end].split(separator: Self.lineFeed)
    }

    /// Adds those of `destructions` that it does not have, durably.
    public func add(_ destructions: [DestroyedRecording]) throws {
        let known = Set(try self.destructions().map(\.recording))
        var text = Data()
        for destruction in destructions where !known.contains(destruction.recording) {
            text += try CanonicalJSON.encode(destruction) + [Self.lineFeed]
        }
        guard !text.isEmpty else { return }
        let isNew = try files.length(path) == nil
        let end = try lines().last.map { $0.endIndex + 1 } ?? 0
        let file = try files.open(path, writing: true, create: true, label: "backup.journal")
        try text.withUnsafeBytes { try file.write($0, at: end, label: "backup.journal") }
        // A line that was cut off may have been longer.
        try file.truncate(to: end + text.count, label: "backup.journal")
        try file.sync(label: "backup.journal")
        if isNew { try files.syncFolder(path.parentFolder, label: "backup.journal") }
    }
}
