import AccessPolicy
import ArchiveCore
import ArchiveTesting
import Attachments
import Catalogue
import Foundation
import Preservation
import Retrieval
import Testing

/// What belongs to a recording beside its sound is kept, delivered and refused as the recording is.
@Suite struct AttachmentTests {
    @Test func whatWasAttachedIsDeliveredByAnAccess() async throws {
        let scene = try await Scene()
        // Over several chunks, and not at their border.
        let slides = Random.bytes(200_001)
        #expect(try await scene.attach(Array("Setuju.\n".utf8)) == (0, true))
        #expect(try await scene.attach(slides, named: "paparan.pdf", mediaType: "Application/PDF") == (1, true))
        let listed = try await scene.archive.attachments.attachments(of: scene.recording)
        #expect(listed.map(\.facts.name) == ["obrolan.txt", "paparan.pdf"])
        #expect(listed.map(\.facts.mediaType) == ["text/plain", "application/pdf"])
        #expect(listed.map(\.facts.length) == [8, slides.count])
        let access = try await scene.open()
        let desk = scene.archive.attachments
        let opened = try await desk.deliver(1, within: access, as: .opened, by: scene.sari.caller)
        #expect(try await opened.bytes() == slides && opened.isRepeatable)
        #expect(try await opened.bytes(from: 70_000, count: 10) == Array(slides[70_000..<70_010]))
        #expect(try await scene.bytes(1) == slides)
        #expect(try await scene.bytes(0) == Array("Setuju.\n".utf8))
        #expect(await archiveError { _ = try await scene.bytes(2) }?.code == .notFound)
        let actions = try await scene.actions()
        #expect(actions.count { $0 == "attachment.store" } == 2 && actions.count { $0 == "attachment.read" } == 3)
        #expect(try await scene.faults() == [])
        #expect(try await scene.deepFaults() == [])
    }

    @Test func nothingIsKeptTwice() async throws {
        let scene = try await Scene()
        let chat = Array("Setuju.\n".utf8)
        #expect(try await scene.attach(chat) == (0, true))
        #expect(try await scene.attach(chat) == (0, false))
        // Another name, or other words, are another attachment.
        #expect(try await scene.attach(chat, named: "lain.txt") == (1, true))
        #expect(try await scene.attach(chat + chat) == (2, true))
        #expect(try everyFile(below: scene.archive.layout.incoming).isEmpty)
        #expect(try everyFile(below: scene.archive.layout.attachments).count == 3)
        #expect(try await scene.attach([], named: "kosong.txt") == (3, true))
        #expect(try await scene.bytes(3) == [])
    }

    @Test func whoMayNotDescribeItAttachesNothing() async throws {
        let scene = try await Scene(level: "terbatas")
        let low = try await scene.archive.member(.archivist)
        let wati = try await scene.archive.member(.auditor, clearance: Label(Level("terbatas")))
        for member in [low, scene.sender, wati] {
            let error = await archiveError { _ = try await scene.attach([1], by: member) }
            #expect(error?.code == .notFound || error?.code == .refused, "\(member.caller.principal.role)")
        }
        #expect(await archiveError { _ = try await scene.attach([1], by: low) }?.code == .notFound)
        #expect(try everyFile(below: scene.archive.layout.incoming).isEmpty)
        #expect(try await scene.numbers() == [])
        // Nor does one get anything through somebody else's access.
        try await scene.attach([1])
        let access = try await scene.open()
        let error = await archiveError {
            _ = try await scene.archive.attachments.deliver(0, within: access, as: .sealed, by: low.caller)
        }
        #expect(error?.code == .notFound)
    }

    @Test func anAccessToAPartOpensNone() async throws {
        let scene = try await Scene()
        try await scene.attach([1])
        let part = try await scene.open(from: 1, to: 2)
        let error = await archiveError {
            _ = try await scene.archive.attachments.deliver(0, within: part, as: .sealed, by: scene.sari.caller)
        }
        #expect(error?.code == .refused && error?.hint?.contains("without from and to") == true)
        let whole = try await scene.open()
        let delivery = try await scene.archive.attachments.deliver(0, within: whole, as: .sealed, by: scene.sari.caller)
        try await scene.archive.retrieval.close(whole, by: scene.sari.caller)
        // What is on its way ends with its access.
        #expect(await archiveError { _ = try await delivery.bytes() }?.code == .gone)
    }

