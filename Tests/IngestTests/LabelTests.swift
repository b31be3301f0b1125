import AccessPolicy
import ArchiveCore
import ArchiveTesting
import Catalogue
import Foundation
import Ingest
import Retention
import Retrieval
import Testing

/// Labels only join, and what contradicts itself is refused (DESIGN.md invariant 10).
@Suite struct LabelTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var sealedTo = "biasa"
        var request: [(String, String)] = []
        var tags: [(String, String)] = []
        var secondLink: [(String, String)] = []
        var floor: Label?
        var label: Label
        var testDescription: String { name }
    }

    private static func label(_ level: String, _ compartments: String...) -> Label {
        Label(Level(level), compartments: compartments)
    }

    static let cases: [Case] = [
        Case(name: "nothing is said", label: label("biasa")),
        Case(name: "the identity's level", sealedTo: "rahasia", label: label("rahasia")),
        Case(
            name: "a lower request does not lower it",
            sealedTo: "rahasia",
            request: [("level", "biasa")],
            label: label("rahasia")
        ),
        Case(name: "the request's level", request: [("level", "terbatas")], label: label("terbatas")),
        Case(
            name: "the request's compartments",
            request: [("compartment", "anggaran"), ("compartment", "pertahanan")],
            label: label("biasa", "anggaran", "pertahanan")
        ),
        Case(name: "a tag inside", tags: [("CLASSIFICATION", "Rahasia")], label: label("rahasia")),
        Case(
            name: "a tag in the last chained link",
            secondLink: [("classification", "SANGAT-RAHASIA"), ("COMPARTMENT", "kepegawaian")],
            label: label("sangat-rahasia", "kepegawaian")
        ),
        Case(name: "the sender's floor", floor: label("terbatas", "anggaran"), label: label("terbatas", "anggaran")),
        Case(
            name: "all of them",
            sealedTo: "terbatas",
            request: [("level", "biasa"), ("compartment", "anggaran")],
            tags: [("CLASSIFICATION", "biasa"), ("COMPARTMENT", "kepegawaian")],
            secondLink: [("CLASSIFICATION", "rahasia"), ("COMPARTMENT", "anggaran")],
            floor: label("biasa", "pertahanan"),
            label: label("rahasia", "anggaran", "kepegawaian", "pertahanan")
        ),
    ]

    @Test(arguments: cases)
    func joins(_ expected: Case) async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder, floor: expected.floor)
        var opus = try MadeRecording.opus(tags: expected.tags)
        if !expected.secondLink.isEmpty { opus += try MadeRecording.opus(tags: expected.secondLink, seed: 9) }
        let receipt = try await archive.store(
            opus,
            level: expected.sealedTo,
            submission: archive.submission(expected.request),
            by: sender
        )
        let row = try #require(try await archive.recordings().first)
        #expect(row.id == receipt.recording)
        #expect(row.visibility == VisibilityClass(label: expected.label, unit: "umum"))
        #expect(row.labelVersion == 1)
    }

    /// What the stream says of itself describes it where the request says nothing.
    @Test func tagsDescribe() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let reader = try await archive.member(.archivist, clearance: Self.label("biasa"))
        let opus = try MadeRecording.opus(tags: [
            ("TITLE", "Judul dari dalam"), ("SERIES", "sementara"), ("UNIT", "umum"), ("MEETING", "Rapat pagi"),
            ("PERFORMER", "Sari"), ("PARTICIPANT", "Budi"), ("DESCRIPTION", "baris satu\nbaris dua"),
            ("DATE", "2026-09-20T09:00:00+07:00"),
        ])
        let receipt = try await archive.store(opus, submission: Submission(), by: sender)
        let view = try await archive.retrieval.show(receipt.recording, by: reader.caller)
        #expect(view.fields.title == "Judul dari dalam")
        #expect(view.fields.meeting == "Rapat pagi")
        #expect(view.fields.participants == ["Sari", "Budi"])
        #expect(view.fields.description == "baris satu\nbaris dua")
        #expect(view.row.series == "sementara")
        #expect(view.row.started == Timestamp.date("2026-09-20T02:00:00Z"))
        let second = try await archive.store(
            MadeRecording.opus(tags: [("TITLE", "dari dalam")], seed: 3),
            submission: archive.submission(title: "dari luar"),
            by: sender
        )
        #expect(try await archive.retrieval.show(second.recording, by: reader.caller).fields.title == "dari luar")
    }

    @Test func seriesAreJoinedToTheLongerKeep() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        for (tag, said, joined) in [
            ("sementara", "rapat", "rapat"), ("rapat", "sementara", "rapat"), ("kerja", "sementara", "kerja"),
        ] {
            let opus = try MadeRecording.opus(tags: [("SERIES", tag)], seed: .random(in: 10...1_000_000))
            let receipt = try await archive.store(
                opus,
                submission: archive.submission(series: said),
                by: sender
            )
            let row = try #require(try await archive.recordings().first { $0.id == receipt.recording })
            #expect(row.series == joined)
            let series = try archive.schedule.checked(series: joined)
            #expect(row.due == archive.schedule.due(series, received: archive.clock.now, timeZone: .gmt))
        }
    }

    private static let twoUnits = Policy.shipped.replacing("units: [umum]", with: "units: [umum, lain]")

    struct Refused: Sendable, CustomTestStringConvertible {
        var name: String
        var code: ArchiveError.Code
        var request: [(String, String)] = []
        var tags: [(String, String)] = []
        var series: String? = "sementara"
        var testDescription: String { name }
    }

    static let refusals: [Refused] = [
        Refused(
            name: "two units",
            code: .badMetadata,
            request: [("unit", "umum")],
            tags: [("UNIT", "lain")]
        ),
        Refused(name: "an unknown level inside", code: .unknownName, tags: [("CLASSIFICATION", "zz-tidak-ada")]),
        Refused(name: "an unknown compartment inside", code: .unknownName, tags: [("COMPARTMENT", "zz-tidak-ada")]),
        Refused(name: "an unknown unit inside", code: .unknownName, tags: [("UNIT", "zz-tidak-ada")]),
        Refused(
            name: "it begins in a year, says the stream",
            code: .badMetadata,
            tags: [("DATE", "2027-09-21T00:00:00Z")]
        ),
        Refused(name: "an unknown series inside", code: .unknownName, tags: [("SERIES", "zz-tidak-ada")]),
        Refused(name: "another unit, said inside only", code: .refused, tags: [("UNIT", "lain")]),
        Refused(name: "no series", code: .badMetadata, series: nil),
        Refused(name: "an unknown level", code: .unknownName, request: [("level", "zz-tidak-ada")]),
        Refused(name: "an unknown compartment", code: .unknownName, request: [("compartment", "zz-tidak-ada")]),
        Refused(name: "an unknown unit, which is not the own", code: .unknownName, request: [("unit", "zz-tidak-ada")]),
        Refused(name: "an unknown series", code: .unknownName, series: "zz-tidak-ada"),
        Refused(
            name: "it begins in two days",
            code: .badMetadata,
            request: [("started", "2026-09-23T13:00:00Z")]
        ),
    ]

    /// What is known before the first byte leaves nothing, what is found inside is aside, and its words are in no file.
    @Test(arguments: refusals)
    func refuses(_ refused: Refused) async throws {
        let archive = try await ArchiveFixture(policy: Self.twoUnits)
        let sender = try await archive.member(.recorder)
        let opus = try MadeRecording.opus(tags: refused.tags)
        let submission = try archive.submission(series: refused.series, refused.request)
        let sealed = try MadeRecording.seal(opus, to: [archive.recipient()])
        let error = await archiveError {
            _ = try await archive.ingest.receive(
                body([sealed.bytes]),
                submission: submission,
                isSealed: true,
                by: sender.caller
            )
        }
        #expect(error?.code == refused.code, "\(String(describing: error))")
        let isFoundInside = refused.request.isEmpty && refused.series != "zz-tidak-ada" || !refused.tags.isEmpty
        try await archive.expectOnly([], aside: isFoundInside ? 1 : 0)
        #expect(try files(below: archive.layout.storage, containing: "zz-tidak-ada".utf8).isEmpty)
        // As an upload: known before the first byte, or kept aside until people have looked.
        let resumable = await archiveError {
            let upload = try await archive.ingest.create(
                submission,
                length: sealed.bytes.count,
                by: sender.caller
            )
            _ = try await archive.ingest.append(
                body([sealed.bytes]),
                to: upload,
                at: 0,
                length: nil,
                by: sender.caller
            )
        }
        #expect(resumable?.code == refused.code)
        #expect(resumable?.message == error?.message)
        #expect(try await archive.recordings().isEmpty)
        #expect(try files(below: archive.layout.storage, containing: "zz-tidak-ada".utf8).isEmpty)
        try await archive.expectWholeLog()
    }

    /// A stream in clear that its tags, or its sender's floor, raise to a level that takes none is not taken.
    @Test func aStreamInClearIsNotRaisedToASealedLevel() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let floored = try await archive.member(.recorder, floor: Label(Level("rahasia")))
        let raised = try MadeRecording.opus(tags: [("CLASSIFICATION", "rahasia")])
        func send(_ opus: [UInt8], by member: ArchiveFixture.Member) async -> ArchiveError? {
            await archiveError {
                _ = try await archive.ingest.receive(
                    body([opus]),
                    submission: archive.submission([("level", "biasa")]),
                    isSealed: false,
                    by: member.caller
                )
            }
        }
        // The words are inside, so that what came is kept aside; the floor is known before the first byte.
        #expect(await send(raised, by: sender)?.code == .unsupportedMedia)
        try await archive.expectOnly([], aside: 1)
        #expect(await send(try shortOpus.get(), by: floored)?.code == .unsupportedMedia)
        try await archive.expectOnly([], aside: 1)
        #expect(await send(try shortOpus.get(), by: sender) == nil)
    }

    @Test func whoMayNotSendIsRefused() async throws {
        let archive = try await ArchiveFixture(policy: Self.twoUnits)
        let sealed = try MadeRecording.seal(shortOpus.get(), to: [archive.recipient()])
        for role in Role.allCases where ![.recorder, .archivist, .recordsManager].contains(role) {
            let member = try await archive.member(role)
            let error = await archiveError {
                _ = try await archive.ingest.receive(
                    body([sealed.bytes]),
                    submission: archive.submission(),
                    isSealed: true,
                    by: member.caller
                )
            }
            #expect(error?.code == .refused, "\(role)")
        }
        // A recorder sends for its own unit only.
        let recorder = try await archive.member(.recorder)
        let error = await archiveError {
            _ = try await archive.ingest.create(
                archive.submission([("unit", "lain")]),
                length: nil,
                by: recorder.caller
            )
        }
        #expect(error?.code == .refused)
        try await archive.expectOnly([])
    }
}
