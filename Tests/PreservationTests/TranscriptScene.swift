import ArchiveCore
import ArchiveTesting
import BlobStore
import Catalogue
import Foundation
import Ingest
import Preservation
import Retrieval
import Testing
import Transcription
import Transcripts

/// An archive with two recordings, of which the first has a transcript of two revisions, and disks for its backup.
struct TranscriptScene {
    let backups: BackupScene
    let sari: ArchiveFixture.Member

    init() async throws {
        backups = try await BackupScene()
        sari = try await backups.archive.member(.archivist)
        for text in ["satu", "satu dua"] { try await put(text) }
    }

    var archive: ArchiveFixture { backups.archive }
    var recording: RecordingID { backups.recordings[0] }

    /// The same for everybody who reads it.
    static func said(_ text: String) throws -> Transcript {
        guard let start = TranscriptTime(seconds: 0), let end = TranscriptTime(seconds: 0.9) else {
            throw ArchiveError(.unexpected, "no times")
        }
        let segment = try TranscriptSegment(start: start, end: end, speaker: nil, text: text)
        return try Transcript(language: "id", engine: "test", model: "none", segments: [segment])
    }

    /// The next revision.
    @discardableResult
    func put(_ text: String, in other: ArchiveFixture? = nil) async throws -> Int {
        let archive = other ?? archive
        let newest = try await archive.catalogue.read { try $0.transcript(of: recording)?.revision }
        return try await archive.transcripts.put(recording, after: newest, author: nil, by: sari.caller) {
            try Self.said(text)
        }.row.revision
    }

    func rows() async throws -> [TranscriptRow] {
        try await archive.catalogue.read { try $0.transcripts(of: recording, below: nil, limit: 100) }.reversed()
    }

    /// The file of a revision in the archive.
    func file(_ revision: Int, in other: ArchiveFixture? = nil) -> String {
        (other ?? archive).layout.companion(.transcript(revision: revision), of: recording)
    }

    /// The files of all revisions in the backup.
    func copies() async throws -> [String] {
        try await rows().map {
            backups.layout.companion($0.file)
        }
    }

    func texts(revision: Int? = nil, in other: ArchiveFixture? = nil) async throws -> [String] {
        let archive = other ?? archive
        let access = try await archive.retrieval.open(recording, purpose: "Notulen", hybrid: false, by: sari.caller)
        return try await archive.transcripts.read(access.id, revision: revision, as: .opened, by: sari.caller).1
            .segments.map(\.text)
    }

    /// What a check finds, as `kind object`, and `!` where it was repaired.
    func faults(in other: ArchiveFixture? = nil) async throws -> [String] {
        try await Self.texts(
            (other ?? archive).preservation.check(by: BackupScene.administrator).faults
        )
    }

    /// The same of what reading every payload and transcript finds.
    func deepFaults() async throws -> [String] { try await Self.texts(readAll()) }

    /// Reads every payload and transcript.
    func readAll() async throws -> [StorageFault] {
        archive.clock.advance(by: 1)
        return try await archive.preservation.checkPayloads(
            uncheckedSince: archive.clock.now,
            for: .seconds(600),
            rate: nil,
            by: BackupScene.administrator
        ).faults
    }

    static func texts(_ faults: [StorageFault]) -> [String] {
        faults.map { "\($0.kind.rawValue) \($0.object)\($0.isRepaired ? " !" : "")" }
    }

    func entries(_ action: String) async throws -> [[String: String]] {
        try await archive.catalogue.read { reader in
            var filter = EntryFilter()
            filter.action = action
            return try reader.entries(filter, limit: 100).compactMap { LogEntry(leaf: $0.leaf)?.details }
        }
    }
}
