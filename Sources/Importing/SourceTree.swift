/// The files below a folder, by their paths from it: what recognizers look at. No links are in it.
public struct SourceTree: Sendable {
    /// A regular file.
    public struct File: Sendable, Hashable {
        /// Where it is, from the root: names joined by `/`.
        public let path: String
        /// Its length in bytes.
        public let bytes: Int

        /// A file of `bytes` bytes.
        public init(_ path: String, bytes: Int = 0) {
            self.path = path
            self.bytes = bytes
        }

        /// The folder that it lies in; empty for the root.
        var folder: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "" }
        /// Its name.
        var name: String { path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path }
        /// Its name without what follows the last point.
        var stem: String {
            guard let point = name.lastIndex(of: "."), point != name.startIndex else { return name }
            return String(name[..<point])
        }
        /// What follows the last point, in lower case; empty where there is none.
        var kind: String { stem == name ? "" : name.dropFirst(stem.count + 1).lowercased() }

        /// Whether it is the same file, byte for byte: a file system has two where Unicode has one.
        public static func == (one: File, other: File) -> Bool { PathKey(one.path) == PathKey(other.path) }
        /// Takes its path into account.
        public func hash(into hasher: inout Hasher) { PathKey(path).hash(into: &hasher) }
    }

    /// All of them, in the order of their paths.
    private let all: [File]
    private let groups: [PathKey: [File]]
    private var claimed: Set<File> = []

    /// A tree of `files`.
    public init(_ files: [File]) {
        all = files.sorted { PathKey($0.path) < PathKey($1.path) }
        groups = Dictionary(grouping: all) { PathKey($0.folder) }
    }

    /// Those that nobody has taken out, in the order of their paths.
    public var files: [File] { all.filter { !claimed.contains($0) } }

    /// The folders that have files of their own, in the order of their paths.
    var folders: [String] { groups.keys.sorted().map(\.path) }

    /// The files that lie in `folder` itself.
    func files(in folder: String) -> [File] { groups[PathKey(folder), default: []].filter { !claimed.contains($0) } }

    /// The files that lie in `folder` or further down.
    func files(below folder: String) -> [File] {
        guard !folder.isEmpty else { return files }
        let start = PathKey("\(folder)/")
        var (low, high) = (0, all.count)
        while low < high {
            let middle = (low + high) / 2
            if PathKey(all[middle].path) < start { low = middle + 1 } else { high = middle }
        }
        return all[low...].prefix { $0.path.utf8.starts(with: start.path.utf8) }.filter { !claimed.contains($0) }
    }

    /// Takes `claimed` out, so that no other recognizer sees them.
    mutating func remove(_ claimed: some Collection<File>) { self.claimed.formUnion(claimed) }
}

/// A path as a file system tells it from others: by its bytes.
struct PathKey: Hashable, Comparable {
    let path: String

    init(_ path: String) { self.path = path }

    static func == (one: PathKey, other: PathKey) -> Bool { one.path.utf8.elementsEqual(other.path.utf8) }
    static func < (one: PathKey, other: PathKey) -> Bool { one.path.utf8.lexicographicallyPrecedes(other.path.utf8) }
    func hash(into hasher: inout Hasher) {
        var path = path
        path.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

/// The last name of a path from the root.
func lastName(_ path: String) -> String { SourceTree.File(path).name }