    /// What changes while it comes counts: nothing of it stays, and nobody hears what is there already.
    @Test(arguments: [true, false]) func rightsCountAgainWhenAllOfItIsThere(_ isRelabelled: Bool) async throws {
        let scene = try await Scene()
        let (archive, id, sari) = (scene.archive, scene.recording, scene.sari)
        try await scene.attach([1, 2, 3])
        let body = ChangingBody(bytes: [1, 2, 3]) {
            try await archive.catalogue.write { writer in
                guard isRelabelled else { return try writer.setState(.disabled, of: sari.id) }
                try writer.relabel(id, to: VisibilityClass(label: Label(Level("rahasia")), unit: "umum"))
            }
        }
        let error = await archiveError {
            _ = try await archive.attachments.attach(
                to: id,
                named: "obrolan.txt",
                mediaType: "text/plain",
                by: sari.caller,
                body
            )
        }
        #expect(error?.code == (isRelabelled ? .notFound : .unauthenticated), "\(String(describing: error))")
        #expect(try await scene.numbers() == [0])
        #expect(try everyFile(below: archive.layout.incoming).isEmpty)
    }

    /// What is announced as too large is refused before any of it was taken.
    @Test func whatIsAnnouncedAsTooLargeIsNotRead() async throws {
        let scene = try await Scene()
        let body = ChangingBody(bytes: [1]) { Issue.record("it was read") }
        let error = await archiveError {
            _ = try await scene.archive.attachments.attach(
                to: scene.recording,
                named: "besar",
                mediaType: "text/plain",
                length: AttachmentDesk.largest + 1,
                by: scene.sari.caller,
                body
            )
        }
        #expect(error?.code == .tooLarge)
    }

    /// Does something when it is begun, then gives its bytes.
    private struct ChangingBody: AsyncSequence, Sendable {
        let bytes: [UInt8]
        let change: @Sendable () async throws -> Void

        struct AsyncIterator: AsyncIteratorProtocol {
            let body: ChangingBody
            var isOver = false

            mutating func next() async throws -> [UInt8]? {
                guard !isOver else { return nil }
                isOver = true
                try await body.change()
                return body.bytes
            }
        }

        func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body: self) }
    }

    /// A file that the catalogue does not know may be the only copy of what a newer one knew.
    @Test func aFileThatNobodyKnowsIsNotReplaced() async throws {
        let scene = try await Scene()
        try await scene.attach([1])
        let path = scene.archive.layout.companion(.attachment(number: 1), of: scene.recording)
        try Data("dari katalog yang lebih baru".utf8).write(to: URL(filePath: path))
        let error = await archiveError { _ = try await scene.attach([2]) }
        #expect(error?.code == .storage && error?.hint?.contains("risalahd check") == true)
        #expect(try Data(contentsOf: URL(filePath: path)) == Data("dari katalog yang lebih baru".utf8))
        #expect(try everyFile(below: scene.archive.layout.incoming).isEmpty)
    }

    @Test(arguments: ["", ".", "..", "a/b", "a\nb", "a\u{0}b", String(repeating: "x", count: 256)])
    func namesAreNamesOfFiles(_ name: String) async throws {
        let scene = try await Scene()
        #expect(await archiveError { _ = try await scene.attach([1], named: name) }?.code == .badMetadata)
        #expect(try await scene.attach([1], named: "Rapat «1» – é.txt") == (0, true))
    }

    @Test(arguments: ["", "text", "text/", "/plain", "text/plain; charset=utf-8", "text/pl ain", "a/b/c"])
    func mediaTypesAreOnes(_ type: String) async throws {
        let scene = try await Scene()
        #expect(await archiveError { _ = try await scene.attach([1], mediaType: type) }?.code == .badMetadata)
    }

    @Test func tooMuchIsRefusedAndNothingOfItStays() async throws {
        let scene = try await Scene()
        let error = await archiveError {
            _ = try await scene.archive.attachments.attach(
                to: scene.recording,
                named: "besar",
                mediaType: "application/octet-stream",
                by: scene.sari.caller,
                Endless()
            )
        }
        #expect(error?.code == .tooLarge, "\(String(describing: error))")
        let broken = await archiveError {
            _ = try await scene.archive.attachments.attach(
                to: scene.recording,
                named: "putus",
                mediaType: "text/plain",
                by: scene.sari.caller,
                MadePieces(Random.bytes(3 << 20), failingWith: ArchiveError(.truncated, "the test hangs up"))
            )
        }
        #expect(broken?.code == .truncated)
        #expect(try everyFile(below: scene.archive.layout.incoming).isEmpty)
        for number in 0..<AttachmentDesk.most { #expect(try await scene.attach([UInt8(number)]).number == number) }
        #expect(await archiveError { _ = try await scene.attach([1, 2]) }?.code == .quotaSpent)
        #expect(try everyFile(below: scene.archive.layout.incoming).isEmpty)
    }

    /// A mebibyte again and again.
    private struct Endless: AsyncSequence, Sendable {
        struct AsyncIterator: AsyncIteratorProtocol {
            let piece = [UInt8](repeating: 7, count: 1 << 20)
            mutating func next() async throws -> [UInt8]? { piece }
        }
        func makeAsyncIterator() -> AsyncIterator { AsyncIterator() }
    }
}
