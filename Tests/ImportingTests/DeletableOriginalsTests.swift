import ArchiveClient
import ArchiveCore
import ArchiveInterface
import Foundation
import Testing

@testable import Importing

/// An original can go only where the archive says so of that very file.
@Suite struct DeletableOriginalsTests {
    private static func digest(_ number: Int) -> SourceDigest {
        SourceDigest(bytes: (0..<32).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 4))) })
    }

    private static func report(
        _ number: Int,
        _ outcome: ImportReport.Outcome = .stored,
        _ id: RecordingID? = RecordingID()
    ) -> ImportReport {
        var report = ImportReport("\(number).opus", outcome)
        (report.source, report.bytes, report.id) = (digest(number), 100 + number, id)
        return report
    }

    private static func item(_ report: ImportReport, bytes: Int? = nil) throws -> OriginalsStatement.Item? {
        guard let id = report.id, let source = report.source else { return nil }
        return OriginalsStatement.Item(
            recording: id,
            source: try OriginalSource(sha256: source, bytes: bytes ?? report.bytes ?? 0, origin: "file"),
            sender: PrincipalID(),
            stored: Date(timeIntervalSince1970: 0),
            payload: "",
            size: 1,
            checked: Date(timeIntervalSince1970: 1)
        )
    }

    private static func page(
        _ items: [OriginalsStatement.Item],
        _ omitted: [OriginalsStatement.Omission] = []
    ) -> SignedOriginals {
        let statement = OriginalsStatement(
            archive: "a",
            origin: "a/log",
            classification: Label(Level("biasa")),
            items: items,
            omitted: omitted,
            made: Date(timeIntervalSince1970: 2)
        )
        return SignedOriginals(statement: statement, proof: "")
    }

    @Test func `pages, and what was not read yet`() async throws {
        let reports = (0..<250).map { Self.report($0) }
        let items = try Dictionary(
            uniqueKeysWithValues: reports.compactMap { try Self.item($0) }.map { ($0.recording, $0) }
        )
        var asked: [Int] = []
        // Sixty at a time are read.
        let originals = try await DeletableOriginals(of: reports) { ids in
            asked.append(ids.count)
            return Self.page(
                ids.prefix(60).compactMap { items[$0] },
                ids.dropFirst(60).map { .init(recording: $0, reason: .unread) }
            )
        }
        #expect(asked == [100, 100, 100, 70, 10])
        #expect(originals.pages.count == 5 && originals.deletable == 250)
        #expect(originals.rows.map(\.path) == reports.map(\.path))
        // Who never comes further is not asked for ever.
        await #expect(throws: ArchiveError.self) {
            _ = try await DeletableOriginals(of: reports) { ids in
                Self.page([], ids.map { .init(recording: $0, reason: .unread) })
            }
        }
    }

    @Test func `why an original has to stay`() async throws {
        let whole = Self.report(1)
        let damaged = Self.report(2)
        let other = Self.report(3)
        let longer = Self.report(4)
        var silent = Self.report(5)
        silent.transcript = .init(path: "5.vtt", outcome: .refused, reason: ImportReason(code: "x", message: "why"))
        var same = Self.report(1, .skipped, nil)
        same.reason = ImportReason(code: "same-bytes", message: "another")
        var refused = Self.report(6, .refused, nil)
        refused.refuse(ArchiveError(.badRecording, "it is empty"))
        let lost = Self.report(7, .skipped, nil)
        let forgotten = Self.report(8)
        let reports = [whole, damaged, other, longer, silent, same, refused, lost, forgotten]
        var changed = other
        changed.source = Self.digest(99)
        let items = [
            try Self.item(whole), try Self.item(changed), try Self.item(longer, bytes: 7), try Self.item(silent),
        ].compactMap(\.self)
        let missing = try [damaged, forgotten].map { try #require($0.id) }
        let originals = try await DeletableOriginals(of: reports) { _ in
            Self.page(
                items,
                [.init(recording: missing[0], reason: .damaged), .init(recording: missing[1], reason: .notFound)]
            )
        }
        #expect(
            originals.rows.map { $0.reason?.code } == [
                nil, "damaged", "other-source", "other-source", "transcript-refused", nil, "bad-recording",
                "not-stored", "not-found",
            ]
        )
        #expect(originals.deletable == 2 && originals.rows[5].recording == whole.id)
        var summary = ImportSummary(others: 0)
        #expect(!summary.hasUndeletable)
        summary.note(originals)
        #expect(summary.deletable == 2 && summary.undeletable == 7 && summary.hasUndeletable)
    }

    @Test func `of nothing nothing is asked`() async throws {
        var refused = Self.report(1, .refused, nil)
        refused.refuse(ArchiveError(.badRecording, "it is empty"))
        let originals = try await DeletableOriginals(of: [refused]) { _ in
            Issue.record("it asked")
            return Self.page([])
        }
        #expect(originals.pages.isEmpty && originals.deletable == 0)
    }
}
