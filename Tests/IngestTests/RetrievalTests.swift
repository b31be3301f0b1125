import Age
import ArchiveCore
import ArchiveTesting
import AuditLog
import Catalogue
import Foundation
import Ingest
import Retention
import Retrieval
import TestSupport
import Testing
import Vault

/// Default deny, silence, and the entry before the answer (DESIGN.md invariants 2 and 4).
@Suite struct RetrievalTests {
    private static let levels = ["biasa", "terbatas", "rahasia", "sangat-rahasia"]

    private func entries(of archive: ArchiveFixture, _ action: String) async throws -> [EntryRow] {
        var filter = EntryFilter()
        filter.action = action
        return try await archive.catalogue.read { [filter] in try $0.entries(filter, limit: 1000) }
    }

    private func errors(
        _ id: RecordingID,
        in archive: ArchiveFixture,
        by member: ArchiveFixture.Member,
        purpose: String? = "untuk diuji"
    ) async -> (show: ArchiveError?, open: ArchiveError?) {
        (
            await archiveError { _ = try await archive.retrieval.show(id, by: member.caller) },
            await archiveError {
                _ = try await archive.retrieval.open(id, purpose: purpose, hybrid: false, by: member.caller)
            }
        )
    }

    /// Every clearance against every label: what does not dominate gets what an absent thing gets, and nothing else.
    @Test func silenceForEveryClearance() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let sets: [[String]] = [[], ["anggaran"], ["pertahanan"], ["anggaran", "pertahanan"]]
        var recordings: [(id: RecordingID, rank: Int, compartments: Set<String>)] = []
        for (rank, level) in Self.levels.enumerated() {
            for (number, compartments) in sets.enumerated() {
                let receipt = try await archive.store(
                    MadeRecording.opus(seconds: 0.1, seed: UInt32(1000 + 2 * (rank * 4 + number))),
                    level: level,
                    submission: archive.submission(compartments.map { ("compartment", $0) }),
                    by: sender
                )
                recordings.append((receipt.recording, rank, Set(compartments)))
            }
        }
        let absent = ArchiveError.notFound
        var seen = 0
        for (rank, level) in Self.levels.enumerated() {
            for compartments in sets {
                let reader = try await archive.member(
                    .archivist,
                    clearance: Label(Level(level), compartments: compartments)
                )
                for recording in recordings {
                    let dominates = rank >= recording.rank && recording.compartments.isSubset(of: compartments)
                    let (show, open) = await errors(recording.id, in: archive, by: reader)
                    for error in [show, open] {
                        #expect((error == nil) == dominates)
                        guard let error else { continue }
                        #expect(error.code == absent.code && error.message == absent.message)
                        #expect(error.hint == absent.hint && error.offset == absent.offset)
                    }
                    if dominates { seen += 1 }
                }
                let page = try await archive.retrieval.find(.init(), cursor: nil, by: reader.caller)
                let expected = recordings.filter { $0.rank <= rank && $0.compartments.isSubset(of: compartments) }
                #expect(Set(page.views.map(\.row.id)) == Set(expected.map(\.id)))
                #expect(page.next == nil)
            }
        }
        #expect(seen == 10 * 9)
        let stranger = try await archive.member(.archivist, unit: "lain")
        let (show, open) = await errors(recordings[0].id, in: archive, by: stranger)
        #expect(show?.description == absent.description && open?.description == absent.description)
        #expect(try await archive.retrieval.find(.init(), cursor: nil, by: stranger.caller).views.isEmpty)
    }

    @Test func rolesThatMayNotReadGetNothing() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let id = try await archive.store(shortOpus.get(), by: sender).recording
        let highest = Label(Level("sangat-rahasia"))
        for role in Role.allCases where role != .archivist && role != .recordsManager {
            let member = role == .recorder ? sender : try await archive.member(role, clearance: highest)
            let (show, open) = await errors(id, in: archive, by: member)
            #expect(show?.description == ArchiveError.notFound.description, "\(role)")
            #expect(open?.description == ArchiveError.notFound.description, "\(role)")
            let find = await archiveError {
                _ = try await archive.retrieval.find(.init(), cursor: nil, by: member.caller)
            }
            #expect(find?.code == .refused, "\(role)")
        }
        // A records manager sees it and may not open it: that is refused, not denied.
        let manager = try await archive.member(.recordsManager, clearance: highest)
        let (show, open) = await errors(id, in: archive, by: manager)
        #expect(show == nil)
        #expect(open?.code == .refused)
    }

    @Test func everyQuestionIsInTheLogBeforeItsAnswer() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let reader = try await archive.member(.archivist, clearance: Label(Level("rahasia")))
        let id = try await archive.store(shortOpus.get(), level: "rahasia", by: sender).recording
        let absent = RecordingID()
        _ = await errors(absent, in: archive, by: reader)
        let (show, refused) = await errors(id, in: archive, by: reader, purpose: "  \n")
        #expect(show == nil)
        #expect(refused?.code == .refused)
        let opened = try await archive.retrieval.open(
            id,
            purpose: " rapat anggaran ",
            hybrid: false,
            by: reader.caller
        )
        let rows = try await entries(of: archive, "access.open")
        let leaves = rows.compactMap { LogEntry(leaf: $0.leaf) }
        #expect(rows.map(\.columns) == leaves.map(EntryColumns.init))
        #expect(leaves.map(\.decision) == [.refuse, .refuse, .allow])
        #expect(leaves.map(\.object) == [absent.description, id.description, id.description])
        #expect(leaves[0].label == nil && leaves[0].details == ["reasons": "not-found"])
        #expect(leaves[2].details["access"] == opened.id.description)
        #expect(leaves[2].certificate == reader.caller.certificate)
        #expect(rows.map { $0.texts.map(\.field) } == [["purpose"], [], ["purpose"]])
        #expect(try archive.log.open(rows[2].texts[0]) == "rapat anggaran")
        // A delivery is in the log by the time it can be read, once for each form.
        for _ in 0..<3 { _ = try await archive.retrieval.deliver(opened.id, as: .sealed, by: reader.caller) }
        #expect(try await entries(of: archive, "access.deliver").count == 1)
        let clear = await archiveError {
            _ = try await archive.retrieval.deliver(opened.id, as: .opened, by: reader.caller)
        }
        #expect(clear?.code == .refused)
        #expect(try await entries(of: archive, "access.deliver").count == 1)
    }

    /// Where the log cannot be written nothing is answered, nothing opened, nothing delivered.
    @Test func withoutReceiptThereIsNoAnswer() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let reader = try await archive.member(.archivist)
        let id = try await archive.store(shortOpus.get(), by: sender).recording
        let access = try await archive.retrieval.open(id, purpose: nil, hybrid: false, by: reader.caller)
        archive.files.failOnce("checkpoint.write")
        let errors = [
            await archiveError {
                _ = try await archive.retrieval.deliver(access.id, as: .sealed, by: reader.caller)
            },
            await archiveError { _ = try await archive.retrieval.show(id, by: reader.caller) },
            await archiveError {
                _ = try await archive.retrieval.open(id, purpose: nil, hybrid: false, by: reader.caller)
            },
            await archiveError { _ = try await archive.retrieval.find(.init(), cursor: nil, by: reader.caller) },
        ]
        #expect(errors.map { $0?.code } == [.storage, .storage, .storage, .storage])
    }

    @Test func cursorsAreBoundToCallerAndQuery() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let reader = try await archive.member(.archivist)
        let other = try await archive.member(.archivist)
        var stored: [RecordingID] = []
        for number in 0..<7 {
            archive.clock.advance(by: 60)
            let receipt = try await archive.store(
                MadeRecording.opus(seconds: 0.1, seed: UInt32(50 + 2 * number)),
                submission: archive.submission([("meeting", number < 5 ? "Rapat A" : "Rapat B")]),
                by: sender
            )
            stored.append(receipt.recording)
        }
        var query = Retrieval.Query(limit: 3)
        var (found, cursor): ([RecordingID], String?) = ([], nil)
        repeat {
            let page = try await archive.retrieval.find(query, cursor: cursor, by: reader.caller)
            found += page.views.map(\.row.id)
            cursor = page.next
            #expect(page.views.count == 3 || cursor == nil)
        } while cursor != nil
        #expect(found == stored.reversed())
        let first = try #require(try await archive.retrieval.find(query, cursor: nil, by: reader.caller).next)
        #expect(!first.contains(stored[4].description))
        var tampered = Array(first)
        tampered[30] = tampered[30] == "a" ? "b" : "a"
        for (text, member) in [(first, other), (String(tampered), reader), ("aaaa", reader), ("", reader)] {
            let error = await archiveError {
                _ = try await archive.retrieval.find(query, cursor: text, by: member.caller)
            }
            #expect(error?.code == .badRequest)
        }
        query.meeting = "Rapat A"
        let error = await archiveError {
            _ = try await archive.retrieval.find(query, cursor: first, by: reader.caller)
        }
        #expect(error?.code == .badRequest)
        let meeting = try await archive.retrieval.find(.init(), cursor: nil, by: reader.caller).views
            .filter { $0.fields.meeting == "Rapat B" }
        #expect(Set(meeting.map(\.row.id)) == Set(stored.suffix(2)))
        query.limit = 50
        let page = try await archive.retrieval.find(query, cursor: nil, by: reader.caller)
        #expect(Set(page.views.map(\.row.id)) == Set(stored.prefix(5)))
    }
}
