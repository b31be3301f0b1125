public import Foundation

/// The documents in which transcripts come and go.
public enum TranscriptFormat: String, Sendable, Codable, CaseIterable {
    /// The archive's own, with everything (DESIGN.md section 5).
    case json
    /// WebVTT (W3C); captions of BigBlueButton are it, too.
    case vtt
    /// SubRip.
    case srt
    /// The readable form that people edit: times, speakers, texts.
    case txt
    /// WebVTT of Zoom, with the speaker in front of the text.
    case zoom
    /// JSON of openai-whisper, faster-whisper, whisper-ctranslate2, WhisperX.
    case whisper
    /// JSON of whisper.cpp: `-oj`, `-ojf`.
    case whisperCpp = "whisper.cpp"
    /// JSON of Vosk.
    case vosk
    /// JSON of Jigasi, the transcriber of Jitsi Meet.
    case jigasi

    /// The formats that are written as well.
    public static let writable: [Self] = [.json, .vtt, .srt, .txt]

    /// The media type of what is written; nil for formats that are only read.
    public var mediaType: String? {
        switch self {
        case .json: "application/json"
        case .vtt: "text/vtt; charset=utf-8"
        case .srt: "application/x-subrip; charset=utf-8"
        case .txt: "text/plain; charset=utf-8"
        case .zoom, .whisper, .whisperCpp, .vosk, .jigasi: nil
        }
    }

    /// Reads a document of this format.
    ///
    /// - Throws: with the line or segment, what was expected, and what to do.
    public func parse(_ data: Data) throws(TranscriptError) -> Transcript {
        switch self {
        case .json: try Transcript(json: data)
        case .vtt: try WebVTT.parse(data, zoom: false)
        case .srt: try SubRip.parse(data)
        case .txt: try EditableText.parse(data)
        case .zoom: try WebVTT.parse(data, zoom: true)
        case .whisper: try Whisper.parse(data)
        case .whisperCpp: try WhisperCpp.parse(data)
        case .vosk: try Vosk.parse(data)
        case .jigasi: try Jigasi.parse(data)
        }
    }

    /// Writes a document of this format. Reading it gives back what the format has a place for: JSON everything; WebVTT
    /// language, times, speakers and texts; SubRip and TXT times, speakers and texts.
    ///
    /// - Throws: `format` for one that is only read.
    public func write(_ transcript: Transcript) throws(TranscriptError) -> Data {
        switch self {
        case .json: return try transcript.json()
        case .vtt: return WebVTT.write(transcript)
        case .srt: return SubRip.write(transcript)
        case .txt: return EditableText.write(transcript)
        case .zoom, .whisper, .whisperCpp, .vosk, .jigasi:
            let known = Self.writable.map(\.rawValue).joined(separator: ", ")
            throw TranscriptError(.format, "\(rawValue) is only read", hint: "write one of \(known)")
        }
    }
}
