public import ArchiveCore

/// Payloads as files below Storage.
public struct DirectoryStore: BlobStore {
    private let layout: StorageLayout
    private let files: any FileSystem

    /// The payloads of `layout`; makes the folders where they are absent.
    public init(layout: StorageLayout, files: any FileSystem = LocalFileSystem()) throws(ArchiveError) {
        self.layout = layout
        self.files = files
        let companions = Companion.Kind.allCases.map(layout.companions)
        for folder in [layout.incoming, layout.recordings] + companions + [layout.quarantine] {
            try files.makeFolder(folder, label: "payload.make-folder")
        }
    }

    private func path(_ key: BlobKey) -> String {
        switch key {
        case .incoming(let upload): layout.payload(upload)
        case .awaiting(let upload, let request): layout.chunk(of: upload, request: request)
        case .resealed(let upload): layout.resealed(upload)
        case .recording(let recording): layout.payload(recording)
        case .unfinished(let upload): layout.unfinished(upload)
        case .companion(let recording, let companion): layout.companion(companion, of: recording)
        case .quarantined(let upload): layout.quarantined(upload)
        }
    }

    /// See ``BlobStore/append(to:)``.
    public func append(to key: BlobKey) throws(ArchiveError) -> any BlobWriter {
        let path = path(key)
        let length = try files.length(path)
        // A rename that did not come about left it read-only.
        if length != nil { try files.setMode(path, 0o600, label: "payload.writable") }
        let file = try files.open(path, writing: true, create: true, label: "payload.open")
        // An empty one may have been begun by whoever could not make its name durable. What is not kept over a restart needs none.
        if case .unfinished = key { return FileWriter(file: file, length: try file.length) }
        if length ?? 0 == 0 { try files.syncFolder(layout.incoming, label: "payload.sync-folder") }
        return FileWriter(file: file, length: try file.length)
    }

    /// See ``BlobStore/read(_:)``.
    public func read(_ key: BlobKey) throws(ArchiveError) -> (any BlobReader)? {
        guard try length(of: key) != nil else { return nil }
        let file = try files.open(path(key), writing: false, create: false, label: "payload.open")
        return FileReader(file: file, length: try file.length)
    }

    /// See ``BlobStore/length(of:)``.
    public func length(of key: BlobKey) throws(ArchiveError) -> Int? { try files.length(path(key)) }

    /// See ``BlobStore/commit(_:as:)``.
    public func commit(_ key: BlobKey, as recording: RecordingID) throws(ArchiveError) {
        let target = path(.recording(recording))
        try files.makeFolder(target.parentFolder, label: "payload.make-folder")
        try move(path(key), to: target)
    }

    /// See ``BlobStore/keep(_:of:as:)``.
    public func keep(_ key: BlobKey, of recording: RecordingID, as companion: Companion) throws(ArchiveError) {
        let target = path(.companion(recording, companion))
        try files.makeFolder(target.parentFolder, label: "payload.make-folder")
        try move(path(key), to: target)
    }

    /// See ``BlobStore/release(_:)``.
    public func release(_ upload: UploadID) throws(ArchiveError) {
        try move(path(.quarantined(upload)), to: path(.incoming(upload)))
    }

    /// See ``BlobStore/quarantine(_:named:)``.
    public func quarantine(_ upload: UploadID, named recording: RecordingID) throws(ArchiveError) {
        guard try length(of: .quarantined(upload)) == nil else {
            // It is there already: what may have been begun under its old name since is not it.
            try files.syncFolder(layout.quarantine, label: "payload.sync-folder")
            return try remove(.incoming(upload))
        }
        let isNamed = try length(of: .recording(recording)) != nil
        try move(path(isNamed ? .recording(recording) : .incoming(upload)), to: path(.quarantined(upload)))
    }

    /// The contents are synced before this; read-only comes before the rename so that no committed payload was ever
    /// writable under its final name.
    private func move(_ source: String, to target: String) throws(ArchiveError) {
        if try files.length(source) == nil, try files.length(target) != nil {
            // A crash, or a sync that failed, came between the rename and whoever asked for it.
            try files.syncFolder(target.parentFolder, label: "payload.sync-folder")
            return try files.syncFolder(source.parentFolder, label: "payload.sync-folder")
        }
        try files.setMode(source, 0o400, label: "payload.read-only")
        try files.rename(source, to: target, label: "payload.rename")
        try files.syncFolder(target.parentFolder, label: "payload.sync-folder")
        try files.syncFolder(source.parentFolder, label: "payload.sync-folder")
    }

    /// See ``BlobStore/remove(_:)``.
    public func remove(_ keys: [BlobKey]) throws(ArchiveError) {
        var folders: [String] = []
        for path in keys.map(path) {
            let folder = path.parentFolder
            if try files.length(path) != nil {
                try files.remove(path, label: "payload.remove")
            } else if try files.length(folder) == nil {
                continue
            }
            // Also where it was not there: it may have been removed by whoever could not make that durable.
            if !folders.contains(folder) { folders.append(folder) }
        }
        for folder in folders { try files.syncFolder(folder, label: "payload.sync-folder") }
    }

    /// See ``BlobStore/incoming()``.
    public func incoming() throws(ArchiveError) -> [UploadID] {
        try uploads(in: layout.incoming)
    }

    private func uploads(in folder: String) throws(ArchiveError) -> [UploadID] {
        try files.names(in: folder).compactMap { name in
            name.hasSuffix(StorageLayout.payloadSuffix)
                ? UploadID(String(name.dropLast(StorageLayout.payloadSuffix.count))) : nil
        }
    }

