import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Ingest
import Retention
import Retrieval
import Testing
import TransparencyLog

/// What the log says became of a recording is told, and nothing of its readers.
@Suite struct ProvenanceTests {
    private struct Scene {
        let archive: ArchiveFixture
        let sari: ArchiveFixture.Member
        let budi: ArchiveFixture.Member
        let wati: ArchiveFixture.Member
        let recording: RecordingID

        init() async throws {
            let high = Label(Level("sangat-rahasia"), compartments: ["anggaran"])
            archive = try await ArchiveFixture()
            sari = try await archive.member(.archivist, clearance: high)
            budi = try await archive.member(.archivist, clearance: Label(Level("biasa")))
            wati = try await archive.member(.recordsManager, clearance: high)
            let eko = try await archive.member(.recordsManager, clearance: high)
            let sender = try await archive.member(.recorder)
            let stored = try await archive.store(MadeRecording.opus(), level: "terbatas", by: sender)
            recording = stored.recording
            let id = recording
            _ = try await archive.retrieval.open(id, purpose: "Notulen", hybrid: false, by: sari.caller)
            try await describe("Rapat pertama")
            _ = try await archive.retrieval.relabel(id, to: high, because: "Isinya", by: wati.caller)
            let biasa = Label(Level("biasa"))
            guard
                case .pending(let change) = try await archive.retrieval.relabel(
                    id,
                    to: biasa,
                    because: "Sudah diumumkan",
                    by: wati.caller
                )
            else { throw ArchiveError(.unexpected, "lowered by one person") }
            try await archive.retrieval.decide(change.id, agreeing: true, by: eko.caller)
            try await describe("Rapat kedua")
            let holds = try await archive.desk.hold(
                .recordings([id]),
                matter: "Perkara 12",
                because: "Diminta",
                by: wati.caller
            )
            _ = try await archive.desk.release(holds[0].id, because: "Selesai", by: wati.caller)
        }

        private func describe(_ title: String) async throws {
            _ = try await archive.retrieval.describe(
                recording,
                .fields(title: title, participants: nil, description: .keep),
                expecting: nil,
                because: nil,
                by: sari.caller
            )
        }

        /// The actions that a member is told of, `limit` at a time.
        func told(_ member: ArchiveFixture.Member, limit: Int = 200) async throws -> [String] {
            var (seqs, after): ([Int], Int?) = ([], nil)
            repeat {
                let page = try await archive.retrieval.provenance(
                    of: recording,
                    after: after,
                    limit: limit,
                    by: member.caller
                )
                #expect(page.entries.count <= limit && (page.next == nil || page.next == page.entries.last))
                seqs += page.entries
                after = page.next
            } while after != nil
            #expect(seqs == seqs.sorted() && Set(seqs).count == seqs.count)
            return try await archive.catalogue.read { [seqs, recording] reader in
                try seqs.map { seq in
                    let leaf = try #require(try reader.leaves(seq..<seq + 1).first)
                    let entry = try #require(LogEntry(leaf: leaf))
                    #expect(entry.object == recording.description && entry.decision == .allow)
                    return entry.action
                }
            }
        }
    }

    @Test func `each is told what the recording could have told them`() async throws {
        let scene = try await Scene()
        let all = [
            "recording.store", "recording.describe", "recording.relabel", "recording.relabel", "recording.describe",
        ]
        #expect(try await scene.told(scene.sari) == all)
        #expect(try await scene.told(scene.wati) == all + ["hold.place", "hold.release"])
        // It is open to him now; that it was not before is not.
        #expect(try await scene.told(scene.budi) == ["recording.describe"])
        for member in [scene.sari, scene.budi, scene.wati] {
            #expect(try await scene.told(member, limit: 1) == scene.told(member))
        }
    }

    @Test func `what is hidden and what is absent are one answer, and every question is an entry`() async throws {
        let scene = try await Scene()
        _ = try await scene.archive.retrieval.relabel(
            scene.recording,
            to: Label(Level("rahasia")),
            because: "Kembali",
            by: scene.wati.caller
        )
        for id in [scene.recording, RecordingID()] {
            await expectError(.notFound) {
                _ = try await scene.archive.retrieval.provenance(of: id, after: nil, limit: 1, by: scene.budi.caller)
            }
        }
        for (after, limit) in [(nil, 0), (nil, 201), (-1, 1)] as [(Int?, Int)] {
            await expectError(.badRequest) {
                _ = try await scene.archive.retrieval.provenance(
                    of: scene.recording,
                    after: after,
                    limit: limit,
                    by: scene.sari.caller
                )
            }
        }
        _ = try await scene.told(scene.sari)
        var filter = EntryFilter()
        filter.action = "recording.provenance"
        let entries = try await scene.archive.catalogue.read { [filter] in try $0.entries(filter, limit: 10) }
        #expect(entries.map(\.columns.decision) == ["refuse", "refuse", "allow"])
    }

    @Test func `the proofs of a page are under one checkpoint`() async throws {
        let scene = try await Scene()
        let page = try await scene.archive.retrieval.provenance(
            of: scene.recording,
            after: nil,
            limit: 200,
            by: scene.sari.caller
        )
        let proofs = try await scene.archive.log.proofs(of: page.entries + [1 << 40, -1])
        #expect(proofs.map(\.inclusion.leafIndex) == page.entries)
        #expect(Set(proofs.map(\.note.serialized)).count == 1)
        let key = try NoteVerifier(vkey: scene.archive.log.verificationKey)
        for proof in proofs { try proof.verify(leaf: .leaf(#require(proof.extra)), by: key) }
    }
}
