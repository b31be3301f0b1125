/// Speakers in front of texts, for formats that have no place for them.
enum SpeakerPrefix {
    /// More is no name.
    private static let longest = 120

    /// `[Name]: text`, as whisper-ctranslate2 writes it, and `(speaker 0) text`, as whisper.cpp does in SubRip.
    static func bracketed(_ text: String) -> (speaker: String, text: String)? {
        let scalars = Substring(text).unicodeScalars
        if scalars.first == "[" {
            let name = scalars.dropFirst().prefix { $0 != "]" && $0 != "[" && $0 != "\n" }
            let rest = scalars[name.endIndex...]
            guard !name.isEmpty, rest.starts(with: "]:".unicodeScalars) else { return nil }
            return (String(name), String(rest.dropFirst(2)))
        }
        guard scalars.starts(with: "(speaker ".unicodeScalars) else { return nil }
        let number = scalars.dropFirst(9).prefix { ("0"..."9").contains($0) || $0 == "?" }
        let rest = scalars[number.endIndex...]
        guard (1...3).contains(number.count), rest.first == ")" else { return nil }
        return (WhisperCpp.speaker(String(number)) ?? "", String(rest.dropFirst()))
    }

    /// `Name: text`, as Zoom writes it: up to eight words that end no sentence.
    static func named(_ text: String) -> (speaker: String, text: String)? {
        let scalars = Substring(text).unicodeScalars
        guard let colon = scalars.firstIndex(of: ":") else { return nil }
        let name = scalars[..<colon]
        let rest = scalars[colon...].dropFirst()
        guard rest.first == " ", (1...longest).contains(name.count), let first = name.first,
            !first.properties.isWhitespace, name.allSatisfy({ !["?", "!", "\n", "\""].contains($0) }),
            name.split(separator: " ").count <= 8
        else { return nil }
        return (String(name), String(rest))
    }

    /// A text that begins like a speaker and is none.
    static func escaped(_ text: String) -> String {
        guard let first = text.unicodeScalars.first else { return text }
        return "&#\(first.value);" + String(text.unicodeScalars.dropFirst())
    }
}
