import AccessPolicy
import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import Ingest
import Retrieval
import Testing
import Transcription
import Transcripts

/// An archive with one recording that is to be transcribed unasked, and people.
struct Scene {
    let archive: ArchiveFixture
    let sender: ArchiveFixture.Member
    let sari: ArchiveFixture.Member
    let opus: [UInt8]
    let recording: RecordingID

    static let own = Transcriber.service(upTo: Level("rahasia"))

    /// - Parameter speaker: whose track it is.
    init(level: String = "biasa", transcribedUpTo: Level? = Level("rahasia"), speaker: String? = nil) async throws {
        archive = try await ArchiveFixture(transcribedUpTo: transcribedUpTo)
        sender = try await archive.member(.recorder, clearance: Label(Level(level)))
        sari = try await archive.member(.archivist, clearance: Label(Level(level)))
        opus = try MadeRecording.opus(seconds: 4, tags: speaker.map { [("PERFORMER", $0)] } ?? [])
        recording = try await archive.store(opus, level: level, by: sender).recording
    }

    var desk: TranscriptDesk { archive.transcripts }

    /// What somebody said, a segment for each text and second.
    static func said(_ texts: String..., speaker: String? = nil, language: String? = "id") throws -> Transcript {
        var segments: [TranscriptSegment] = []
        for (second, text) in texts.enumerated() {
            guard let start = TranscriptTime(seconds: Double(second)),
                let end = TranscriptTime(seconds: Double(second) + 0.9)
            else { continue }
            segments.append(try TranscriptSegment(start: start, end: end, speaker: speaker, text: text))
        }
        return try Transcript(language: language, engine: "test", model: "none", segments: segments)
    }

    /// The job is taken and done by the archive's own transcriber.
    @discardableResult
    func transcribe(_ transcript: Transcript, in other: ArchiveFixture? = nil) async throws -> Int {
        let desk = (other ?? archive).transcripts
        let job = try #require(try await desk.take(by: Self.own))
        return try await desk.finish(job.id, job.lease, by: Self.own) { transcript }
    }

    func open(from: Double? = nil, to: Double? = nil, in other: ArchiveFixture? = nil) async throws -> AccessID {
        let archive = other ?? archive
        return try await archive.retrieval.open(
            recording,
            purpose: "Notulen",
            hybrid: false,
            from: from,
            to: to,
            by: sari.caller
        ).id
    }

    func texts(revision: Int? = nil, in other: ArchiveFixture? = nil) async throws -> [String] {
        let access = try await open(in: other)
        return try await (other ?? archive).transcripts
            .read(access, revision: revision, as: .opened, by: sari.caller).1.segments.map(\.text)
    }

    func job(in other: ArchiveFixture? = nil) async throws -> TranscriptionRow? {
        try await (other ?? archive).catalogue.read { try $0.newestTranscription(of: recording) }
    }

    func newest(in other: ArchiveFixture? = nil) async throws -> Int? {
        try await (other ?? archive).catalogue.read { try $0.transcript(of: recording)?.revision }
    }
}
