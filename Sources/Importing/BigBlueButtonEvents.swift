internal import ArchiveCore
internal import Foundation
internal import FoundationXML

/// What the `events.xml` of a meeting says: who was there, who talked when, what was marked to be recorded.
struct BigBlueButtonEvents {
    /// Sound that was recorded from one moment on.
    struct Recording {
        /// The path on the server that recorded it.
        let file: String
        /// When, by the meeting's own clock, in milliseconds.
        let moment: Int64
        /// When, in the world; nil where the events do not say.
        let began: Date?
    }

    /// What the meeting was called.
    private(set) var name: String?
    /// Who was there, in the order in which they came.
    private(set) var participants: [String] = []
    /// Its sound.
    private(set) var recordings: [Recording] = []
    /// From when to when people had it marked as recorded, in milliseconds of the meeting's clock.
    private(set) var marks: [Range<Int64>] = []
    /// Who talked from when to when, likewise.
    private(set) var talks: [(name: String, span: Range<Int64>)] = []

    /// Reads the events.
    ///
    /// - Throws: `bad-metadata` with the line.
    init(_ data: Data) throws(ArchiveError) {
        // Entities of a document's own are what makes XML grow or reach for files; BigBlueButton writes none.
        guard data.range(of: Data("<!DOCTYPE".utf8)) == nil, data.range(of: Data("<!ENTITY".utf8)) == nil else {
            throw ArchiveError(.badMetadata, "it has a document type of its own, which BigBlueButton does not write")
        }
        let reader = EventReader()
        let parser = XMLParser(data: data)
        parser.delegate = reader
        parser.shouldResolveExternalEntities = false
        guard parser.parse(), reader.isWhole else {
            guard reader.isRecording else {
                throw ArchiveError(.badMetadata, "it is no record of a meeting of BigBlueButton")
            }
            throw ArchiveError(.badMetadata, "its XML ends in the middle, or is none from line \(parser.lineNumber) on")
        }
        self.init(reader)
    }

    private init(_ reader: EventReader) {
        name = reader.name
        let last = reader.events.map(\.moment).max() ?? 0
        // The id of a meeting ends with the millisecond at which it began; newer events have the time themselves.
        let origin = reader.events.first.flatMap { first in
            reader.meeting.split(separator: "-").last.flatMap { EventReader.moment(String($0)) }.map {
                $0 - first.moment
            }
        }
        var names: [String: String] = [:]
        var talking: [String: Int64] = [:]
        var marked: Int64?
        for event in reader.events {
            switch event.name {
            case "ParticipantJoinEvent":
                if let name = event["name"] {
                    names[event["userId"] ?? name] = name
                    participants.append(name)
                }
            case "ParticipantJoinedEvent":
                if let id = event["participant"], names[id] == nil, let name = event["callername"] {
                    names[id] = name
                    participants.append(name)
                }
            case "StartRecordingEvent":
                guard let file = event["filename"] else { continue }
                // The sound begins when the switch says so, which is a little before it told.
                let moment = event["recordingTimestamp"].flatMap(EventReader.moment) ?? event.moment
                let time = event["timestampUTC"].flatMap(EventReader.moment).map { $0 - event.moment } ?? origin
                let began = time.map { Date(timeIntervalSince1970: Double($0 + moment) / 1000) }
                recordings.append(Recording(file: file, moment: moment, began: began))
            case "RecordStatusEvent":
                if event["status"] == "true" {
                    marked = marked ?? event.moment
                } else if let begun = marked {
                    marks.append(begun..<max(begun, event.moment))
                    marked = nil
                }
            case "ParticipantTalkingEvent":
                guard let id = event["participant"] else { continue }
                if event["talking"] == "true" {
                    talking[id] = talking[id] ?? event.moment
                } else if let begun = talking.removeValue(forKey: id) {
                    talks.append((names[id] ?? id, begun..<max(begun, event.moment)))
                }
            default: continue
            }
        }
        if let marked { marks.append(marked..<max(marked, last)) }
        for (id, begun) in talking { talks.append((names[id] ?? id, begun..<max(begun, last))) }
    }

