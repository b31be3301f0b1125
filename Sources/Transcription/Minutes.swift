public import ArchiveCore
public import Foundation

/// The minutes of a meeting (*risalah rapat*): its transcript with what is known of the meeting, to read, print and sign.
public struct Minutes: Sendable {
    /// What minutes say of the meeting.
    public struct Heading: Sendable, Hashable {
        /// The title, where there is one.
        public var title: String?
        /// When the recording began.
        public var began: Date?
        /// The zone in which that is written.
        public var timeZone: TimeZone
        /// The name of the unit.
        public var unit: String?
        /// Who took part.
        public var participants: [String]
        /// The classification, as it is printed: on every page, and at both ends where there are no pages.
        public var label: String
        /// What the transcript was put together from, where it is not a revision of one recording.
        public var sources: [String]

        /// What is known.
        public init(
            title: String? = nil,
            began: Date? = nil,
            timeZone: TimeZone,
            unit: String? = nil,
            participants: [String] = [],
            label: String,
            sources: [String] = []
        ) {
            self.title = title
            self.began = began
            self.timeZone = timeZone
            self.unit = unit
            self.participants = participants
            self.label = label
            self.sources = sources
        }
    }

    /// The documents that minutes come in.
    public enum Form: String, Sendable, Codable, CaseIterable {
        /// One page to print on A4, which word processors open as well.
        case html
        /// CommonMark.
        case md
        /// Lines of 78 characters, in pages of 60 lines with a form feed between them.
        case txt
    }

    /// What one speaker says, up to ``paragraph`` long.
    struct Paragraph {
        let start: TranscriptTime
        let speaker: String?
        var texts: [String]
        /// Whether a guard against invented text has found something in it.
        let isDoubtful: Bool
    }

    /// Milliseconds after which a speaker's words get another time in front of them.
    private static let paragraph = 60_000

    let heading: Heading
    private let transcript: Transcript
    private let language: Language

    /// - Parameter language: of the words that are the page's own.
    public init(_ transcript: Transcript, heading: Heading, language: Language) {
        self.transcript = transcript
        self.heading = heading
        self.language = language
    }

    /// The document.
    public func document(_ form: Form) -> String {
        switch form {
        case .html: html
        case .md: markdown
        case .txt: plain
        }
    }

    func say(_ english: String, _ indonesian: String) -> String { language == .english ? english : indonesian }

    /// The tag of ``language``.
    var languageTag: String { say("en", "id") }

    var name: String { say("Minutes of meeting", "Risalah rapat") }

    var title: String { heading.title ?? name }

    /// What is said in front of the text.
    var facts: [(name: String, value: String)] {
        let revision = transcript.revision
        let engine = [transcript.engine, transcript.model].compactMap(\.self).joined(separator: " ")
        let machine = say("written by a machine, not corrected", "ditulis mesin, belum dikoreksi")
        let origin = revision == 0 ? engine.isEmpty ? machine : "\(machine) (\(engine))" : transcript.author
        let participants = heading.participants.isEmpty ? nil : heading.participants.joined(separator: "; ")
        let facts = [
            (say("Classification", "Klasifikasi"), heading.label), (say("Date", "Tanggal"), heading.began.map(date)),
            (say("Unit", "Unit"), heading.unit), (say("Participants", "Peserta"), participants),
            (
                say("Transcript", "Transkrip"),
                heading.sources.isEmpty
                    ? say("revision", "revisi") + " \(revision)" + (origin.map { ", \($0)" } ?? "")
                    : heading.sources.joined(separator: "; ")
            ),
        ]
        return facts.compactMap { name, value in value.map { (name, $0) } }
    }

    /// What stands for a transcript in which nothing is.
    var silence: String { say("Nothing was said.", "Tidak ada yang terucap.") }

    /// What stands behind doubtful text.
    var doubt: String { say("(to be checked)", "(perlu diperiksa)") }

    /// What was said. Segments of one speaker run on, so that it reads as speech.
    var paragraphs: [Paragraph] {
        var paragraphs: [Paragraph] = []
        for segment in transcript.segments {
            if let last = paragraphs.last, last.speaker == segment.speaker, !last.isDoubtful, segment.flags.isEmpty,
                segment.start.milliseconds - last.start.milliseconds < Self.paragraph
            {
                paragraphs[paragraphs.count - 1].texts.append(segment.text)
            } else {
                paragraphs.append(
                    Paragraph(
                        start: segment.start,
                        speaker: segment.speaker,
                        texts: [segment.text],
                        isDoubtful: !segment.flags.isEmpty
                    )
                )
            }
        }
        return paragraphs
    }

    /// Like `Sabtu, 21 November 2026, 09.00 WIB`.
    private func date(_ date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = heading.timeZone
        let parts = calendar.dateComponents([.year, .month, .day, .weekday, .hour, .minute], from: date)
        guard let year = parts.year, let month = parts.month, let day = parts.day, let weekday = parts.weekday,
            let hour = parts.hour, let minute = parts.minute
        else { return Timestamp.text(date) }
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let time = "\(two(hour))\(say(":", "."))\(two(minute))"
        let (days, months) =
            language == .english
            ? (Self.days.english, Self.months.english) : (Self.days.indonesian, Self.months.indonesian)
        return "\(days[weekday - 1]), \(day) \(months[month - 1]) \(year), \(time) \(zone)"
    }

    /// The name of the zone, as Indonesians say it.
    private var zone: String {
        switch heading.timeZone.identifier {
        case "Asia/Jakarta", "Asia/Pontianak": "WIB"
        case "Asia/Makassar": "WITA"
        case "Asia/Jayapura": "WIT"
        default: heading.timeZone.identifier
        }
    }

    private static let days = (
        english: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
        indonesian: ["Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"]
    )
    private static let months = (
        english: [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ],
        indonesian: [
            "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
            "November", "Desember",
        ]
    )
}
