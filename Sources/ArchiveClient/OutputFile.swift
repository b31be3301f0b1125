public import ArchiveCore

/// A file that appears under its name only when it is whole: temp in the same folder, mode 0600, fsync, rename, fsync
/// of the folder. Unless ``commit()`` was called, nothing is left when the last reference goes.
public final class OutputFile {
    /// Where it will be.
    public let path: String
    private let temporary: String
    private let files: any FileSystem
    private let file: any OpenFile
    private var committed = false
    /// Bytes written so far.
    public private(set) var length = 0

    /// Begins a file that will be at `path`; in `path` under the name `name` where that is a folder.
    ///
    /// - Throws: `input-output`, also where `path` is something else that a rename would destroy, like a device.
    public convenience init(path: String, name: String) throws(ArchiveError) {
        let files = LocalFileSystem()
        var target = path
        switch try files.kind(of: path) {
        case .regular: break
        case .folder: target = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
        case .other:
            throw ArchiveError(.inputOutput, "\(path) is not a regular file", hint: "write to stdout with -o -")
        case nil:
            guard try files.kind(of: path.parentFolder) == .folder else {
                throw ArchiveError(.inputOutput, "cannot write \(path): there is no folder \(path.parentFolder)")
            }
        }
        try self.init(at: target, in: files)
    }

    /// Begins a file that will be at `path` of `files`.
    init(at path: String, in files: any FileSystem) throws(ArchiveError) {
        let folder = path.parentFolder
        self.path = path
        self.files = files
        temporary = "\(folder == "/" ? "" : folder)/.risalah-\(UploadID()).part"
        file = try files.open(temporary, writing: true, create: true, label: "output.open")
    }

    deinit {
        if !committed { try? files.remove(temporary, label: "output.discard") }
    }

    /// Appends `bytes`.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        try file.write(bytes, at: length, label: "output.write")
        length += bytes.count
    }

    /// Makes the file durable and gives it its name.
    public func commit() throws(ArchiveError) {
        try file.sync(label: "output.sync")
        try files.rename(temporary, to: path, label: "output.rename")
        committed = true
        try files.syncFolder(path.parentFolder, label: "output.sync-folder")
    }
}
