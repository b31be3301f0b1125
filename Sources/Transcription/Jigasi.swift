internal import ArchiveCore
internal import Foundation

/// JSON of Jigasi, the transcriber of Jitsi Meet.
///
/// It says when each sentence came, not when it ended: an end is where the next sentence begins, ``longest`` later at most.
enum Jigasi {
    /// Milliseconds.
    private static let longest = 10_000

    private struct Document: Decodable {
        let start: String
        let events: [Event]

        enum CodingKeys: String, CodingKey {
            case events
            case start = "start_time"
        }
    }

    private struct Event: Decodable {
        struct Participant: Decodable { let name: String? }
        struct Alternative: Decodable {
            let text: String
            let confidence: Double?
        }
        let event: String
        let timestamp: Int
        let participant: Participant?
        let transcript: [Alternative]?
        let language: String?
        let isInterim: Bool?

        enum CodingKeys: String, CodingKey {
            case event, timestamp, participant, transcript, language
            case isInterim = "is_interim"
        }
    }

    /// Reads what was said; who came, went and raised a hand is left out.
    static func parse(_ data: Data) throws(TranscriptError) -> Transcript {
        let document = try JSONDocument(data).decode(Document.self)
        guard let began = Timestamp.date(document.start) else {
            throw TranscriptError(
                .time,
                "start_time: \(document.start.prefix(40).debugDescription) is no time",
                hint: "an RFC 3339 time, like 2026-11-21T09:00:00.000Z"
            )
        }
        let origin = Int((began.timeIntervalSince1970 * 1000).rounded())
        let said = document.events.filter { $0.event == "SPEECH" && $0.isInterim != true }
        // Where two speak at once their sentences can come in another order than they are written.
        let spoken = said.enumerated().sorted { ($0.element.timestamp, $0.offset) < ($1.element.timestamp, $1.offset) }
            .map(\.element)
        let next = spoken.dropFirst().map { Optional($0.timestamp) } + [nil]
        let segments = try EngineTimes.segments(Array(zip(spoken, next))) {
            (event, next) throws(TranscriptError) in try segment(event, next, origin)
        }
        let languages = Set(spoken.compactMap { EngineTimes.language($0.language) })
        return try Transcript(
            language: languages.count == 1 ? languages.first : nil,
            engine: "jigasi",
            segments: segments
        )
    }

    private static func segment(_ event: Event, _ next: Int?, _ origin: Int) throws(TranscriptError)
        -> TranscriptSegment?
    {
        guard let best = event.transcript?.first, !SpokenText.trimmed(best.text).isEmpty else { return nil }
        let (offset, overflow) = event.timestamp.subtractingReportingOverflow(origin)
        let start = try EngineTimes.time(milliseconds: overflow ? -1 : offset)
        let pause = next.map { $0.subtractingReportingOverflow(event.timestamp) }
        // 0 is what services say that have no confidence to give.
        let confidence = best.confidence == 0 ? nil : EngineTimes.confidence(best.confidence)
        return try TranscriptSegment(
            start: start,
            end: start.later(by: min(pause.map { $0.overflow ? longest : $0.partialValue } ?? longest, longest)),
            speaker: event.participant?.name,
            text: best.text,
            confidence: confidence
        )
    }
}
