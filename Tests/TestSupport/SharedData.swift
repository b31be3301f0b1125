public import Foundation

/// Test vectors and samples that lie beside the project, in `../shared`, and are never copied into it.
///
/// A test that needs them asks ``SharedData/folder(_:)`` and, where it gets nil, returns: the call has
/// already said on stderr what was skipped, so an absent folder is never mistaken for a passing test.
public enum SharedData {
    /// The folder `shared/<path>`, or nil (after a loud line on stderr) where it does not exist.
    public static func folder(_ path: String) -> URL? {
        let package = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let folder = package.deletingLastPathComponent().appending(path: "shared").appending(path: path)
        if FileManager.default.fileExists(atPath: folder.path) { return folder }
        FileHandle.standardError.write(
            Data("SKIPPED: shared/\(path) is not here; tests that read it did not run\n".utf8)
        )
        return nil
    }

    /// All regular files directly in `folder`, sorted by name.
    public static func files(in folder: URL) throws -> [URL] {
        try FileManager.default
            .contentsOfDirectory(at: folder, includingPropertiesForKeys: [.isRegularFileKey])
            .filter { try $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }
}
