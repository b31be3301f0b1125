import ArchiveCore

/// The host's file system, but one call of one label fails.
struct FaultyFileSystem: FileSystem {
    let failing: FileLabel
    let after: Int
    private let count = Counter()
    private let real = LocalFileSystem()

    /// Fails the call labelled `failing` that comes after `after` others of that label.
    init(failing: FileLabel, after: Int = 0) {
        self.failing = failing
        self.after = after
    }

    private func check(_ label: FileLabel) throws(ArchiveError) {
        guard label == failing, count.next() == after + 1 else { return }
        throw ArchiveError(.inputOutput, "the test fails \(label)")
    }

    func open(_ path: String, writing: Bool, create: Bool, label: FileLabel) throws(ArchiveError) -> any OpenFile {
        try check(label)
        return FaultyFile(real: try real.open(path, writing: writing, create: create, label: label), check: check)
    }
    func rename(_ from: String, to: String, label: FileLabel) throws(ArchiveError) {
        try check(label)
        try real.rename(from, to: to, label: label)
    }
    func remove(_ path: String, label: FileLabel) throws(ArchiveError) {
        try check(label)
        try real.remove(path, label: label)
    }
    func makeFolder(_ path: String, label: FileLabel) throws(ArchiveError) {
        try check(label)
        try real.makeFolder(path, label: label)
    }
    func syncFolder(_ path: String, label: FileLabel) throws(ArchiveError) {
        try check(label)
        try real.syncFolder(path, label: label)
    }
    func setMode(_ path: String, _ mode: UInt32, label: FileLabel) throws(ArchiveError) {
        try check(label)
        try real.setMode(path, mode, label: label)
    }
    func mode(_ path: String) throws(ArchiveError) -> UInt32 { try real.mode(path) }
    func length(_ path: String) throws(ArchiveError) -> Int? { try real.length(path) }
    func names(in path: String) throws(ArchiveError) -> [String] { try real.names(in: path) }
    func available(at path: String) throws(ArchiveError) -> Int { try real.available(at: path) }
}

private struct FaultyFile: OpenFile {
    let real: any OpenFile
    let check: @Sendable (FileLabel) throws(ArchiveError) -> Void

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ArchiveError) -> Int {
        try real.read(into: buffer, at: offset)
    }
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int, label: FileLabel) throws(ArchiveError) {
        try check(label)
        try real.write(bytes, at: offset, label: label)
    }
    func sync(label: FileLabel) throws(ArchiveError) {
        try check(label)
        try real.sync(label: label)
    }
    func startWriteback(from offset: Int, count: Int) { real.startWriteback(from: offset, count: count) }
    func truncate(to length: Int, label: FileLabel) throws(ArchiveError) {
        try check(label)
        try real.truncate(to: length, label: label)
    }
    var length: Int { get throws(ArchiveError) { try real.length } }
}
