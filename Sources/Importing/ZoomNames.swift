/// The name of the folder of a recording that was made on a computer.
struct ZoomLocalFolder {
    /// Year to second by the clock of that computer; empty where the name has none.
    let numbers: [Int]
    /// What the meeting was called; the whole name where it has no other form.
    let topic: String

    init(_ folder: String) {
        let name = lastName(folder)
        let form = #/(?s)(\d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d)(?: (.*?))?(?: (\d{9,12}))?/#
        guard let match = name.wholeMatch(of: form) else {
            (numbers, topic) = ([], name)
            return
        }
        (numbers, topic) = (FoundText.numbers(match.1), match.2.map(String.init) ?? "")
    }
}

/// A file in such a folder.
struct ZoomLocalFile {
    let file: SourceTree.File
    let isAudio: Bool
    /// What the sound and the picture of one part share; nil for what is neither.
    let part: String?
    let isText: Bool
    let isUnconverted: Bool
    /// Whose voice alone it is.
    let speaker: String?

    /// nil where Zoom gives no such name.
    init?(_ file: SourceTree.File) {
        let name = file.name
        isUnconverted = file.kind == "zoom"
        isText = [
            "chat.txt", "meeting_saved_chat.txt", "meeting_saved_closed_caption.txt", "closed_caption.txt",
        ].contains(name)
        if let match = name.wholeMatch(of: #/audio_only(?:_(\d+))?\.m4a/#) {
            (isAudio, part) = (true, "zoom\(match.1 ?? "0")")
        } else if let match = name.wholeMatch(of: #/zoom_(\d+)\.mp4/#) {
            (isAudio, part) = (false, "zoom\(match.1)")
        } else if let match = name.wholeMatch(of: #/audio(\d+)\.m4a/#) {
            (isAudio, part) = (true, String(match.1))
        } else if let match = name.wholeMatch(of: #/video(\d+)\.mp4/#) {
            (isAudio, part) = (false, String(match.1))
        } else {
            (isAudio, part) = (false, nil)
            guard isText || isUnconverted else { return nil }
        }
        self.file = file
        speaker = nil
    }

    /// A file in `Audio Record`, with one voice: `audioBudiSantoso1234567890.m4a`.
    init?(track file: SourceTree.File) {
        guard let match = file.name.wholeMatch(of: #/(?s)audio(.*?)(\d*)\.m4a/#) else { return nil }
        self.file = file
        (isAudio, part, isText, isUnconverted) = (true, nil, false, false)
        speaker = match.1.isEmpty ? nil : String(match.1)
    }
}

/// A file that the cloud gave out.
struct ZoomCloudFile {
    let file: SourceTree.File
    /// What all files of one recording begin with: `GMT20200415-023012`.
    let stamp: String
    /// What follows it.
    private let rest: String

    /// nil where the cloud gives no such name.
    init?(_ file: SourceTree.File) {
        guard file.name.hasPrefix("GMT"), let match = file.name.wholeMatch(of: #/(?s)(GMT\d{8}-\d{6})(.*)/#) else {
            return nil
        }
        self.file = file
        (stamp, rest) = (String(match.1), String(match.2))
    }

    var isAudio: Bool { file.kind == "m4a" }
    var isVideo: Bool { file.kind == "mp4" }
    var isTrack: Bool { isAudio && rest.lowercased().contains("separate") }
    var isTranscript: Bool { rest.hasSuffix(".transcript.vtt") }
    var isChat: Bool { file.kind == "txt" }

    /// The time in ``stamp``, with something between its numbers.
    var spelledTime: String {
        let digits = stamp.filter { ("0"..."9").contains($0) }
        guard digits.count == 14 else { return "" }
        var (text, rest) = ("", digits[...])
        for width in [4, 2, 2, 2, 2, 2] {
            text += rest.prefix(width) + "-"
            rest = rest.dropFirst(width)
        }
        return text
    }

    /// What the meeting was called, in names of before 2021: `_Rapat-Kabinet_1920x1080.mp4`.
    var topic: String? {
        guard
            let match = rest.wholeMatch(of: #/(?s)_(.+?)(?:_(?:as|avo|gvo|gallery|separate\d*))*(?:_\d+x\d+)?\.[^.]+/#),
            !match.1.hasPrefix("Recording")
        else { return nil }
        return FoundText.line(match.1.replacing("-", with: " "))
    }
}
