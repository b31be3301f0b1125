import AccessPolicy
import ArchiveCore
import ArchiveTesting
import BlindIndex
import Catalogue
import Foundation
import Ingest
import Retrieval
import Search
import Testing
import Transcription
import Transcripts

/// An archive with people of several clearances, and what they search.
struct Scene {
    let archive: ArchiveFixture
    let sender: ArchiveFixture.Member
    /// Sees the lowest level only.
    let sari: ArchiveFixture.Member
    /// Sees everything, and corrects it.
    let dewi: ArchiveFixture.Member
    /// Sees everything, and relabels it.
    let wati: ArchiveFixture.Member

    init(policy: String = Policy.shippedWithoutQuotas) async throws {
        archive = try await ArchiveFixture(policy: policy)
        let highest = Label(Level("sangat-rahasia"), compartments: ["pertahanan"])
        sender = try await archive.member(.recorder, clearance: highest)
        sari = try await archive.member(.archivist)
        dewi = try await archive.member(.archivist, clearance: highest)
        wati = try await archive.member(.recordsManager, clearance: highest)
    }

    /// A recording, with a transcript of a segment for each text and second.
    @discardableResult
    func record(
        _ texts: [String],
        title: String = "Rapat",
        level: String = "biasa",
        speaker: String? = nil,
        seed: UInt32,
        metadata: [(String, String)] = []
    ) async throws -> RecordingID {
        let id = try await archive.store(
            MadeRecording.opus(seconds: 4, seed: seed),
            level: level,
            submission: archive.submission(title: title, metadata),
            by: sender
        ).recording
        if !texts.isEmpty { try await correct(id, texts, speaker: speaker, after: nil) }
        return id
    }

    func correct(_ id: RecordingID, _ texts: [String], speaker: String? = nil, after: Int?) async throws {
        let segments = try texts.enumerated().map { second, text in
            try TranscriptSegment(
                start: #require(TranscriptTime(seconds: Double(second) / 2)),
                end: #require(TranscriptTime(seconds: Double(second) / 2 + 0.4)),
                speaker: speaker,
                text: text
            )
        }
        let transcript = try Transcript(language: "id", segments: segments)
        _ = try await archive.transcripts.put(id, after: after, author: nil, by: dewi.caller) { transcript }
    }

    func search(
        _ query: String,
        as member: ArchiveFixture.Member? = nil,
        purpose: String? = nil,
        limit: Int = 50,
        in other: ArchiveFixture? = nil
    ) async throws -> [SearchDesk.Result] {
        try await (other ?? archive).search.search(
            .init(query: query, purpose: purpose),
            limit: limit,
            cursor: nil,
            by: (member ?? dewi).caller
        ).results
    }

    func found(
        _ query: String,
        as member: ArchiveFixture.Member? = nil,
        in other: ArchiveFixture? = nil
    ) async throws -> [RecordingID] {
        try await search(query, as: member, in: other).map(\.view.row.id)
    }
}
