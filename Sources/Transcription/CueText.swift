/// The text of WebVTT cues (section 6.4, "cue text tokenizer"): voices and characters are kept, other tags go.
enum CueText {
    /// What each voice says in a cue, in order.
    ///
    /// - Throws: where the name of a voice cannot be a speaker's.
    static func runs(_ payload: String) throws(TranscriptError) -> [Cue.Said] {
        let scalars = Array(payload.unicodeScalars)
        var (runs, voices, index) = ([Cue.Said(speaker: nil, text: "")], [String?](), 0)
        while index < scalars.count {
            if scalars[index] == "<" {
                let end = scalars[index...].firstIndex(of: ">") ?? scalars.count
                let tag = scalars[(index + 1)..<end]
                index = min(end + 1, scalars.count)
                if isVoiceEnd(tag) {
                    _ = voices.popLast()
                } else if let name = try voice(tag) {
                    voices.append(name)
                } else {
                    continue
                }
                runs.append(Cue.Said(speaker: voices.last ?? nil, text: ""))
                continue
            }
            let reference = CharacterReference.decode(scalars[index...], needsSemicolon: false)
            runs[runs.count - 1].text.unicodeScalars.append(reference?.scalar ?? scalars[index])
            index += reference?.count ?? 1
        }
        return runs
    }

    /// Whether there is a tag of a voice in it.
    static func hasVoice(_ payload: String) -> Bool {
        let scalars = Array(payload.unicodeScalars)
        return scalars.indices.contains { scalars[$0] == "<" && isVoice(scalars[($0 + 1)...]) }
    }

    /// The payload that says `text`.
    static func escaped(_ text: String) -> String {
        var payload = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": payload.append(contentsOf: "&amp;".unicodeScalars)
            case "<": payload.append(contentsOf: "&lt;".unicodeScalars)
            case ">": payload.append(contentsOf: "&gt;".unicodeScalars)
            default: payload.append(scalar)
            }
        }
        return String(payload)
    }

    private static func isVoice(_ tag: ArraySlice<Unicode.Scalar>) -> Bool {
        guard tag.first == "v" else { return false }
        guard let next = tag.dropFirst().first else { return true }
        return next == "." || next == ">" || next.properties.isWhitespace
    }

    private static func isVoiceEnd(_ tag: ArraySlice<Unicode.Scalar>) -> Bool {
        tag.first == "/" && isVoice(tag.dropFirst())
    }

    /// The name in `v.class.class Name`, empty where there is none; nil for another tag.
    private static func voice(_ tag: ArraySlice<Unicode.Scalar>) throws(TranscriptError) -> String?? {
        guard isVoice(tag) else { return nil }
        let annotation = tag.drop { !$0.properties.isWhitespace }
        var (name, index) = (String.UnicodeScalarView(), annotation.startIndex)
        while index < annotation.endIndex {
            let reference = CharacterReference.decode(annotation[index...], needsSemicolon: false)
            name.append(reference?.scalar ?? annotation[index])
            index += reference?.count ?? 1
        }
        return .some(try SpokenText.line(String(name), "speaker"))
    }
}
