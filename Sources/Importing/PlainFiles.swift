internal import ArchiveClient

/// Audio and video files of which only the name is known, and transcripts beside them under the same name.
struct PlainFiles: Recognizer {
    /// The last parts of names that audio and video go by. What is in a file is looked at before it is taken.
    static let kinds: Set<String> = [
        "3gp", "aac", "ac3", "aif", "aiff", "amr", "avi", "caf", "flac", "flv", "m4a", "m4b", "m4v", "mka", "mkv",
        "mov", "mp2", "mp3",
        "mp4", "mpeg", "mpg", "oga", "ogg", "ogv", "opus", "ts", "wav", "wave", "webm", "wma", "wmv",
    ]
    private static let transcripts = ["vtt", "srt", "json"]

    func recognize(_ tree: inout SourceTree, _ texts: SourceTexts) -> Findings {
        var findings = Findings()
        var claimed: Set<SourceTree.File> = []
        let all = Dictionary(grouping: tree.files) { PathKey($0.path) }.compactMapValues(\.first)
        for file in tree.files where Self.kinds.contains(file.kind) {
            var item = ImportItem(.file, file, RecordingMetadata(title: FoundText.line(file.stem)))
            claimed.insert(file)
            let beside = Self.transcripts.lazy.compactMap {
                all[PathKey("\(file.path.dropLast(file.kind.count))\($0)")]
            }.first
            if let beside {
                item.transcript = beside.path
                claimed.insert(beside)
            }
            findings.items.append(item)
        }
        tree.remove(claimed)
        return findings
    }
}