    /// See ``BlobStore/quarantined()``.
    public func quarantined() throws(ArchiveError) -> [UploadID] { try uploads(in: layout.quarantine) }

    /// See ``BlobStore/removeUnfinished()``.
    public func removeUnfinished() throws(ArchiveError) {
        for name in try files.names(in: layout.incoming) where !name.hasSuffix(StorageLayout.payloadSuffix) {
            try files.remove("\(layout.incoming)/\(name)", label: "payload.remove")
        }
    }

    /// See ``BlobStore/recordings(beginningWith:)``.
    public func recordings(beginningWith prefix: String) throws(ArchiveError) -> [RecordingID: Int] {
        var lengths: [RecordingID: Int] = [:]
        for name in try files.names(in: layout.recordings(beginningWith: prefix)) {
            guard let id = Self.recording(name), id.description.hasPrefix(prefix) else { continue }
            lengths[id] = try length(of: .recording(id))
        }
        return lengths
    }

    private static func recording(_ name: String) -> RecordingID? {
        guard name.hasSuffix(StorageLayout.payloadSuffix) else { return nil }
        return RecordingID(String(name.dropLast(StorageLayout.payloadSuffix.count)))
    }

    /// See ``BlobStore/companions(of:)``.
    public func companions(of recording: RecordingID) throws(ArchiveError) -> [Companion] {
        let prefix = String(recording.description.prefix(2))
        var found: [Companion] = []
        for kind in Companion.Kind.allCases {
            for name in try files.names(in: layout.companions(kind, beginningWith: prefix)) {
                if let (id, number) = Self.companion(name), id == recording { found.append(Companion(kind, number)) }
            }
        }
        return found.sorted()
    }

    /// See ``BlobStore/companions(beginningWith:)``.
    public func companions(beginningWith prefix: String) throws(ArchiveError) -> [RecordingID: [Companion: Int]] {
        var lengths: [RecordingID: [Companion: Int]] = [:]
        for kind in Companion.Kind.allCases {
            for name in try files.names(in: layout.companions(kind, beginningWith: prefix)) {
                guard let (id, number) = Self.companion(name), id.description.hasPrefix(prefix) else { continue }
                let companion = Companion(kind, number)
                lengths[id, default: [:]][companion] = try length(of: .companion(id, companion))
            }
        }
        return lengths
    }

    private static func companion(_ name: String) -> (recording: RecordingID, number: Int)? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, ".\(parts[2])" == StorageLayout.payloadSuffix, let id = RecordingID(String(parts[0])),
            let number = Int(parts[1]), number >= 0, String(number) == parts[1]
        else { return nil }
        return (id, number)
    }

    /// See ``BlobStore/strays()``.
    public func strays() throws(ArchiveError) -> [String] {
        var found = try strays(in: layout.recordings) { Self.recording($0).map(layout.payload) }
        for kind in Companion.Kind.allCases {
            found += try strays(in: layout.companions(kind)) { name in
                Self.companion(name).map { layout.companion(Companion(kind, $0.number), of: $0.recording) }
            }
        }
        return found
    }

    /// What lies below `parent`, in a folder for each prefix, and is not where a file of its name belongs.
    private func strays(in parent: String, place: (String) -> String?) throws(ArchiveError) -> [String] {
        let prefixes = Set(RecordingID.prefixes)
        var strays: [String] = []
        for prefix in try files.names(in: parent) {
            let folder = "\(parent)/\(prefix)"
            guard prefixes.contains(prefix) else {
                strays.append(folder)
                continue
            }
            for name in try files.names(in: folder) where place(name) != "\(folder)/\(name)" {
                strays.append("\(folder)/\(name)")
            }
        }
        return strays
    }

    /// See ``BlobStore/available()``.
    public func available() throws(ArchiveError) -> Int { try files.available(at: layout.incoming) }
}

private final class FileReader: BlobReader {
    let file: any OpenFile
    let length: Int

    init(file: any OpenFile, length: Int) {
        self.file = file
        self.length = length
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ArchiveError) -> Int {
        try file.read(into: buffer, at: offset)
    }
}

/// `length` is touched by the one caller that the protocol allows at a time; the file itself is safe to share.
private final class FileWriter: BlobWriter, @unchecked Sendable {
    /// Dirty pages are handed to the disk in steps of this many bytes, so that a sync at the end finds little to do.
    private static let writebackStep = 8 << 20

    private let file: any OpenFile
    private(set) var length: Int
    private var writtenBack: Int

    init(file: any OpenFile, length: Int) {
        self.file = file
        self.length = length
        writtenBack = length
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        try file.write(bytes, at: length, label: "payload.write")
        length += bytes.count
        if length - writtenBack >= Self.writebackStep {
            file.startWriteback(from: writtenBack, count: length - writtenBack)
            writtenBack = length
        }
    }

    func sync() throws(ArchiveError) { try file.sync(label: "payload.sync") }

    func rewrite(from offset: Int) throws(ArchiveError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var place = offset
        while place < length {
            let count = try file.read(
                into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, length - place)]),
                at: place
            )
            guard count > 0 else { return }
            try file.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), at: place, label: "payload.rewrite")
            place += count
        }
    }

    func truncate(to length: Int) throws(ArchiveError) {
        try file.truncate(to: length, label: "payload.truncate")
        self.length = length
        writtenBack = min(writtenBack, length)
    }
}
