import AccessPolicy
import ArchiveCore
import ArchiveTesting
import AuditLog
import BlobStore
import Catalogue
import Foundation
import Ingest
import Retention
import Retrieval
import Testing
import Vault

/// An archive whose series ask people, with those people, and recordings of one series that are due.
struct ListScene {
    static let day: TimeInterval = 86_400
    static let administrator = Actor.hostUser(0)

    static let yaml = """
        series:
          - {code: kerja, name: {en: E, id: I}, active: P30D, inactive: P0D, then: destroy, witnesses: 1, cooling: P2D}
          - {code: rapat, name: {en: E, id: I}, active: P30D, inactive: P0D, then: review, witnesses: 0, cooling: P2D}
          - {code: arsip, name: {en: E, id: I}, active: P30D, inactive: P0D, then: permanent, witnesses: 0, cooling: P2D}
          - {code: lama, name: {en: E, id: I}, active: P9Y, inactive: P0D, then: destroy, witnesses: 0}
          - {code: coba, name: {en: E, id: I}, active: P30D, inactive: P0D, then: destroy, approval: none, nonrecord: true, cooling: P2D}
        """

    let archive: ArchiveFixture
    let sender: ArchiveFixture.Member
    let wati: ArchiveFixture.Member
    let eko: ArchiveFixture.Member
    let sari: ArchiveFixture.Member
    let person: Data
    let recordings: [RecordingID]

    var desk: RecordsDesk { archive.desk }

    init(_ count: Int = 3, series: String = "kerja") async throws {
        archive = try await ArchiveFixture(schedule: Self.yaml)
        sender = try await archive.member(.recorder)
        person = Data(Random.bytes(32))
        wati = try await archive.member(.recordsManager, person: person)
        eko = try await archive.member(.recordsManager)
        sari = try await archive.member(.archivist)
        var ids: [RecordingID] = []
        for number in 0..<count {
            ids.append(
                try await archive.store(
                    MadeRecording.opus(seed: UInt32(800 + number)),
                    submission: archive.submission(title: "Rapat \(number)", series: series),
                    by: sender
                ).recording
            )
        }
        recordings = ids
        archive.clock.advance(by: 30 * Self.day)
    }

    func propose(
        _ kind: ListRow.Kind = .destroy,
        series: String? = "kerja",
        _ recordings: [RecordingID] = [],
        by member: ArchiveFixture.Member? = nil
    ) async throws -> ListID {
        let proposal = RecordsDesk.Proposal(kind: kind, series: series, recordings: recordings, reason: "Jatuh tempo")
        return try await desk.propose(proposal, by: (member ?? wati).caller).id
    }

    func family(_ kind: ListRow.Kind) -> RecordsDesk.Family { kind == .transfer ? .transfers : .destructions }

    func view(_ list: ListID, _ kind: ListRow.Kind = .destroy) async throws -> RecordsDesk.ListView {
        try await desk.show(list, of: family(kind), by: wati.caller)
    }

    func digest(_ list: ListID, _ kind: ListRow.Kind = .destroy) async throws -> String {
        try #require(try await view(list, kind).digest).hexadecimal
    }

    @discardableResult
    func witness(_ list: ListID, by member: ArchiveFixture.Member? = nil) async throws -> Int {
        try await desk.state(
            .witness,
            StatementContent(),
            on: list,
            of: .destructions,
            seen: digest(list),
            by: (member ?? sari).caller
        )
    }

    @discardableResult
    func approve(
        _ list: ListID,
        _ kind: ListRow.Kind = .destroy,
        by member: ArchiveFixture.Member? = nil
    ) async throws -> RecordsDesk.ListView {
        try await desk.approve(
            list,
            of: family(kind),
            seen: digest(list, kind),
            because: nil,
            by: (member ?? eko).caller
        )
    }

    func frozen(
        _ kind: ListRow.Kind = .destroy,
        series: String? = "kerja",
        _ recordings: [RecordingID] = []
    ) async throws -> ListID {
        let list = try await propose(kind, series: series, recordings)
        if kind == .destroy { try await witness(list) }
        try await approve(list, kind)
        return list
    }

    func run(_ other: ArchiveFixture? = nil) async throws -> [RecordingID: String] {
        try await (other ?? archive).retention.run(by: Self.administrator).reduce(into: [:]) {
            $0[$1.item.recording] = $1.reason ?? $1.kind.rawValue
        }
    }

    func state(_ id: RecordingID) async throws -> RecordingRow.State? {
        try await archive.catalogue.read { try $0.recording(id)?.state }
    }

    func open(_ id: RecordingID) async -> ArchiveError? {
        await archiveError {
            _ = try await archive.retrieval.open(id, purpose: nil, hybrid: false, by: sari.caller)
        }
    }

    func actions(_ prefix: String, on object: String?) async throws -> [String] {
        try await archive.catalogue.read { reader in
            var filter = EntryFilter()
            filter.object = object
            filter.action = prefix
            filter.decision = .allow
            return try reader.entries(filter, limit: 100).map(\.columns.action)
        }
    }
}
