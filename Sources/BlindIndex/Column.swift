/// The columns of a class's FTS5 table, in their order.
///
/// The text comes first: FTS5 spends no byte on the places of the first column.
enum Column: Int, CaseIterable {
    case text, title, about, speaker

    /// What it is called in SQL.
    var name: String {
        switch self {
        case .text: "text"
        case .title: "title"
        case .about: "about"
        case .speaker: "speaker"
        }
    }

    /// How much a word there counts: a word of the title says more of a meeting than one that was said in it.
    var weight: Double {
        switch self {
        case .text, .speaker: 1
        case .title: 4
        case .about: 2
        }
    }

    /// What of `document` stands in it, piece by piece.
    func pieces(of document: IndexDocument) -> [String] {
        switch self {
        case .text: document.segments
        case .title: [document.title]
        case .about: document.participants + [document.description].compactMap(\.self)
        case .speaker: document.speakers
        }
    }

    /// Whether phrases end where a piece ends: they go on from segment to segment, not from one name into the next.
    var partsPieces: Bool { self == .about || self == .speaker }
}