    /// What is known of `recording` besides its names, in times from its beginning: what was marked, and how long each
    /// talked; nil where nothing is.
    func account(from recording: Recording) -> String? {
        let next = recordings.map(\.moment).filter { $0 > recording.moment }.min() ?? .max
        func inside(_ span: Range<Int64>) -> Range<Int64>? {
            let part = span.clamped(to: recording.moment..<next)
            return part.isEmpty ? nil : part
        }
        func clock(_ moment: Int64) -> String { FoundText.clock(Double(moment - recording.moment) / 1000) }
        var lines: [String] = []
        let marked = marks.compactMap(inside).map { "\(clock($0.lowerBound))-\(clock($0.upperBound))" }
        if !marked.isEmpty { lines.append("marked as recorded: \(marked.joined(separator: ", "))") }
        var totals: [(name: String, length: Int64)] = []
        for (name, span) in talks {
            guard let part = inside(span), let name = FoundText.line(name) else { continue }
            let length = part.upperBound - part.lowerBound
            if let place = totals.firstIndex(where: { $0.name == name }) {
                totals[place].length += length
            } else {
                totals.append((name, length))
            }
        }
        totals.sort { ($1.length, $0.name) < ($0.length, $1.name) }
        if !totals.isEmpty {
            let words = totals.map { "\($0.name) \(FoundText.clock(Double($0.length) / 1000))" }
            lines.append("talked: \(words.joined(separator: ", "))")
        }
        return lines.isEmpty ? nil : FoundText.cut(lines.joined(separator: "\n"), to: FoundText.longestDescription)
    }
}

/// Gathers the events that tell of people and sound, and passes over the rest, which is most of it.
private final class EventReader: NSObject, XMLParserDelegate {
    /// One event.
    struct Event {
        let name: String
        let moment: Int64
        var fields: [String: String] = [:]

        subscript(_ field: String) -> String? { fields[field].flatMap { $0.isEmpty ? nil : $0 } }
    }

    private static let wanted: Set<String> = [
        "ParticipantJoinEvent", "ParticipantJoinedEvent", "StartRecordingEvent", "RecordStatusEvent",
        "ParticipantTalkingEvent",
        "EndAndKickAllEvent", "ParticipantLeftEvent",
    ]

    /// Milliseconds, of which no meeting is further away than some ten thousand years.
    static func moment(_ text: String) -> Int64? {
        Int64(text).flatMap { (0..<1_000_000_000_000_000).contains($0) ? $0 : nil }
    }

    private(set) var isRecording = false
    /// Whether all of it was read: the parser goes on after what it does not understand, and takes the end of a file for that of
    /// a document.
    var isWhole: Bool { isEnded && !hasFailed }
    private var isEnded = false
    private var hasFailed = false
    private(set) var meeting = ""
    private(set) var name: String?
    private(set) var events: [Event] = []
    private var depth = 0
    private var event: Event?
    private var text = ""

    func parser(
        _ parser: XMLParser,
        didStartElement element: String,
        namespaceURI: String?,
        qualifiedName: String?,
        attributes: [String: String] = [:]
    ) {
        depth += 1
        text = ""
        switch (depth, element) {
        case (1, "recording"):
            isRecording = true
            meeting = attributes["meeting_id"] ?? ""
        case (2, "meeting"): name = name ?? attributes["name"]
        case (2, "metadata"): name = name ?? attributes["meetingName"]
        case (2, "event"):
            guard let moment = attributes["timestamp"].flatMap(Self.moment), let name = attributes["eventname"] else {
                return
            }
            // The first event, whichever it is, ties the meeting's clock to the world.
            if events.isEmpty || Self.wanted.contains(name) { event = Event(name: name, moment: moment) }
        default: break
        }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        if event != nil, depth == 3 { text += string }
    }

    func parser(
        _ parser: XMLParser,
        didEndElement element: String,
        namespaceURI: String?,
        qualifiedName: String?
    ) {
        if depth == 3, event != nil { event?.fields[element] = text.trimmingCharacters(in: .whitespacesAndNewlines) }
        if depth == 2, element == "event", let done = event {
            events.append(done)
            event = nil
        }
        depth -= 1
        if depth == 0, isRecording { isEnded = true }
    }

    func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) { hasFailed = true }
}
