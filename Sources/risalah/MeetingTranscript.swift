internal import ArchiveClient
internal import ArchiveCore
internal import ArchiveInterface
internal import CommandShell
internal import Foundation
internal import Transcription

/// The transcripts of all recordings of a meeting, as one.
struct MeetingTranscript {
    /// Recordings of one meeting.
    private static let mostRecordings = 1000

    /// A recording that is in it.
    private struct Part {
        let recording: RecordingReport
        let transcript: Transcript

        /// When it began; as nearly as can be told where nobody has said so.
        var began: Date { recording.started ?? recording.received.addingTimeInterval(-recording.duration) }
    }

    /// What was said.
    let transcript: Transcript
    /// What minutes of it say of the meeting.
    let heading: Minutes.Heading
    /// For ``OpeningOptions/conclude(_:)``.
    let trouble: ArchiveError?
    /// With what a command ends that could not have all of it; nil where nothing is left out.
    let status: ExitStatus?

    /// Opens every recording of `meeting` that has a transcript, each by an access of its own, and puts the newest of them
    /// together. What cannot be opened is left out, and said on stderr.
    ///
    /// - Throws: why the first of them cannot be opened, where none can; `not-found` where there is none.
    init(of meeting: String, by reading: TranscriptReading, zone: TimeZone) async throws {
        let session = try reading.session()
        var (parts, omitted, trouble): ([Part], [any Error], ArchiveError?) = ([], [], nil)
        let levels = try await reading.common.connected(to: session.home) { client in
            for recording in try await Self.recordings(of: meeting, by: client) {
                do {
                    // Before it is opened: an access to nothing is an entry, and counts.
                    guard try await !client.transcripts(of: recording.id, limit: 1).transcripts.isEmpty else {
                        throw ArchiveError(
                            .notFound,
                            "it has no transcript",
                            hint: "risalah transcript ask \(recording.id)"
                        )
                    }
                    let found = try await reading.read(recording.id, revisions: [nil], as: session, by: client)
                    for found in found {
                        parts.append(Part(recording: found.recording, transcript: found.transcript))
                        trouble = trouble ?? found.trouble
                    }
                } catch let error where Self.leavesOut(error) {
                    omitted.append(error)
                    let reason = (error as? ArchiveError)?.description ?? localized("it waits", id: "menunggu")
                    let sentence = localized("left out", id: "tidak dimuat")
                    Console.note("risalah: \(sentence): \(recording.id): \(Console.clean(reason))")
                }
            }
            return try await client.recipients().levels.map(\.level)
        }
        parts.sort { ($0.began, $0.recording.id.description) < ($1.began, $1.recording.id.description) }
        guard let first = parts.first else { throw omitted.first ?? ArchiveError.notFound }
        transcript = try Transcript(
            tracks: parts.map { part in
                let offset = part.began.timeIntervalSince(first.began) * 1000
                return Transcript.Track(part.transcript, offset: Int(offset.rounded()))
            }
        )
        heading = Self.heading(
            parts.map(\.recording),
            began: first.began,
            of: meeting,
            levels,
            zone,
            parts.map(\.transcript)
        )
        self.trouble = trouble
        status = Self.status(omitted)
    }

    private static func recordings(of meeting: String, by client: ArchiveClient) async throws -> [RecordingReport] {
        var (found, cursor): ([RecordingReport], String?) = ([], nil)
        repeat {
            let page = try await client.recordings(RecordingFilter(meeting: meeting), limit: 200, cursor: cursor)
            found += page.recordings
            cursor = page.next
        } while cursor != nil && found.count <= mostRecordings
        guard found.count <= mostRecordings else {
            throw ArchiveError(.tooLarge, "the meeting has more than \(mostRecordings) recordings")
        }
        guard !found.isEmpty else { throw ArchiveError(.notFound, "there is no recording of such a meeting") }
        return found
    }

    /// Whether the rest is put together without it; everything else ends the command.
    private static func leavesOut(_ error: any Error) -> Bool {
        if let finished = error as? Finished { return finished.status == .waiting }
        guard let error = error as? ArchiveError else { return false }
        return [.refused, .notFound, .gone, .quotaSpent].contains(error.code)
    }

    /// As `risalah export` has it: what was refused counts before what is not there. Where others have to agree first, the same
    /// command gives more later.
    private static func status(_ omitted: [any Error]) -> ExitStatus? {
        let found = omitted.map { ($0 as? ArchiveError)?.code.exitStatus ?? .waiting }
        return [.refused, .waiting].first(where: found.contains) ?? found.first
    }

    private static func heading(
        _ recordings: [RecordingReport],
        began: Date,
        of meeting: String,
        _ levels: [Level],
        _ zone: TimeZone,
        _ transcripts: [Transcript]
    ) -> Minutes.Heading {
        func distinct(_ values: [String]) -> [String] {
            var seen: Set<String> = []
            return values.filter { !$0.isEmpty && seen.insert($0).inserted }
        }
        let titles = distinct(recordings.map(\.title))
        let sources = zip(recordings, transcripts).map { recording, transcript in
            "\(recording.id) \(localized("revision", id: "revisi")) \(transcript.revision)"
        }
        return Minutes.Heading(
            title: titles.count == 1 ? titles[0] : meeting,
            began: began,
            timeZone: zone,
            unit: distinct(recordings.map(\.unit)).joined(separator: "; "),
            participants: distinct(recordings.flatMap(\.participants)),
            label: ExportCommand.join(
                recordings.map { Label($0.level, compartments: $0.compartments) },
                levels
            ).description,
            sources: sources
        )
    }
}
