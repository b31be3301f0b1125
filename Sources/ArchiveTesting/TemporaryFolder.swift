public import ArchiveCore
public import Foundation

/// A folder of one test, removed with the last reference to it.
public final class TemporaryFolder: Sendable {
    /// Where it is.
    public let path: String

    /// A new, empty one.
    public init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "risalah-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// A copy of what lies below `root` now.
    ///
    /// This is what a process that is killed now leaves behind: every byte that it has written, its write-ahead logs
    /// included, and nothing that it would have done next. The `-shm` files are left out, as a restart of the host does.
    public init(photographing root: String) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "risalah-test-\(UUID().uuidString)").path
        try Self.copy(root, to: path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of `name` in it.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    private static func copy(_ source: String, to target: String) throws {
        let manager = FileManager.default
        var isFolder: ObjCBool = false
        guard manager.fileExists(atPath: source, isDirectory: &isFolder), isFolder.boolValue else {
            return try manager.copyItem(atPath: source, toPath: target)
        }
        try manager.createDirectory(atPath: target, withIntermediateDirectories: true)
        for name in try manager.contentsOfDirectory(atPath: source) where !name.hasSuffix("-shm") {
            try copy("\(source)/\(name)", to: "\(target)/\(name)")
        }
    }
}

/// Every regular file below `root`, by path.
public func everyFile(below root: String) throws -> [String: Data] {
    guard let names = FileManager.default.enumerator(atPath: root) else { return [:] }
    var files: [String: Data] = [:]
    for case let name as String in names {
        let path = "\(root)/\(name)"
        let type = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        if type == .typeRegular { files[path] = try Data(contentsOf: URL(filePath: path)) }
    }
    return files
}

/// The files below `root` in which `bytes` stand; reads every byte.
public func files(below root: String, containing bytes: some Collection<UInt8>) throws -> [String] {
    let wanted = Data(bytes)
    precondition(!wanted.isEmpty, "everything contains nothing")
    return try everyFile(below: root).filter { $0.value.range(of: wanted) != nil }.map(\.key).sorted()
}

/// The error of `body`; nil where there is none.
public func archiveError(_ body: () async throws -> Void) async -> ArchiveError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? ArchiveError ?? ArchiveError(.unexpected, "another kind of error: \(error)")
    }
}
