import ArchiveCore
import ArchiveTesting
import Catalogue
import Crypto
import Foundation
import Ingest
import Retrieval
import Testing

/// Streams without an end: what came of them is a recording, and what did not is named (DESIGN.md invariant 12).
@Suite struct IncompleteTests {
    struct Cut: Sendable, CustomTestStringConvertible {
        var name: String
        /// Whole chunks of the sender's that are kept.
        var chunks: Int
        /// What the sender hears; nil where it is told that what it sent is kept.
        var code: ArchiveError.Code?
        var make: @Sendable (MadeRecording.Sealed) -> [UInt8]
        var testDescription: String { name }
    }

    static let chunk = 65_552

    static let cuts =
        [
            Cut(name: "cut in its last chunk", chunks: 3, code: nil) { $0.bytes.dropLast(1000) },
            Cut(name: "cut at a chunk", chunks: 2, code: nil) { $0.header + $0.payload[..<(16 + 2 * chunk)] },
            Cut(name: "cut in its second chunk", chunks: 1, code: nil) {
                $0.header + $0.payload[..<(16 + 2 * chunk - 1)]
            },
        ]
        + (1..<3).map { number in
            Cut(name: "a bit in chunk \(number)", chunks: number, code: .badEncryption) { sealed in
                var bytes = sealed.bytes
                bytes[sealed.header.count + 16 + number * chunk + 50] ^= 4
                return bytes
            }
        }

    static func sealed(in archive: ArchiveFixture) throws -> MadeRecording.Sealed {
        let sealed = try MadeRecording.seal(longOpus.get(), to: [archive.recipient()])
        try #require((3 * chunk + 1000..<4 * chunk).contains(sealed.payload.count - 16))
        return sealed
    }

    /// In one shot and as an upload of a known length: as many whole chunks as came, under a new key, once.
    @Test(arguments: cuts, [false, true])
    func isKeptAsFarAsItCame(_ cut: Cut, resumable: Bool) async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let sealed = try Self.sealed(in: archive)
        let bytes = cut.make(sealed)
        var receipt: Ingest.Receipt?
        let error = await archiveError {
            let pieces = body(pieces(of: bytes, sizes: [30_000]))
            guard resumable else {
                receipt = try await archive.ingest.receive(
                    pieces,
                    submission: archive.submission(),
                    isSealed: true,
                    by: sender.caller
                )
                return
            }
            let upload = try await archive.ingest.create(
                archive.submission(),
                length: bytes.count,
                by: sender.caller
            )
            receipt =
                try await archive.ingest.append(pieces, to: upload, at: 0, length: nil, by: sender.caller).receipt
        }
        #expect(error?.code == cut.code)
        let row = try #require(try await archive.recordings().first)
        if let error { #expect(error.hint?.contains(row.id.description) == true) }
        if cut.code == nil {
            #expect(receipt?.recording == row.id)
            #expect(receipt?.state == .incomplete)
            #expect(receipt?.loss == row.loss)
            #expect(receipt?.findings.contains { $0.code == "no-end" } == true)
        }
        for instance in [archive, try await archive.reopened()] {
            try await expect(cut.chunks, of: sealed, as: row, in: instance)
        }
        // The digest of what the sender had is kept, of all the bytes that came.
        if cut.code == nil {
            let original = SHA256.hash(data: bytes.dropFirst(sealed.header.count))
            #expect(row.original?.digest == Data(original))
        }
        #expect(row.original?.nonce == Data(sealed.payload.prefix(16)))
        #expect(row.nonce != row.original?.nonce)
        // A second is about 28 kB of this noise; where the sender said nothing of more, nothing is known to be missing.
        #expect(cut.name == "cut at a chunk" ? row.loss == 0 : row.loss > 0 && row.loss < (cut.code == nil ? 2.5 : 7.5))
    }

    func expect(
        _ chunks: Int,
        of sealed: MadeRecording.Sealed,
        as row: RecordingRow,
        in archive: ArchiveFixture
    ) async throws {
        try await archive.expectOnly([row.id])
        #expect(row.state == .incomplete)
        let plaintext = try archive.plaintext(of: row.id)
        #expect(try plaintext == Array(longOpus.get().prefix(chunks * 65_536)))
        try await archive.expectWholeLog()
        // An archivist opens it like any other.
        let reader = try await archive.member(.archivist)
        let access = try await archive.retrieval.open(row.id, purpose: "uji", hybrid: false, by: reader.caller)
        let file = try await archive.retrieval.deliver(access.id, as: .sealed, by: reader.caller).bytes()
        #expect(try MadeRecording.open(file, with: reader.identity) == plaintext)
    }

    /// Sealed here or by the sender, a connection that breaks in the middle leaves what came.
    @Test func aBrokenStreamInClearIsKeptToItsLastByte() async throws {
        let archive = try await ArchiveFixture()
        let sender = try await archive.member(.recorder)
        let sent = Array(try longOpus.get().dropLast(1000))
        let stream = body([sent], then: BrokenConnection())
        let submission = try archive.submission([("level", "biasa")])
        await #expect(throws: BrokenConnection.self) {
            _ = try await archive.ingest.receive(stream, submission: submission, isSealed: false, by: sender.caller)
        }
        let row = try #require(try await archive.recordings().first)
        #expect(row.state == .incomplete)
        #expect(try archive.plaintext(of: row.id) == sent)
        try await archive.expectOnly([row.id])
    }
}
