import AccessPolicy
import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import Retention
import Retrieval
import Search
import Testing

/// Somebody loses a right while their search reads transcripts: the words do not leave (DESIGN.md invariant 2).
@Suite struct LostRightTests {
    /// How a right is lost, or the words are.
    enum Loss: CaseIterable {
        case relabelled, disabled, listed, spent, rewritten
    }

    private func lose(_ loss: Loss, _ id: RecordingID, in scene: Scene) async throws {
        switch loss {
        case .relabelled:
            let higher = Label(Level("rahasia"))
            _ = try await scene.archive.retrieval.relabel(id, to: higher, because: "Salah", by: scene.wati.caller)
        case .disabled:
            try await scene.archive.catalogue.write { try $0.setState(.disabled, of: scene.sari.id) }
        case .listed:
            let listed = try await scene.archive.retention.propose(by: .hostUser(0))
            try #require(listed.map(\.item.recording) == [id])
        case .spent:
            _ = try await scene.archive.retrieval.open(id, purpose: "x", hybrid: false, by: scene.sari.caller)
        case .rewritten:
            try await scene.correct(id, ["Tidak ada apa-apa"], after: 0)
        }
    }

    @Test(arguments: Loss.allCases) func `words do not leave`(after loss: Loss) async throws {
        let bounded = Policy.shippedWithoutQuotas + "\nquotas:\n  archivist: {accesses_per_hour: 1}\n"
        let scene = try await Scene(policy: bounded)
        let id = try await scene.record(["anggaran alat utama"], seed: 1)
        try await scene.archive.settleIndex()
        scene.archive.clock.advance(by: 31 * 86_400)
        #expect(try await scene.search("anggaran", as: scene.sari).first?.hits?.count == 1)

        let gate = scene.archive.gates.gateBeforeNextTranscript()
        defer { gate.open() }
        let search = Task(executorPreference: ThreadExecutor()) {
            try await scene.search("anggaran", as: scene.sari)
        }
        await gate.reached()
        try await lose(loss, id, in: scene)
        gate.open()
        switch await search.result {
        case .failure(let error):
            #expect(loss == .disabled && (error as? ArchiveError)?.code == .unauthenticated, "\(error)")
        case .success(let found):
            // It is named where it is still theirs to know, and not a word of it is told.
            #expect(found.map(\.view.row.id) == (loss == .relabelled ? [] : [id]))
            #expect(found.allSatisfy { $0.hits?.isEmpty ?? true })
            #expect(found.allSatisfy { ($0.hits == nil) == (loss != .rewritten) })
            #expect(loss != .disabled)
            #expect(try await scene.entries().last?.details["words"] == "0")
        }
    }
}
