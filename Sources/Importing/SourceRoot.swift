public import ArchiveCore
// In a module that has Foundation, `stat` and its fields are its.
internal import CoreFoundation
internal import Glibc

/// A folder of somebody else's making that is looked through: nothing outside of it is ever opened.
///
/// Paths are walked name by name from its descriptor, and no link is followed on the way: a link that is put there between
/// looking and opening leads nowhere.
public final class SourceRoot: Sendable {
    private static let deepest = 64
    private static let largest = 1_000_000

    /// What people call it.
    public let path: String
    private let descriptor: Int32
    /// The only files that are looked at, where files were named.
    let only: [String]?

    /// The folders that `paths` name, and those of the files that they name, of which these alone are looked at. The
    /// person's own paths may well have links.
    ///
    /// - Throws: `not-found`, or `input-output`.
    public static func roots(of paths: [String]) throws(ArchiveError) -> [SourceRoot] {
        var folders: [(path: String, resolved: String, only: [String]?)] = []
        for path in paths {
            guard let whole = realpath(path, nil) else { throw failure("open", path) }
            defer { free(whole) }
            let resolved = String(cString: whole)
            var status = stat()
            guard stat(resolved, &status) == 0 else { throw failure("open", path) }
            if status.st_mode & S_IFMT == S_IFDIR {
                folders.append((path, resolved, nil))
                continue
            }
            let name = SourceTree.File(resolved).name
            let folder = resolved.parentFolder
            if let place = folders.firstIndex(where: { $0.resolved == folder && $0.only != nil }) {
                folders[place].only?.append(name)
            } else {
                folders.append((path.parentFolder, folder, [name]))
            }
        }
        return try folders.map { folder throws(ArchiveError) in
            try SourceRoot(folder.resolved, named: folder.path, only: folder.only)
        }
    }

