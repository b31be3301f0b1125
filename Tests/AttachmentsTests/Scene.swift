import AccessPolicy
import ArchiveCore
import ArchiveTesting
import Attachments
import AuditLog
import Catalogue
import Foundation
import Ingest
import Preservation
import Retrieval

/// An archive with one recording, and an archivist who may attach something to it.
struct Scene {
    let archive: ArchiveFixture
    let sender: ArchiveFixture.Member
    let sari: ArchiveFixture.Member
    let recording: RecordingID

    init(level: String = "biasa") async throws {
        archive = try await ArchiveFixture()
        sender = try await archive.member(.recorder, clearance: Label(Level(level)))
        sari = try await archive.member(.archivist, clearance: Label(Level(level)))
        recording = try await archive.store(MadeRecording.opus(seconds: 4), level: level, by: sender).recording
    }

    @discardableResult
    func attach(
        _ bytes: [UInt8],
        named name: String = "obrolan.txt",
        mediaType: String = "text/plain",
        by member: ArchiveFixture.Member? = nil,
        in other: ArchiveFixture? = nil
    ) async throws -> (number: Int, isNew: Bool) {
        let (attachment, isNew) = try await (other ?? archive).attachments.attach(
            to: recording,
            named: name,
            mediaType: mediaType,
            by: (member ?? sari).caller,
            MadePieces(bytes)
        )
        return (attachment.row.number, isNew)
    }

    func open(from: Double? = nil, to: Double? = nil, in other: ArchiveFixture? = nil) async throws -> AccessID {
        try await (other ?? archive).retrieval.open(
            recording,
            purpose: "Notulen",
            hybrid: false,
            from: from,
            to: to,
            by: sari.caller
        ).id
    }

    /// What an access delivers of one, sealed on the way.
    func bytes(_ number: Int, in other: ArchiveFixture? = nil) async throws -> [UInt8] {
        let access = try await open(in: other)
        let delivery = try await (other ?? archive).attachments.deliver(
            number,
            within: access,
            as: .sealed,
            by: sari.caller
        )
        return try await MadeRecording.open(delivery.bytes(), with: sari.identity)
    }

    func numbers(in other: ArchiveFixture? = nil) async throws -> [Int] {
        try await (other ?? archive).catalogue.read { try $0.attachments(of: recording) }.map(\.number)
    }

    func actions(in other: ArchiveFixture? = nil) async throws -> [String] {
        try await (other ?? archive).catalogue.read { reader in
            try reader.entries(EntryFilter(), limit: 1000).compactMap { LogEntry(leaf: $0.leaf)?.action }
        }
    }

    static let administrator = Actor.hostUser(0)

    /// What a check finds, as `kind object`, and `!` where it was repaired.
    func faults(in other: ArchiveFixture? = nil) async throws -> [String] {
        Self.texts(try await (other ?? archive).preservation.check(by: Self.administrator).faults)
    }

    /// The same of what reading everything finds.
    func deepFaults() async throws -> [String] {
        archive.clock.advance(by: 1)
        let check = try await archive.preservation.checkPayloads(
            uncheckedSince: archive.clock.now,
            for: .seconds(600),
            rate: nil,
            by: Self.administrator
        )
        return Self.texts(check.faults)
    }

    private static func texts(_ faults: [StorageFault]) -> [String] {
        faults.map { "\($0.kind.rawValue) \($0.object)" + ($0.isRepaired ? " !" : "") }
    }
}
