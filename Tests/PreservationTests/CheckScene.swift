import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import GRDB
import Ingest
import Preservation
import Retention
import Testing

/// An archive with two recordings, one of them long enough for several chunks.
struct CheckScene {
    let archive: ArchiveFixture
    let sender: ArchiveFixture.Member
    let long: RecordingID
    let short: RecordingID

    static let administrator = Actor.hostUser(0)
    static let seconds = 12.0

    init(schedule: String = Schedule.shipped) async throws {
        archive = try await ArchiveFixture(schedule: schedule)
        sender = try await archive.member(.recorder)
        let bytes = try MadeRecording.opus(seconds: Self.seconds, bitrate: 256_000, seed: 3)
        try #require(bytes.count > 4 * 65_536)
        long = try await archive.store(bytes, by: sender).recording
        short = try await archive.store(MadeRecording.opus(seed: 4), by: sender).recording
        archive.clock.advance(by: 3600)
    }

    func check() async throws -> StorageCheck { try await archive.preservation.check(by: Self.administrator) }

    /// The faults of a check, as `kind object`, and `!` where it was repaired.
    func faults() async throws -> [String] {
        try await check().faults.map { "\($0.kind.rawValue) \($0.object)\($0.isRepaired ? " !" : "")" }
    }

    func checkPayloads() async throws -> PayloadCheck {
        try await archive.preservation.checkPayloads(
            uncheckedSince: archive.clock.now,
            for: .seconds(600),
            rate: nil,
            by: Self.administrator
        )
    }

    /// Has `body` change the bytes of a payload.
    func damage(_ recording: RecordingID, _ body: (inout Data) -> Void) throws {
        let path = archive.layout.payload(recording)
        var bytes = try Data(contentsOf: URL(filePath: path))
        body(&bytes)
        try FileManager.default.removeItem(atPath: path)
        try bytes.write(to: URL(filePath: path))
    }

    /// Changes a database behind the archive's back.
    func change(_ path: String, _ sql: String, _ arguments: StatementArguments = []) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        try DatabaseQueue(path: path, configuration: configuration).write {
            try $0.execute(sql: sql, arguments: arguments)
        }
    }

    /// The actions of the entries on `recording`.
    func actions(on recording: RecordingID) async throws -> [String] {
        try await archive.catalogue.read { reader in
            var filter = EntryFilter()
            filter.object = recording.description
            return try reader.entries(filter, limit: 100).map(\.columns.action)
        }
    }
}

extension CheckScene {
    /// An upload of which half has come.
    func unfinishedUpload() async throws -> UploadID {
        let sealed = try MadeRecording.seal(MadeRecording.opus(seconds: 2, seed: 9), to: [archive.recipient()])
        let upload = try await archive.ingest.create(
            archive.submission(),
            length: sealed.bytes.count,
            by: sender.caller
        )
        _ = try await archive.ingest.append(
            body([Array(sealed.bytes.prefix(sealed.bytes.count / 2))]),
            to: upload,
            at: 0,
            length: nil,
            by: sender.caller
        )
        return upload
    }
}
