internal import ArchiveClient
public import ArchiveCore
public import Foundation

extension SourceRoot {
    /// The whole of a small text.
    func text(_ inner: String, limit: Int) throws(ArchiveError) -> Data {
        let file = try open(inner)
        guard file.bytes <= limit else {
            throw ArchiveError(.tooLarge, "\(file.name) has \(file.bytes) bytes, more than \(limit)")
        }
        let bytes = try file.head(file.bytes)
        try file.checkUnchanged()
        return Data(bytes)
    }

    /// What is found in it.
    ///
    /// - Parameter zone: of times that do not say theirs.
    public func findings(zone: TimeZone) throws(ArchiveError) -> Findings {
        let (tree, refusals) = try tree()
        let texts = SourceTexts(zone: zone) { path, limit throws(ArchiveError) in try self.text(path, limit: limit) }
        var findings = tree.recognized(texts)
        findings.refusals = refusals + findings.refusals
        if only != nil {
            // Whoever names a file means it, whatever it is called.
            let others = Set(findings.others.map { PathKey($0) })
            let named = tree.files.filter { others.contains(PathKey($0.path)) }
            findings.others = []
            findings.items += named.map { file in
                ImportItem(.file, file, RecordingMetadata(title: FoundText.line(file.stem)))
            }
        }
        return findings
    }

    /// Whether what is at `path` is looked through; else it is one stream of bytes to be sent: Ogg Opus, WAV, or a pipe.
    public static func needsRun(_ path: String) -> Bool {
        guard path != "-", let root = try? roots(of: [path]).first else { return false }
        guard isFile(path) else { return (try? LocalFileSystem().kind(of: path)) == .folder }
        guard let (tree, _) = try? root.tree(), let file = try? tree.files.first.map({ try root.open($0.path) }) else {
            return false
        }
        return (try? SourceEncoder.kind(of: file)) == .media
    }

    /// Whether there is a regular file at `path`.
    public static func isFile(_ path: String) -> Bool {
        (try? LocalFileSystem().kind(of: path)) == .regular
    }
}
