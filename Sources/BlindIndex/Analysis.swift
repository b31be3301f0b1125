/// Which stemmers a text goes through, by the language that is said of it.
///
/// A text of one language is stemmed as that language only: the English stemmer would take `dinas` (office) for a plural and join
/// it with the name `Dina`. Where nobody knows the language, both are tried, since a word that is not found is worse than one
/// that is found too often and ranks low. A text in a language without a stemmer here keeps its words as they are: any
/// other language's rules would cut them anywhere.
enum Analysis: UInt8, CaseIterable {
    case none, indonesian, english, both

    /// The one for an RFC 5646 language tag, such as `id` or `en-GB`; nil, `und` and `mul` are languages nobody knows.
    init(language: String?) {
        switch language?.lowercased().split(whereSeparator: { $0 == "-" || $0 == "_" }).first {
        case nil, "und", "mul": self = .both
        case "id", "ind": self = .indonesian
        case "en", "eng": self = .english
        default: self = .none
        }
    }

    /// The stemmers that it uses.
    var languages: [StemmedLanguage] {
        switch self {
        case .none: []
        case .indonesian: [.indonesian]
        case .english: [.english]
        case .both: [.indonesian, .english]
        }
    }
}

/// A language that has a stemmer.
enum StemmedLanguage: Int, CaseIterable {
    case indonesian, english

    /// The name of its algorithm in libstemmer.
    var algorithm: String {
        switch self {
        case .indonesian: "indonesian"
        case .english: "english"
        }
    }
}