    /// The folder at `path`.
    ///
    /// - Parameters:
    ///   - name: what people call it; nil for `path`.
    ///   - only: the names of the files in it that are looked at; nil for all.
    /// - Throws: `not-found`, or `input-output`.
    public init(_ path: String, named name: String? = nil, only: [String]? = nil) throws(ArchiveError) {
        self.path = name ?? path
        self.only = only
        descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure("open", path) }
    }

    deinit { close(descriptor) }

    /// What people call what is at `inner`.
    public func name(of inner: String) -> String {
        if path == "." { return inner }
        return path.hasSuffix("/") ? path + inner : "\(path)/\(inner)"
    }

    /// `path` from the root, where it was written from /.
    func inner(_ path: String) -> String {
        let start = self.path.hasSuffix("/") ? self.path : "\(self.path)/"
        return path.hasPrefix(start) ? String(path.dropFirst(start.count)) : path
    }

    /// What is in it, and what of it cannot be looked at: links that lead out of it or nowhere, names that are no text.
    ///
    /// A link to what is in it anyway is passed over.
    public func tree() throws(ArchiveError) -> (tree: SourceTree, refusals: [ImportRefusal]) {
        if let only {
            var (files, refusals): ([SourceTree.File], [ImportRefusal]) = ([], [])
            for name in Set(only).sorted() {
                do throws(ArchiveError) {
                    files.append(SourceTree.File(name, bytes: try open(name).bytes))
                } catch {
                    refusals.append(ImportRefusal(name, error))
                }
            }
            return (SourceTree(files), refusals)
        }
        var walk = Walk(root: self)
        try walk.descend("", descriptor, depth: 0)
        return (SourceTree(walk.files), walk.refusals)
    }

    /// Opens the regular file at `inner`.
    ///
    /// - Throws: `bad-request` for a path that leads out of the root, or by a link; `not-found`; `bad-recording` for
    ///   what is no file.
    public func open(_ inner: String) throws(ArchiveError) -> SourceFile {
        let names = inner.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard !inner.isEmpty, !inner.utf8.contains(0), !names.contains(where: { ["", ".", ".."].contains($0) }) else {
            throw ArchiveError(
                .badRequest,
                "\(inner.debugDescription) does not lie below \(path)",
                hint: "paths begin in that folder and stay in it"
            )
        }
        var folder = descriptor
        defer { if folder != descriptor { close(folder) } }
        for name in names.dropLast() {
            let next = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            let reason = errno
            if folder != descriptor { close(folder) }
            folder = next
            guard next >= 0 else {
                folder = descriptor
                throw Self.failure("open", self.name(of: inner), reason)
            }
        }
        // Nonblocking, so that a pipe holds nobody up; a regular file does not care.
        let file = openat(folder, names[names.count - 1], O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard file >= 0 else { throw Self.failure("open", self.name(of: inner), errno) }
        return try SourceFile(file, name: self.name(of: inner))
    }

    static func failure(_ verb: String, _ path: String, _ reason: Int32 = errno) -> ArchiveError {
        if reason == ELOOP || reason == ENOTDIR {
            return ArchiveError(
                .badRequest,
                "\(path) leads over a link",
                hint: "name what it points to, or put that in its place"
            )
        }
        return ArchiveError(
            reason == ENOENT ? .notFound : .inputOutput,
            "\(verb) \(path): \(String(cString: strerror(reason)))"
        )
    }

    /// Goes through a folder and those below it.
    private struct Walk {
        let root: SourceRoot
        var files: [SourceTree.File] = []
        var refusals: [ImportRefusal] = []

        mutating func descend(_ path: String, _ descriptor: Int32, depth: Int) throws(ArchiveError) {
            let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard copy >= 0 else { throw failure("read", root.name(of: path)) }
            guard let stream = fdopendir(copy) else {
                close(copy)
                throw failure("read", root.name(of: path))
            }
            defer { closedir(stream) }
            while let entry = readdir(stream) {
                let bytes = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
                guard bytes != [0x2E], bytes != [0x2E, 0x2E] else { continue }
                let place = path.isEmpty ? "" : "\(path)/"
                guard let name = String(validating: bytes, as: UTF8.self) else {
                    let shown = place + String(decoding: bytes, as: UTF8.self)
                    let error = ArchiveError(.badMetadata, "its name is not UTF-8", hint: "rename it")
                    refusals.append(ImportRefusal(shown, error))
                    continue
                }
                try take(name, at: place + name, in: descriptor, depth: depth)
            }
        }

        private mutating func take(
            _ name: String,
            at path: String,
            in folder: Int32,
            depth: Int
        ) throws(ArchiveError) {
            var status = stat()
            guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                refusals.append(ImportRefusal(path, failure("look at", root.name(of: path))))
                return
            }
            switch status.st_mode & S_IFMT {
            case S_IFREG:
                guard files.count < SourceRoot.largest else {
                    throw ArchiveError(.tooLarge, "\(root.path) has more than \(SourceRoot.largest) files")
                }
                files.append(SourceTree.File(path, bytes: Int(status.st_size)))
            case S_IFDIR: try enter(name, at: path, in: folder, depth: depth)
            case S_IFLNK: follow(name, at: path, in: folder)
            default:
                let error = ArchiveError(.badRecording, "it is neither a file nor a folder")
                refusals.append(ImportRefusal(path, error))
            }
        }

        private mutating func enter(
            _ name: String,
            at path: String,
            in folder: Int32,
            depth: Int
        ) throws(ArchiveError) {
            guard depth < SourceRoot.deepest else {
                let error = ArchiveError(.tooLarge, "more than \(SourceRoot.deepest) folders lie in each other")
                refusals.append(ImportRefusal(path, error))
                return
            }
            let inner = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard inner >= 0 else {
                refusals.append(ImportRefusal(path, failure("open", root.name(of: path))))
                return
            }
            defer { close(inner) }
            try descend(path, inner, depth: depth + 1)
        }

        /// Refuses a link unless what it leads to is below the root, and so found there.
        private mutating func follow(_ name: String, at path: String, in folder: Int32) {
            func place(_ descriptor: Int32, _ name: String) -> String? {
                guard let found = realpath("/proc/self/fd/\(descriptor)/\(name)", nil) else { return nil }
                defer { free(found) }
                return String(cString: found)
            }
            let top = place(root.descriptor, "") ?? "/"
            guard let target = place(folder, name) else {
                refusals.append(ImportRefusal(path, ArchiveError(.notFound, "it is a link that leads nowhere")))
                return
            }
            guard target != top, !target.hasPrefix(top == "/" ? "/" : "\(top)/") else { return }
            let error = ArchiveError(
                .badRequest,
                "it is a link that leads out of the folder",
                hint: "import what it points to by its own name"
            )
            refusals.append(ImportRefusal(path, error))
        }
    }
}
