import ArchiveCore
import ArchiveTesting
import BlindIndex
import Catalogue
import Retrieval
import Search
import Testing

/// How long a search may take.
@Suite struct DeadlineTests {
    @Test func `a search that takes too long is given up, and said to be`() async throws {
        let scene = try await Scene()
        // As many words as a query may have.
        let words = (0..<SearchQuery.mostWords).map { "kata\($0)" }
        for number in 0..<4 {
            try await scene.record(
                [words.joined(separator: " ")],
                title: "Rapat \(number)",
                seed: UInt32(11 + 2 * number)
            )
        }
        try await scene.archive.settleIndex()
        let query = words.joined(separator: " OR ")
        let before = try await scene.search(query, as: scene.sari, purpose: "Notulen")
        #expect(before.count == 4)
        // Two looks at the clock take as long as a search may.
        scene.archive.patience.tick(by: SearchDesk.longest / 2)
        let refused = await archiveError { _ = try await scene.search(query, as: scene.sari, purpose: "Notulen") }
        #expect(refused?.code == .badRequest && refused?.offset == nil)
        #expect(refused?.message.contains("too long") == true && refused?.hint?.contains("fewer words") == true)
        let entries = try await scene.entries()
        #expect(entries.map(\.decision) == [.allow, .refuse])
        #expect(entries.last?.details == ["query": entries[0].details["query"] ?? ""])
        #expect(entries.last?.commitments["purpose"] != nil)
        // The next one has its own time, and nothing of the one before is left behind.
        scene.archive.patience.tick(by: .zero)
        let after = try await scene.search(query, as: scene.sari, purpose: "Notulen")
        #expect(after.map(\.view.row.id) == before.map(\.view.row.id) && after.map(\.score) == before.map(\.score))
    }
}
